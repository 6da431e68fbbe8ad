"""Texts as people send them, each with what it means: written by others than the word files, before they saw them.

`work/` is for those who write word files, `measure/` tells how well they did. `FROZEN` holds both as they were made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from conversations.understanding import LANGUAGES, Intent

FOLDER = Path(__file__).parent
HALVES = ("work", "measure")
_FIELDS = {"intent", "kind", "also", "or", "tempts", "chosen", "text"}


class LabelError(ValueError):
    """An entry that can't be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text and what it means.

    `also` are further meanings that must be seen too, `others` what a careful reader would accept instead. `tempts`
    is what its words could be mistaken for. `keyword`: the text is a form of a command, not a sentence.
    """

    text: str
    language: str
    intent: Intent
    keyword: bool = False
    also: tuple[Intent, ...] = ()
    others: tuple[Intent, ...] = ()
    tempts: Intent | None = None
    chosen: str | None = None


def read(half: str, language: str, folder: Path = FOLDER) -> list[Labelled]:
    """Return one half's texts in a language. Raises LabelError."""
    return list(parse((folder / half / f"{language}.yaml").read_text(encoding="utf-8"), language))


def parse(yaml: str, language: str) -> Iterator[Labelled]:
    """Yield the entries of a file, checked one by one. Raises LabelError."""
    for number, entry in enumerate(YAML(typ="safe").load(yaml), start=1):
        try:
            yield _labelled(entry, language)
        except (LabelError, TypeError, KeyError, ValueError) as problem:
            raise LabelError(f"{language}, entry {number}: {problem!r} in {entry}") from None


def _labelled(entry: dict[str, Any], language: str) -> Labelled:
    if unknown := set(entry) - _FIELDS:
        raise LabelError(f"unknown fields {sorted(unknown)}")
    one = Labelled(
        text=entry["text"],
        language=language,
        intent=Intent(entry["intent"]),
        keyword={"keyword": True, None: False}[entry.get("kind")],
        also=_intents(entry, "also"),
        others=_intents(entry, "or"),
        tempts=Intent(entry["tempts"]) if "tempts" in entry else None,
        chosen=entry.get("chosen"),
    )
    meanings = (one.intent, *one.also, *one.others)
    if not isinstance(one.text, str) or one.text != " ".join(one.text.split()) or not one.text:
        raise LabelError("a text stands on one line, with nothing around it")
    if len(set(meanings)) < len(meanings) or one.tempts in meanings:
        raise LabelError("a meaning stands twice")
    if one.keyword and one.intent is not Intent.OPT_OUT:
        raise LabelError("only an opt-out is marked as a keyword")
    if one.chosen not in (None, *LANGUAGES) or (one.chosen and Intent.LANGUAGE not in meanings):
        raise LabelError("`chosen` is one of our languages, where one is asked for")
    return one


def _intents(entry: dict[str, Any], field: str) -> tuple[Intent, ...]:
    named = entry.get(field, [])
    if not isinstance(named, list) or (field in entry and not named):
        raise LabelError(f"`{field}` is a list")
    return tuple(map(Intent, named))


def fingerprints(folder: Path = FOLDER) -> str:
    """Return a line for each file of the set: its SHA-256 and its name, as sha256sum prints them."""
    return "".join(
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in (f"{half}/{language}.yaml" for half in HALVES for language in LANGUAGES)
    )
