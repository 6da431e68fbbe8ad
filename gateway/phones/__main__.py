"""`python -m gateway.phones`"""

from gateway.phones.cli import main

main(prog_name="python -m gateway.phones")
