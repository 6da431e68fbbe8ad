"""The carriers: who takes a message to a person. Each says what became of a post in the words of `answers`."""
