"""A rehearsal told in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.rehearsal.report import REASONS, TASKS, Report
from gateway.rehearsal.tally import Kept, ranked

_SHOWN = 20
_BAR = 30


def tell(console: Console, report: Report) -> None:
    """All tables, the most important first."""
    for table in (
        _headline(report),
        _notices(report),
        _suppressed(report),
        _unknown(report),
        _tasks(report),
        _differences(report),
        _days(report),
        _hours(report),
        _rejected(report),
        _made_up(report),
    ):
        if table is not None:
            console.print(table)
    if late := report.reading.late:
        console.print(
            f"{late:,} events stand in the file more than a day behind others, and were heard late: sort it."
        )


def _headline(report: Report) -> Table:
    tally, reading = report.tally, report.reading
    table = Table(
        show_header=False, box=None, title=f"{report.pinned.policy.agency.name}, {report.file.name}"
    )
    table.add_column()
    table.add_column(justify="right")
    table.add_row("policy", report.pinned.policy.agency.name)
    table.add_row("rows read", f"{reading.rows:,}")
    table.add_row("events in them", f"{reading.events.total():,}")
    table.add_row("notices sent", f"{tally.recipients:,}")
    table.add_row("segments", f"{tally.segments:,}")
    table.add_row("cost", _dollars(tally.cost(tally.segments)))
    table.add_row("notices not sent", f"{tally.not_told:,}")
    table.add_row("seconds", f"{report.seconds:.1f}")
    return table


def _notices(report: Report) -> Table | None:
    if not report.tally.notices:
        return None
    table = _table("Would have been sent", "Notice")
    for heading in ("Recipients", "Segments", "Cost"):
        table.add_column(heading, justify="right")
    table.add_column("Languages")
    table.add_column("Most of them about")
    for rule, told in report.tally.notices.items():
        table.add_row(
            rule,
            f"{told.recipients:,}",
            f"{told.segments:,}",
            _dollars(report.tally.cost(told.segments)),
            _most(told.by_language, 6),
            escape(_most(told.by_call_type, 3)),
        )
    return table


def _suppressed(report: Report) -> Table | None:
    if not report.tally.suppressed:
        return None
    table = _table("Would not have been sent", "Reason", "What it means")
    table.add_column("How often", justify="right")
    table.add_column("Most of them about")
    table.add_column("Examples")
    for reason, kept in ranked(report.tally.suppressed):
        table.add_row(
            reason,
            REASONS.get(reason, ""),
            f"{kept.count:,}",
            escape(_most(kept.by_call_type, 3)),
            _examples(kept),
        )
    return table


def _unknown(report: Report) -> Table | None:
    if not report.tally.unknown:
        return None
    table = _table(
        "Types and offenses that the policy does not know: allow them or list them as not_texted", "Code"
    )
    table.add_column("Calls or cases", justify="right")
    for code, many in report.tally.unknown.most_common(_SHOWN):
        table.add_row(escape(code), f"{many:,}")
    if rest := report.tally.unknown.most_common()[_SHOWN:]:
        table.add_row(f"{len(rest):,} others", f"{sum(many for _, many in rest):,}")
    return table


def _tasks(report: Report) -> Table | None:
    if not report.tally.tasks:
        return None
    table = _table("Tasks for people", "Task", "What is to be done")
    table.add_column("How many", justify="right")
    table.add_column("Examples")
    for kind, kept in ranked(report.tally.tasks):
        table.add_row(kind, TASKS.get(kind, ""), f"{kept.count:,}", _examples(kept))
    return table


def _differences(report: Report) -> Table | None:
    if report.against is None:
        return None
    here, there = report.pinned.policy.agency.name, report.against.policy.agency.name
    table = _table(f"What the other policy ({there}) would do differently", "Notice", "Call type")
    table.add_column(f"Only {here}" if here != there else "Only --policy", justify="right")
    table.add_column(f"Only {there}" if here != there else "Only --against", justify="right")
    table.add_column("Why not the other")
    for notice, (only_here, only_there) in report.by_notice.items():
        table.add_row(notice, "all", f"{only_here:,}", f"{only_there:,}", "")
    for one in report.differences[: 2 * _SHOWN]:
        table.add_row(
            one.notice,
            escape(one.call_type),
            f"{one.only_here:,}",
            f"{one.only_there:,}",
            ", ".join(f"{reason} {many:,}" for reason, many in one.reasons.items()),
        )
    if rest := report.differences[2 * _SHOWN :]:
        table.add_row(f"{len(rest):,} others", "see --json or --html", "", "", "")
    if not report.differences:
        table.add_row("nothing", "", "", "", "")
    return table


def _days(report: Report) -> Table | None:
    by_day = report.tally.by_day
    return _bars("Sent on each day", "Day", {day: by_day[day].total() for day in sorted(by_day)})


def _hours(report: Report) -> Table | None:
    hours = {f"{hour:02}:00": told.total() for hour, told in report.tally.by_hour.items()}
    return _bars("Sent in each hour of the day", "Hour", hours) if any(hours.values()) else None


def _bars(title: str, what: str, counts: dict[str, int]) -> Table | None:
    if not counts:
        return None
    most = max(counts.values())
    table = _table(title, what)
    table.add_column("Notices", justify="right")
    table.add_column("")
    for name, many in counts.items():
        table.add_row(name, f"{many:,}", "█" * round(_BAR * many / most))
    return table


def _rejected(report: Report) -> Table | None:
    if not report.rejects:
        return None
    table = _table("Rejected", "Field", "What was wrong", "How often", "Lines")
    for where, why, many, lines in report.rejects[:_SHOWN]:
        more = f" and {many - len(lines):,} more" if many > len(lines) else ""
        table.add_row(escape(where), escape(why), f"{many:,}", ", ".join(map(str, lines)) + more)
    return table


def _made_up(report: Report) -> Table | None:
    if not report.reading.made_up.counts:
        return None
    table = _table("Made up, because the feed does not tell it", "What")
    table.add_column("How many", justify="right")
    for what, many in report.reading.made_up.counts.items():
        table.add_row(what, f"{many:,}")
    return table


def _table(title: str, *headings: str) -> Table:
    return Table(*headings, title=title, title_justify="left")


def _examples(kept: Kept) -> str:
    return escape("; ".join(f"{number} {call_type}" for number, call_type, _ in kept.examples))


def _most(counts: dict[str, int], many: int) -> str:
    top = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    shown = ", ".join(f"{name} {count:,}" for name, count in top[:many])
    return f"{shown}, {len(top) - many:,} more" if len(top) > many else shown


def _dollars(cost: float) -> str:
    return f"${cost:,.2f}"
