"""Texts in: a signed webhook becomes one conversation turn in one transaction, and is answered when it is stored."""
