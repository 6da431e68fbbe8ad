"""In which encoding a file is written: declared, marked, or found out by reading it once."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def _known(name: str) -> str:
    try:
        codec = codecs.lookup("utf-8" if name == "auto" else name)
    except (LookupError, ValueError):
        codec = None
    if codec is None or not getattr(codec, "_is_text_encoding", True):
        raise ValueError("expected auto, or an encoding such as utf-8, utf-16, cp1252, iso-8859-1 or cp437")
    return name


Encoding = Annotated[str, AfterValidator(_known)]
"""`auto`, or any that Python knows."""

UNREADABLE = "tidings.unreadable"
"""An error handler for codecs: a byte that means nothing becomes a lone surrogate, so that its row can be told."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the mark of UTF-16, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_TEXT = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook; save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save it as CSV"),
    (b"\x1f\x8b", "a gzip archive; unpack it"),
    (b"%PDF-", "a PDF; export it as CSV"),
)
_SAMPLE = 4096
_CHUNK = 1 << 20
_NOT_ASCII = re.compile(r"[^\x00-\x7f\udc80-\udcff]")
_SURROGATE = re.compile("[\udc80-\udcff]")


def encoding_of(path: Path, declared: Encoding = "auto") -> str:
    """The codec to read it with. A byte-order mark is believed before a declaration."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if declared not in ("auto", "utf-16"):
        return declared
    if wide := _wide(start):
        return wide
    if declared == "utf-16":
        return "utf-16-le"
    return "utf-8" if _is_utf8(path) else "cp1252"


def not_text(path: Path) -> str | None:
    """What it is, where it is surely no text, and what to do."""
    with path.open("rb") as file:
        start = file.read(8)
    return next((what for mark, what in _NOT_TEXT if start.startswith(mark)), None)


def has_unreadable(text: str) -> bool:
    """Whether a byte of it meant nothing in the file's encoding."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def _wide(start: bytes) -> str | None:
    """UTF-16 of mostly western text has a zero in every other byte."""
    pairs = len(start) // 2
    evens, odds = start[0::2].count(0), start[1::2].count(0)
    if odds * 2 > pairs and evens * 10 < pairs:
        return "utf-16-le"
    return "utf-16-be" if evens * 2 > pairs and odds * 10 < pairs else None


def _is_utf8(path: Path) -> bool:
    """Whether its bytes beyond ASCII are letters of UTF-8 rather than not; a damaged one does not decide it."""
    decoder = codecs.getincrementaldecoder("utf-8")(UNREADABLE)
    letters = unreadable = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            if not text.isascii():
                letters += len(_NOT_ASCII.findall(text))
                unreadable += len(_SURROGATE.findall(text))
    unreadable += len(_SURROGATE.findall(decoder.decode(b"", final=True)))
    return letters >= unreadable


def _mark_unreadable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC80 | byte & 0x7F) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(UNREADABLE, _mark_unreadable)
