"""Notices by email.

Reading order: `writing` (subject, plain text and HTML), `stop` (the address that ends them), `mime` (the mail as it
goes over the wire), `server` (SMTP, and what its answers mean), `drain` (claim, gate, hand over, settle).
"""
