"""Rules tried on past data: who would have been told what, and who not, and why. Nothing is sent and nothing is kept.

Reading order: `feed` (a file's rows become events, with made-up facts where it has none), `play` (the events are
lived through by a simulated clock), `tally` (what came of it, counted), `told`, `page` and `charts` (the reports).
"""
