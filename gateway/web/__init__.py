"""What the pages of victims and of staff share: one style sheet, the frame of a page, and a shelf of static files."""
