"""A loopback carrier that speaks Twilio's wire protocol in both directions, with phones on a web page.

The application under test cannot tell it from Twilio: it sends through the same REST API, gets the same
signed webhooks and status callbacks, and meets the same faults, on request. It imports nothing of Tidings.

Reading order follows a message: `rest` takes it, `archive` keeps it, `receipts` tells the application what
became of it. A person's answer goes `control` or `page` -> `texts` -> the application's webhook.
"""
