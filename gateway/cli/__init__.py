"""The commands of `./tidings`."""
