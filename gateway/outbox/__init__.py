"""Messages out: claim what is due, ask the gate once more, pace, post, settle, and move forward by receipts.

Reading order: `writing` (words and price), `gate`, `drain`, `carriers`, `reactions` and `react` (error codes),
`reconcile` (fate unknown), `receipts`. The states of a message are a table in `gateway.store.states`.
"""
