"""Victims' pages: what a link in a text opens, and the portal's start page."""
