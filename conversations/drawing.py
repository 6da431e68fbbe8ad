"""The dialogue tables as a page for people: `docs/dialogues.md`. Drawn, never written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from conversations.dialogues import DIALOGUES
from conversations.dialogues.table import AGAIN, END, STAY, Dialogue, Way

_HEAD = """# What can be talked about
Drawn from the tables in `conversations/dialogues/` by `./tidings dialogues --write`; don't edit it by hand.

The order in one text is fixed, and no dialogue can change it: distress, opt-out, opt-in and help, wrong number,
language, the open question, whatever else was asked for, the fallback answer. The question that was asked last gets
the answer. What can't be read is explained as often as the table says. When a question's time is over, it is as if it
had never been asked.
"""
_TIMES = ("never", "once", "twice")
_TO = {END: "nothing waits", STAY: "as before", AGAIN: "as before, asked once more"}


def draw() -> str:
    """The whole page, in Markdown with a Mermaid picture for each dialogue that has questions."""
    return "\n".join([_HEAD, *("\n".join(_dialogue(dialogue)) for dialogue in DIALOGUES)])


def _dialogue(dialogue: Dialogue) -> Iterator[str]:
    yield f"## {dialogue.name.capitalize()}"
    yield dialogue.about
    yield ""
    yield from _picture(dialogue)
    if dialogue.questions:
        yield from _questions(dialogue)
    yield from _ways(dialogue)


def _picture(dialogue: Dialogue) -> Iterator[str]:
    """Each arrow once, with all outcomes that take it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for source, label, ways in _sources(dialogue):
        for name, way in ways.items():
            if way.to not in (STAY, AGAIN):
                arrows.setdefault((source, way.to), []).append(f"{label}{name}")
    if not arrows:
        return
    yield "```mermaid"
    yield "stateDiagram-v2"
    for (source, target), names in arrows.items():
        yield f"    {_state(source)} --> {_state(target)} : {', '.join(names)}"
    yield "```"
    yield ""


def _sources(dialogue: Dialogue) -> Iterator[tuple[str, str, Mapping[str, Way]]]:
    for opening in dialogue.openings:
        yield END, f"{opening.intent} ", opening.ways
    for question in dialogue.questions:
        more = {"given up": question.given_up, "too late": question.late}
        yield question.name, "", {**question.ways, **{name: way for name, way in more.items() if way}}


def _state(name: str) -> str:
    return "[*]" if name == END else name.replace(".", "_")


def _questions(dialogue: Dialogue) -> Iterator[str]:
    yield "| question | waits for | how long | explained | then |"
    yield "|---|---|---|---|---|"
    for question in dialogue.questions:
        cells = (
            f"`{question.name}`",
            question.waits_for,
            _duration(question.lives.open_for) if question.lives else "as the survey says",
            _TIMES[question.tries],
            "goes on waiting" if question.given_up is None else "ends",
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _duration(time: timedelta) -> str:
    units = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
    unit, length = next((name, length) for name, length in units.items() if time >= length)
    count = time // length
    return f"{count} {unit}{'s' if count > 1 else ''}"


def _ways(dialogue: Dialogue) -> Iterator[str]:
    yield "| when | outcome | says | does | then waits |"
    yield "|---|---|---|---|---|"
    for source, label, ways in _sources(dialogue):
        for name, way in ways.items():
            when = f"a text means *{label.strip()}*" if label else f"`{source}`"
            yield f"| {when} | {name} | {_said(way)} | {_done(way)} | {_TO.get(way.to, f'`{way.to}`')} |"
    yield ""


def _said(way: Way) -> str:
    own = [f"`{part}`" for part in way.says]
    return ", ".join([*own, "the survey's thanks"] if way.adds else own) or "-"


def _done(way: Way) -> str:
    return ", ".join(change.__name__.replace("_", " ") for change in way.does) or "-"
