"""What an event in CAD or RMS calls for, decided by an agency's policy. Pure: no database, no network, no clock.

Reading order: `values` (the words), `records` (what is known), `policy` (what an agency wants), `suppression` and
`never` (what is never automated), `engine` (event -> notices, tasks, decisions), `gate` (the last look before a
message leaves).
"""
