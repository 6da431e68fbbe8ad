"""Events in: each door checks what it is given, records it once, and answers; `work` makes it part of the records."""
