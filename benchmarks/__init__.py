"""What things cost, each beside a floor measured in the same run: only the ratio says something on another machine.

`./tidings bench` runs them. `stage` has the servers, `result` what is told; each other module is one benchmark.
"""
