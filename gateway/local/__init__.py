"""What a laptop lacks: a PostgreSQL, a Valkey and a process runner, started for one run and ended with it."""
