"""The words in a call type that no policy can allow: see `never.yaml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml import YAML

_EVERY_STAGE = "every_stage"


@cache
def _table() -> MappingProxyType[str, MappingProxyType[str, re.Pattern[str]]]:
    stages = YAML(typ="safe").load(Path(__file__).parent / "never.yaml")
    return MappingProxyType(
        {
            stage: MappingProxyType({subject: _pattern(entries) for subject, entries in subjects.items()})
            for stage, subjects in stages.items()
        }
    )


def _pattern(entries: Iterable[str | int]) -> re.Pattern[str]:
    return re.compile("|".join("".join(map(_word, str(entry).split())) + "(?= )" for entry in entries))


def _word(words: str) -> str:
    return f" (?:{'|'.join(map(_one, words.split('|')))})"


def _one(word: str) -> str:
    begins = "[^ ]*" if word.startswith("*") else ""
    ends = "[^ ]*" if word.endswith("*") else ""
    return f"{begins}{re.escape(word.strip('*'))}{ends}"


def _plain(call_type: str) -> str:
    """In capitals, a space on both sides, one between words; without accents and characters that are not seen."""
    decomposed = unicodedata.normalize("NFKD", call_type).upper()
    seen = "".join(c for c in decomposed if unicodedata.category(c) not in {"Mn", "Cf"})
    return f" {' '.join(re.findall('[A-Z0-9]+', seen))} "


def _spellings(call_type: str) -> str:
    """The type with its single letters apart and together, " T R O VIOL  TRO VIOL ": either may be what is meant."""
    plain = _plain(call_type)
    together = _LETTERS.sub(lambda found: f" {found[0].replace(' ', '')}", plain)
    return plain if together == plain else f"{plain} {together}"


_LETTERS = re.compile("(?: [A-Z](?= )){2,}")


@lru_cache(4096)
def never_texted(call_type: str) -> str | None:
    """The subject in never.yaml for which a call of this type is never texted, or None. Any spelling."""
    spelled = _spellings(call_type)
    subjects = (item for stage in _table().values() for item in stage.items())
    return next((subject for subject, words in subjects if words.search(spelled)), None)


@lru_cache(4096)
def never_reported(call_type: str) -> str | None:
    """The same for the report that came of such a call: what was about the moment no longer counts."""
    spelled = _spellings(call_type)
    return next((subject for subject, words in _table()[_EVERY_STAGE].items() if words.search(spelled)), None)
