"""What a person's text means, and what to answer. Pure: no database, no network, no clock.

Reading order: `understanding` (text -> intent), `turn` (the values), `step` (the fixed order of a turn), `dialogues`
(what each intent leads to).
"""
