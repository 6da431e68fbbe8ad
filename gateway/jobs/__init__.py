"""What the processes run: drains that are woken, and the sweep that wakes them when a wake-up was lost."""
