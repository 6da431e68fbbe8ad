"""Staff's pages: what went out today, what waits for a person, and why."""
