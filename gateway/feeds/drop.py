"""The folder that other systems drop files into: which are complete, which is being read, and where they end.

    DROP_FOLDER/<agency>/<mapping>/calls.csv             complete: it has its final name
    DROP_FOLDER/<agency>/<mapping>/.reading/calls/       claimed: the file, and how far it was read
    DROP_FOLDER/<agency>/<mapping>/archive/calls.csv     done, beside calls.result.json and calls.rejected.csv
    DROP_FOLDER/<agency>/<mapping>.yaml                  a mapping of the agency's own

Each step is one rename: whoever is killed between two of them finds the file in a place that tells what is next.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

ARCHIVE = "archive"
_READING = ".reading"
_CSV, _RESULT, _REJECTED = ".csv", ".result.json", ".rejected.csv"
_LONGEST_NAME = 200
"""Bytes, of the 255 that a name may have."""
_PROGRESS, _REASONS = "progress.json", "reasons.jsonl"


@dataclass(frozen=True, slots=True)
class Feed:
    """The files of one kind of an agency. `mapping` is empty for those that lie in no mapping's folder."""

    agency_id: str
    mapping: str
    folder: Path

    @property
    def own_mappings(self) -> Path:
        """Where the agency's own mappings are."""
        return self.folder.parent if self.mapping else self.folder

    def waiting(self) -> list[Path]:
        """The complete files, the oldest first."""
        files = [path for path in self.folder.iterdir() if is_complete(path)]
        return sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def claimed(self) -> list[Claimed]:
        """What was begun and is not archived yet: at any time but after a crash, one at most."""
        folders = sorted((self.folder / _READING).glob("*/"))
        return [Claimed(self, folder) for folder in folders]

    def claim(self, path: Path) -> Claimed | None:
        """Take a file, so that another of its name may come meanwhile. None if it is gone."""
        for name in _names(_plain(path.stem)):
            if any((self.folder / ARCHIVE / (name + kind)).exists() for kind in (_CSV, _RESULT, _REJECTED)):
                continue
            claimed = Claimed(self, self.folder / _READING / name)
            try:
                claimed.folder.mkdir(parents=True)
            except FileExistsError:
                continue
            try:
                path.rename(claimed.file)
            except FileNotFoundError:
                claimed.folder.rmdir()
                return None
            return claimed
        return None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file that is being read, in a folder of its own."""

    feed: Feed
    folder: Path

    @property
    def name(self) -> str:
        """Its name without `.csv`; with a number where the archive had such a file already."""
        return self.folder.name

    @property
    def file(self) -> Path:
        return self.folder / (self.name + _CSV)

    @property
    def rejected(self) -> Path:
        """The rows that were rejected, under their header."""
        return self.folder / (self.name + _REJECTED)

    @property
    def reasons(self) -> Path:
        """Why, a JSON object a line."""
        return self.folder / _REASONS

    @property
    def is_read(self) -> bool:
        """Whether nothing is left to do but to archive it."""
        return not self.file.exists() or self._result.exists()

    @property
    def _result(self) -> Path:
        return self.folder / (self.name + _RESULT)

    def progress(self) -> dict[str, Any]:
        """How far it was read; empty before the first batch."""
        with suppress(FileNotFoundError):
            told: dict[str, Any] = json.loads((self.folder / _PROGRESS).read_text("utf-8"))
            return told
        return {}

    def note_progress(self, told: dict[str, Any]) -> None:
        _write_whole(self.folder / _PROGRESS, told)

    def note_result(self, told: dict[str, Any]) -> None:
        """The last word on it."""
        _write_whole(self._result, told)

    def archive(self) -> None:
        """The file goes first and its result last: whoever sees the result finds the rest. Safe to repeat."""
        archive = self.feed.folder / ARCHIVE
        archive.mkdir(exist_ok=True)
        for path in (self.file, self.rejected, self._result):
            with suppress(FileNotFoundError):
                path.rename(archive / path.name)
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()


def feeds_in(root: Path) -> Iterator[Feed]:
    """Every agency's folder and every folder in it, in the order of their names. Raises OSError where there is none."""
    for agency in _folders(root):
        yield Feed(agency.name, "", agency)
        inner: list[Path] = []
        with suppress(OSError):  # whoever looks for files there is told
            inner = _folders(agency)
        for folder in inner:
            yield Feed(agency.name, folder.name, folder)


def is_complete(path: Path) -> bool:
    """Whoever writes a file gives it its name when it is whole. What is no plain file is never followed."""
    hidden = path.name.startswith(".") or path.suffix.lower() != _CSV
    return not hidden and path.is_file() and not path.is_symlink()


def _folders(parent: Path) -> list[Path]:
    return sorted(
        path
        for path in parent.iterdir()
        if not path.name.startswith(".") and path.name != ARCHIVE and path.is_dir() and not path.is_symlink()
    )


def _plain(stem: str) -> str:
    """A name that can be written into a result, and still has room for `.rejected.csv` behind it."""
    shown = "".join(letter if letter.isprintable() else "_" for letter in stem)
    return shown.encode(errors="replace")[:_LONGEST_NAME].decode(errors="ignore")


def _names(stem: str) -> Iterator[str]:
    yield stem
    for number in count(2):
        yield f"{stem}-{number}"


def _write_whole(path: Path, told: dict[str, Any]) -> None:
    """Either as it was or as it is now, whenever it is looked at."""
    part = path.with_name("." + path.name)
    part.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
    part.replace(path)
