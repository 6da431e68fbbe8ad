"""`./tidings ingest --try`: the first rows of a file as events, for people or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from gateway.feeds.mapping import Mapping
from gateway.feeds.rows import Table
from gateway.feeds.translate import Translator
from gateway.feeds.trial import Tried, Wrong, tried

_WIDTH_OF_A_PIPE = 120


def show(table: Table, mapping: Mapping, most: int, as_json: bool) -> bool:
    """Print what the first rows would become. True if nothing was wrong with them."""
    rows = list(tried(islice(table, most), Translator(mapping)))
    (_print_json if as_json else _print_grid)(table, mapping, rows)
    return not any(row.wrong for row in rows)


def _print_json(table: Table, mapping: Mapping, rows: Sequence[Tried]) -> None:
    told = {
        "file": str(table.path),
        "source": mapping.source,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "columns": list(table.header),
        **_counts(rows),
        "rows": [
            {
                "line": row.line,
                "events": list(row.events),
                "rejected": [
                    {"type": one.type, "field": one.field, "columns": list(one.columns), "reason": one.reason}
                    for one in row.wrong
                ],
                "not_told": [{"type": kind, "column": column} for kind, column in row.unmet],
            }
            for row in rows
        ],
    }
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))


def _counts(rows: Sequence[Tried]) -> dict[str, int]:
    return {
        "events": sum(len(row.events) for row in rows),
        "silent": sum(not row.events and not row.wrong for row in rows),
        "rejected": sum(len(row.wrong) for row in rows),
    }


def _print_grid(table: Table, mapping: Mapping, rows: Sequence[Tried]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_PIPE
    counts = _counts(rows)
    console.print(
        escape(
            f"{table.path}: {table.encoding}, delimiter {table.delimiter!r}, "
            f"header on line {table.preamble.count(chr(10)) or 1}, read as {mapping.source}"
        )
    )
    grid = Grid("Line", "Becomes", "About", "Time", "What it says", pad_edge=False, expand=False)
    for row in rows:
        for cells in _lines(row):
            grid.add_row(*map(escape, cells), end_section=True)
    console.print(grid)
    console.print(
        f"Rows {len(rows):,}, of these silent {counts['silent']:,}. Events {counts['events']:,}, "
        f"rejected {counts['rejected']:,}. Nothing was stored."
    )


def _lines(row: Tried) -> Iterator[tuple[str, str, str, str, str]]:
    line = str(row.line)
    for event in row.events:
        said = "\n".join(f"{name}: {value}" for name, value in _flat(event["data"]))
        yield line, event["type"], event.get("subject", ""), event["time"], said
    for one in row.wrong:
        yield line, "rejected", one.type or "", "", _why(one)
    if not row.events and not row.wrong:
        said = "\n".join(f"no {kind}: see column {column!r}" for kind, column in row.unmet)
        yield line, "nothing", "", "", said


def _why(wrong: Wrong) -> str:
    columns = f"column {', '.join(map(repr, wrong.columns))}: " if wrong.columns else ""
    return f"{columns}{wrong.field}: {wrong.reason}"


def _flat(node: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """`parties.0.phone: ...`, a leaf a line; a list of plain values is one."""
    if isinstance(node, dict):
        items: Any = node.items()
    elif isinstance(node, list) and any(isinstance(one, dict) for one in node):
        items = enumerate(node)
    else:
        yield at, ", ".join(map(str, node)) if isinstance(node, list) else node
        return
    for name, inner in items:
        yield from _flat(inner, f"{at}.{name}" if at else str(name))
