"""Notices by letter, for whom nothing else reaches.

Reading order: `writing` (what stands in it), `lines` (words to lines, in both directions), `sheet` (where each stands
on the paper), `printing` (a batch: the gate, the PDF, the states).
"""
