"""The service: everything of Tidings that touches the world."""
