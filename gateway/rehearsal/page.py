"""A rehearsal told as a page: one file, no script, nothing from elsewhere, for phones and in the dark too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from html import escape

from gateway.rehearsal import charts
from gateway.rehearsal.report import REASONS, TASKS, Report
from gateway.rehearsal.tally import Kept, ranked

_MANY = 200
"""Rows of a table; what is left out is told."""

_STYLE = """
:root{color-scheme:light dark;--bar:#2563a8;--rule:#d4d8de;--soft:#5a6472;--card:#f3f5f8}
@media (prefers-color-scheme:dark){:root{--bar:#7db4ec;--rule:#3b434e;--soft:#a3adba;--card:#1d2228}}
*{box-sizing:border-box}
body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;overflow-wrap:break-word;
background:Canvas;color:CanvasText}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;margin:2rem 0 .4rem}
p{margin:.3rem 0 .6rem}.soft{color:var(--soft)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.6rem;margin:1rem 0}
dl div{background:var(--card);border-radius:.5rem;padding:.6rem .8rem}
dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.4rem;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
blockquote{margin:.3rem 0 .8rem;padding:.5rem .8rem;background:var(--card);border-radius:.5rem;white-space:pre-line}
summary{cursor:pointer;padding:.3rem 0}
@media (max-width:40rem){
thead{display:none}
tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--rule)}
td,td.n{display:flex;gap:1rem;justify-content:space-between;border:0;padding:.15rem 0;
white-space:normal;text-align:right}
td:first-child{font-weight:600}
td:not(:first-child)::before{content:attr(data-name);color:var(--soft);text-align:left;flex:none}
td:empty{display:none}
}
"""


def of(report: Report) -> str:
    """The whole page."""
    name = escape(report.pinned.policy.agency.name)
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Rehearsal: {name}</title>\n<style>{_STYLE}{charts.CSS}</style>\n</head>\n<body>\n<main>",
            *_parts(report),
            "</main>\n</body>\n</html>\n",
        )
    )


def _parts(report: Report) -> Iterator[str]:
    yield from _headline(report)
    yield from _notices(report)
    yield from _charts(report)
    yield from _suppressed(report)
    yield from _unknown(report)
    yield from _tasks(report)
    yield from _differences(report)
    yield from _rejected(report)
    yield from _made_up(report)


def _headline(report: Report) -> Iterator[str]:
    tally, reading = report.tally, report.reading
    yield f"<h1>Rehearsal: {escape(report.pinned.policy.agency.name)}</h1>"
    days = sorted(tally.by_day)
    when = f", with notices from {days[0]} to {days[-1]}" if days else ""
    yield f'<p class="soft">{escape(report.file.name)}{when}. Nothing was sent.</p>'
    figures = {
        "rows read": f"{reading.rows:,}",
        "notices sent": f"{tally.recipients:,}",
        "segments": f"{tally.segments:,}",
        "cost": _dollars(tally.cost(tally.segments)),
        "not sent": f"{tally.not_told:,}",
        "unknown codes": f"{len(tally.unknown):,}",
        "tasks": f"{sum(kept.count for kept in tally.tasks.values()):,}",
    }
    yield "<dl>"
    yield from (f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures.items())
    yield "</dl>"
    if reading.made_up.counts:
        yield '<p>Parts of this are <a href="#made-up">made up</a>, because the feed does not tell them.</p>'


def _notices(report: Report) -> Iterator[str]:
    tally = report.tally
    yield "<h2>Would have been sent</h2>"
    if not tally.notices:
        yield "<p>Nothing.</p>"
        return
    yield from _table(
        ("Notice", "#Recipients", "#Segments", "#Cost", "Most of them about"),
        (
            (
                rule,
                f"{told.recipients:,}",
                f"{told.segments:,}",
                _dollars(tally.cost(told.segments)),
                _most(told.by_call_type),
            )
            for rule, told in tally.notices.items()
        ),
    )
    yield "<details><summary>As people would have read them</summary>"
    for one in tally.samples.values():
        several = "" if one.segments == 1 else "s"
        heading = f"{one.notice}, {one.language}, {one.segments} segment{several}"
        yield f'<p class="soft">{escape(heading)}</p>'
        yield f'<blockquote lang="{escape(one.language)}" dir="auto">{escape(one.text)}</blockquote>'
    yield "</details>"


def _charts(report: Report) -> Iterator[str]:
    tally = report.tally
    if not tally.by_day:
        return
    counts = _every_day({day: told.total() for day, told in tally.by_day.items()})
    several_years = len({day[:4] for day in counts}) > 1
    days = {day if several_years else day[5:]: many for day, many in counts.items()}
    yield "<h2>Notices on each day</h2>"
    yield charts.bars("Notices on each day", days, labels=max(1, -(-len(days) // 5)))
    yield "<h2>Notices in each hour of the day</h2>"
    hours = {f"{hour:02}": told.total() for hour, told in tally.by_hour.items()}
    yield charts.bars("Notices in each hour of the day", hours, labels=3)


def _every_day(counts: Mapping[str, int]) -> dict[str, int]:
    """Days without a notice stand among the others."""
    first, last = (date.fromisoformat(one) for one in (min(counts), max(counts)))
    days = ((first + timedelta(days=after)).isoformat() for after in range((last - first).days + 1))
    return {day: counts.get(day, 0) for day in days}


def _suppressed(report: Report) -> Iterator[str]:
    yield "<h2>Would not have been sent, and why</h2>"
    yield from _table(
        ("Reason", "What it means", "#How often", "Most of them about", "Examples"),
        (
            (reason, REASONS.get(reason, ""), f"{kept.count:,}", _most(kept.by_call_type), _examples(kept))
            for reason, kept in ranked(report.tally.suppressed)
        ),
    )


def _unknown(report: Report) -> Iterator[str]:
    yield "<h2>Types and offenses that the policy does not know</h2>"
    if not report.tally.unknown:
        yield "<p>None: each is allowed, or listed as not texted.</p>"
        return
    yield "<p>Each should be allowed, or be listed under <code>not_texted</code>.</p>"
    ranking = report.tally.unknown.most_common()
    yield from _table(("Code", "#Calls or cases"), ((code, f"{many:,}") for code, many in ranking))


def _tasks(report: Report) -> Iterator[str]:
    if not report.tally.tasks:
        return
    yield "<h2>Tasks for people</h2>"
    yield from _table(
        ("Task", "What is to be done", "#How many", "Examples"),
        (
            (kind, TASKS.get(kind, ""), f"{kept.count:,}", _examples(kept))
            for kind, kept in ranked(report.tally.tasks)
        ),
    )


def _differences(report: Report) -> Iterator[str]:
    if report.against is None:
        return
    name = f"{report.against.policy.agency.name}, version {report.against.hash[:8]}"
    yield "<h2>What the other policy would do differently</h2>"
    yield f'<p class="soft">The other: {escape(name)}.</p>'
    if not report.differences:
        yield "<p>Nothing.</p>"
        return
    yield from _table(
        ("Notice", "#Only this", "#Only the other"),
        ((notice, f"{here:,}", f"{there:,}") for notice, (here, there) in report.by_notice.items()),
    )
    yield from _table(
        ("Notice", "Call type", "#Only this", "#Only the other", "Why not the other way"),
        (
            (
                one.notice,
                one.call_type,
                f"{one.only_here:,}",
                f"{one.only_there:,}",
                ", ".join(f"{reason} {many:,}" for reason, many in one.reasons.items()),
            )
            for one in report.differences
        ),
    )


def _rejected(report: Report) -> Iterator[str]:
    if not report.rejects:
        return
    yield "<h2>Rejected</h2>"
    yield from _table(
        ("Field", "What was wrong", "#How often", "Lines"),
        ((where, why, f"{many:,}", ", ".join(map(str, lines))) for where, why, many, lines in report.rejects),
    )


def _made_up(report: Report) -> Iterator[str]:
    yield '<h2 id="made-up">What was made up</h2>'
    counts = report.reading.made_up.counts
    if not counts:
        yield "<p>Nothing: all of it is told by the feed.</p>"
        return
    yield "<p>The feed does not tell these, so that they are realistic and no more.</p>"
    yield from _table(("What", "#How many"), ((what, f"{many:,}") for what, many in counts.items()))


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A heading that begins with # is that of figures."""
    figures = [heading.startswith("#") for heading in headings]
    names = [escape(heading.lstrip("#")) for heading in headings]
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f"<th{_figure(right)}>{name}</th>" for name, right in zip(names, figures, strict=True))
    yield "</tr></thead><tbody>"
    left = 0
    for place, row in enumerate(rows):
        if place >= _MANY:
            left += 1
            continue
        cells = zip(names, row, figures, strict=True)
        # On a phone each row is a block, and each cell stands behind its name.
        told = (f'<td data-name="{name}"{_figure(right)}>{escape(said)}</td>' for name, said, right in cells)
        yield f"<tr>{''.join(told)}</tr>"
    yield "</tbody></table></div>"
    if left:
        yield f'<p class="soft">And {left:,} more: see --json.</p>'


def _figure(right: bool) -> str:
    return ' class="n"' if right else ""


def _examples(kept: Kept) -> str:
    return "; ".join(f"{number} {call_type}" for number, call_type, _ in kept.examples)


def _most(counts: Mapping[str, int], many: int = 4) -> str:
    top = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    shown = ", ".join(f"{name} {count:,}" for name, count in top[:many])
    return f"{shown}, {len(top) - many:,} more types" if len(top) > many else shown


def _dollars(cost: float) -> str:
    return f"${cost:,.2f}"
