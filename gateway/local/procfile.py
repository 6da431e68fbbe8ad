"""Reading a Procfile: a name, a colon and a command a line."""

from __future__ import annotations

import re
from pathlib import Path

_LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")


class ProcfileError(ValueError):
    """A line that is no `name: command`, or a name given twice; the message says where."""


def read_procfile(path: Path) -> dict[str, str]:
    """Name -> command, in the file's order. Empty lines and lines that begin with # are skipped."""
    commands: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise ProcfileError(f"{path}, line {number}: expected `name: command`, found {line.strip()!r}")
        if found["name"] in commands:
            raise ProcfileError(f"{path}, line {number}: {found['name']!r} is there twice")
        commands[found["name"]] = found["command"]
    return commands
