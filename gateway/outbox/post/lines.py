"""Words broken into lines, each a row of runs in the order in which they stand on the paper, left to right.

The PDF library shapes Arabic letters, but orders a line only roughly when both directions meet in it. Levels are those
of the Unicode bidirectional algorithm (UAX #9) for the whole paragraph; a line is turned round once it is broken (L2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

from locales.bidi import without_controls


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one direction, in the order in which they are read."""

    text: str
    right_to_left: bool


Line = tuple[Run, ...]
_Char = tuple[str, int]
"""A letter and its level."""


def broken(text: str, width: float, measure: Callable[[Run], float], *, right_to_left: bool) -> list[Line]:
    """The lines of one paragraph, none wider than `width` unless one word alone is. In the unit of `measure`."""
    words = _words(_levels(text, right_to_left=right_to_left))
    space = measure(Run(" ", False))
    lines: list[list[_Char]] = []
    room = 0.0
    for word in words:
        wide = sum(measure(run) for run in _in_order(word))
        if lines and wide + space <= room:
            level = min(lines[-1][-1][1], word[0][1])
            lines[-1] += [(" ", level), *word]
            room -= wide + space
        else:
            lines.append(list(word))
            room = width - wide
    return [_in_order(line) for line in lines]


def _levels(text: str, *, right_to_left: bool) -> list[_Char]:
    """Each letter with its level; the unseen marks have done their work then."""
    base = TextDirection.RTL if right_to_left else TextDirection.LTR
    paragraph = BidiParagraph(text=" ".join(text.split()), base_direction=base, preserve_bn_chars=True)
    known = [(one.character, one.embedding_level) for one in paragraph.get_characters()]
    return [(character, level) for character, level in known if without_controls(character)]


def _words(characters: Sequence[_Char]) -> list[list[_Char]]:
    return [list(word) for is_space, word in groupby(characters, lambda one: one[0] == " ") if not is_space]


def _in_order(characters: Sequence[_Char]) -> Line:
    """Runs of one level, turned round from the highest level down (rule L2)."""
    runs = [
        (level, Run("".join(character for character, _ in same), level % 2 == 1))
        for level, same in groupby(characters, lambda one: one[1])
    ]
    for least in range(max((level for level, _ in runs), default=0), 0, -1):
        turned: list[tuple[int, Run]] = []
        for inside, same in groupby(runs, lambda one: one[0] >= least):  # noqa: B023 - used at once
            together = list(same)
            turned += reversed(together) if inside else together
        runs = turned
    return tuple(run for _, run in runs)
