"""Texts as a terminal shows them: wrapped, and Arabic and Persian from the right."""

from __future__ import annotations

import os
import shutil
import textwrap
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from bidi import get_display
from rich.cells import cell_len

from locales.bidi import without_controls

_WIDEST = 100
_THEY_DO = ("VTE_VERSION", "KONSOLE_VERSION")
"""Set by terminals that reorder by themselves: GNOME's and its kin, and Konsole."""


class Bidi(StrEnum):
    """Who puts right-to-left text into the order in which it is read."""

    AUTO = "auto"
    """The terminal, if it says that it is one of those that do; else we."""
    TERMINAL = "terminal"
    PLAIN = "plain"
    """Nobody: the characters as they are sent, for a pipe or a screen reader."""


def terminal_does(bidi: Bidi, environ: Mapping[str, str]) -> bool:
    """Whether the terminal is given the text in the order in which it was written."""
    return bidi is Bidi.TERMINAL or any(environ.get(name) for name in _THEY_DO)


def begins_right_to_left(text: str) -> bool:
    """By its first letter that has a direction, as phones judge it."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((one for one in strong if one in {"L", "R", "AL"}), "L") != "L"


def shown(
    text: str, mark: str, right_to_left: bool, bidi: Bidi, environ: Mapping[str, str] = os.environ
) -> str:
    """The text with a mark before its first line; from right to left, the mark stands at the right."""
    if bidi is Bidi.PLAIN:
        return f"{mark} {text}"
    width = min(shutil.get_terminal_size().columns, _WIDEST) - len(mark) - 1
    lines = [line for part in text.splitlines() or [""] for line in textwrap.wrap(part, width) or [""]]
    marks = [mark, *(" " * len(mark) for _ in lines[1:])]
    if not right_to_left:
        return "\n".join(f"{before} {line}" for before, line in zip(marks, lines, strict=True))
    if not terminal_does(bidi, environ):
        # The isolates order the line, and are of no use once it is ordered.
        lines = [without_controls(get_display(line, base_dir="R")) for line in lines]
    gaps = [" " * (width - cell_len(without_controls(line))) for line in lines]
    return "\n".join(
        f"{gap}{line} {behind}".rstrip() for gap, line, behind in zip(gaps, lines, marks, strict=True)
    )
