"""Where things stand on the paper: US Letter, folded in three, in a #10 envelope with two windows. Inches.

A #10 envelope is 9 1/2 x 4 1/8. Its lower window is 1 1/8 high, 7/8 from the left and 1/2 from the bottom; the upper
one 3 1/2 x 7/8, 3/8 from the left. A third of a letter (8 1/2 x 3 2/3) can slide in it by 1 inch sideways and by 0.46
up and down, and USPS wants the address to show with 1/8 to spare on each side (Domestic Mail Manual, window
envelopes): sideways that leaves a block 2 3/4 wide. A letter lies on the bottom of its envelope, so the block ends as
low as it may: the lines that machines read, street and city, show however it slides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import fontpkg_ibm_plex_sans_arabic as plex
from babel import Locale
from babel.dates import format_date
from fpdf import FPDF

from gateway.outbox.post.lines import Line, Run, broken
from locales import Catalogs, Language, render
from locales import language as language_of
from locales.bidi import has_rtl

FORMAT = "letter"
WIDTH = 8.5
FOLD = 11 / 3
"""Below it nothing shows in a window."""

SENDER_X, SENDER_TOP, SENDER_WIDTH = 0.5, 0.5, 2.25
ADDRESS_X, ADDRESS_WIDTH = 1.0, 2.75
ADDRESS_BOTTOM = 3.04
"""1/8 above the lower edge of the window when the letter lies on the bottom of the envelope."""
ADDRESS_LINES = 5
WINDOW_LINE = 0.165

MARGIN = 1.0
BODY_TOP = 3.85
NEXT_TOP = 1.0
BODY_BOTTOM = 10.1
FOOT = 10.4
LINE = 0.215
GAP = 0.12
"""Between paragraphs."""

_NO_ZONE = ZoneInfo("UTC")
"""A page's number has none."""
_COLON = {"fr": " :"}
_FONT = "Plex"
_BODY, _WINDOW, _SMALL, _SMALLEST = 11.0, 10.0, 9.0, 6.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """One letter to print: what was written of it, in which language, and when it is printed."""

    content: Mapping[str, Any]
    language: str
    day: date
    """Where the agency is."""


def pdf_of(catalogs: Catalogs, sheets: Iterable[Sheet]) -> bytes:
    """All letters one after the other, each beginning a page of its own."""
    paper = FPDF(unit="in", format=FORMAT)
    paper.set_auto_page_break(False)
    paper.set_margin(0)
    paper.c_margin = 0
    for style, name in (("", "Regular"), ("B", "SemiBold")):
        paper.add_font(_FONT, style, _font(name))
    for sheet in sheets:
        _Printer(paper, language_of(sheet.language), catalogs).print(sheet)
    return bytes(paper.output())


@cache
def _font(weight: str) -> Path:
    """Latin, Arabic and Persian letters in one font, from a package: no platform has to have one."""
    return Path(plex.ROOT) / "files" / f"IBMPlexSansArabic-{weight}.ttf"


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the body with the space above it."""

    line: Line
    bold: bool = False
    above: float = 0.0
    keeps: bool = False
    """True where it must stand on the same page as the row before it."""


def _groups(rows: Sequence[_Row]) -> list[list[_Row]]:
    groups: list[list[_Row]] = []
    for row in rows:
        if row.keeps and groups:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


@dataclass
class _Printer:
    paper: FPDF
    language: Language
    catalogs: Catalogs

    def print(self, sheet: Sheet) -> None:
        pages = self._pages(self._rows(sheet))
        for number, rows in enumerate(pages, 1):
            self.paper.add_page()
            y = BODY_TOP if number == 1 else NEXT_TOP
            if number == 1:
                self._window(sheet.content["from"], SENDER_X, SENDER_TOP, SENDER_WIDTH, _SMALL)
                lines = sheet.content["to"][:ADDRESS_LINES]
                top = ADDRESS_BOTTOM - WINDOW_LINE * len(lines)
                self._window(lines, ADDRESS_X, top, ADDRESS_WIDTH, _WINDOW)
            for place, row in enumerate(rows):
                y += row.above if place else 0
                self._draw(row.line, y, "B" if row.bold else "", _BODY)
                y += LINE
            if len(pages) > 1:
                self._foot(number)

    def _rows(self, sheet: Sheet) -> list[_Row]:
        content = sheet.content
        day = format_date(sheet.day, "long", locale=Locale.parse(self.language.babel_locale))
        rows = self._paragraph(day, above=0)
        rows += self._paragraph(content["subject"], bold=True, above=2 * GAP)
        rows += self._paragraph(content["greeting"], above=2 * GAP)
        for paragraph in content["paragraphs"]:
            rows += self._paragraph(paragraph)
        for place, (label, value) in enumerate(content["lines"]):
            colon = _COLON.get(sheet.language, ":")
            rows += self._paragraph(f"{label}{colon} {value}", above=0 if place else GAP)
        end = self._paragraph(content["closing"], above=2 * GAP)
        for place, name in enumerate(content["signed"]):
            # Room for a signature.
            end += self._paragraph(name, above=0 if place else 4 * GAP)
        return rows + [replace(row, keeps=bool(place)) for place, row in enumerate(end)]

    def _paragraph(self, text: str, *, bold: bool = False, above: float = GAP) -> list[_Row]:
        self.paper.set_font(_FONT, "B" if bold else "", _BODY)
        rtl = self.language.right_to_left
        lines = broken(text, WIDTH - 2 * MARGIN, self._width, right_to_left=rtl)
        # No single line of a paragraph stands alone on a page.
        alone = {1, len(lines) - 1}
        return [_Row(line, bold, 0 if place else above, place in alone) for place, line in enumerate(lines)]

    def _pages(self, rows: Sequence[_Row]) -> list[list[_Row]]:
        """Rows that keep together go over to the next page together."""
        pages: list[list[_Row]] = [[]]
        y = BODY_TOP
        for group in _groups(rows):
            if y + sum(row.above + LINE for row in group) > BODY_BOTTOM and pages[-1]:
                pages.append([])
                y = NEXT_TOP
            for row in group:
                y += (row.above if pages[-1] else 0) + LINE
                pages[-1].append(row)
        return pages

    def _draw(self, line: Line, y: float, style: str, size: float) -> None:
        """Against the edge at which its language begins."""
        self.paper.set_font(_FONT, style, size)
        x = MARGIN
        if self.language.right_to_left:
            x = WIDTH - MARGIN - sum(map(self._width, line))
        self._runs(line, x, y)

    def _runs(self, line: Line, x: float, y: float) -> None:
        for run in line:
            self._shape(run)
            wide = self.paper.get_string_width(run.text)
            self.paper.set_xy(x, y)
            self.paper.cell(wide, LINE, run.text)
            x += wide

    def _width(self, run: Run) -> float:
        self._shape(run)
        return float(self.paper.get_string_width(run.text))

    def _shape(self, run: Run) -> None:
        self.paper.set_text_shaping(True, direction="rtl" if run.right_to_left else "ltr")

    def _window(self, lines: Sequence[str], x: float, top: float, width: float, size: float) -> None:
        """A line too long for its window is set smaller; the post reads it from the left in any language."""
        for place, text in enumerate(lines):
            smaller = size
            while True:
                self.paper.set_font(_FONT, "", smaller)
                found = broken(text, 99, self._width, right_to_left=has_rtl(text[:1]))
                if not found or smaller <= _SMALLEST or sum(map(self._width, found[0])) <= width:
                    break
                smaller -= 0.5
            if found:
                self._runs(found[0], x, top + place * WINDOW_LINE - (LINE - WINDOW_LINE) / 2)

    def _foot(self, number: int) -> None:
        told = render(self.catalogs, ("letter.page",), self.language.code, {"count": number}, _NO_ZONE)
        self.paper.set_font(_FONT, "", _SMALL)
        for line in broken(told.text, WIDTH, self._width, right_to_left=self.language.right_to_left):
            self._runs(line, (WIDTH - sum(map(self._width, line))) / 2, FOOT)
