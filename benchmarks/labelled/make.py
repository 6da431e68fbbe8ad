"""Makes a set from whole files, one a language: `python -m benchmarks.labelled.make FROM TO`.

Both halves get the same shape: as many texts of each intent, keyword forms, hard negatives and double meanings. A
hash of the text decides which goes where, so nobody chooses. A text that occurs several times, in whatever language
or spelling, stays in one half; one that a word file has as an example is in `work`. Commands of one or two words are
excepted from that, since they can't but be in every list of words.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.labelled import HALVES, Labelled, fingerprints, parse
from conversations.understanding import LANGUAGES, normalise
from conversations.understanding.vocabulary import load_vocabulary
from locales.languages import language as name_of

WORK, MEASURE = HALVES
SHORT = 2
_WRITTEN = """\
# {language}: texts that people send, each with what it means. Written by somebody other than the authors of the word
# files, before these were seen. Frozen: see docs/understanding.md.
"""
_FOR = {
    WORK: "# It is for the authors of word files: `./tidings bench understanding --half work --misses`.\n",
    MEASURE: "# It measures the word files: NOBODY WHO EDITS THEM READS THIS FILE, nor takes texts from it.\n",
}


def split(texts: Sequence[Labelled], examples: Iterable[str] = ()) -> dict[str, list[Labelled]]:
    """Part the texts of all languages into halves; `examples` are the word files'. The order does not matter."""
    places = Counter(_key(one) for one in texts)
    known = {normalise(example) for example in examples}
    strata = defaultdict(list)
    for one in sorted(texts, key=lambda one: (_hash(_key(one)), one.language, one.text)):
        strata[_traits(one)].append(one)
    halves: dict[str, list[Labelled]] = {half: [] for half in HALVES}
    taken: Counter[tuple[str, str, str]] = Counter()
    for traits, stratum in sorted(strata.items()):
        language, here = traits[0], dict.fromkeys(HALVES, 0)

        def load(
            half: str, traits: Sequence[str] = traits, here: Mapping[str, int] = here
        ) -> tuple[int, int]:
            return here[half], sum(taken[traits[0], trait, half] for trait in traits)

        # Those that have no choice come first, so that the others can make up for them.
        for one in sorted(stratum, key=lambda one: _bound(one, places, known) is None):
            half = _bound(one, places, known) or min(HALVES, key=load)
            here[half] += 1
            taken.update((language, trait, half) for trait in traits)
            halves[half].append(one)
    return halves


def _traits(one: Labelled) -> tuple[str, ...]:
    """What both halves should have alike; the language comes first."""
    return (
        one.language,
        one.intent,
        "keyword" * one.keyword,
        f"tempts {one.tempts}",
        "also" * bool(one.also),
        "chosen" * bool(one.chosen),
    )


def _bound(one: Labelled, places: Counter[str], known: set[str]) -> str | None:
    key = _key(one)
    if key in known and key.count(" ") >= SHORT:
        return WORK
    return HALVES[int(_hash(key), 16) % 2] if places[key] > 1 else None


def _key(one: Labelled) -> str:
    return normalise(one.text) or one.text


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def line(one: Labelled) -> str:
    """One entry, as the files have it."""
    fields: dict[str, Any] = {"intent": one.intent}
    fields |= {"kind": "keyword"} if one.keyword else {}
    fields |= {"also": f"[{', '.join(one.also)}]"} if one.also else {}
    fields |= {"or": f"[{', '.join(one.others)}]"} if one.others else {}
    fields |= {"tempts": one.tempts} if one.tempts else {}
    fields |= {"chosen": one.chosen} if one.chosen else {}
    fields |= {"text": json.dumps(one.text, ensure_ascii=False)}
    return "- {" + ", ".join(f"{name}: {value}" for name, value in fields.items()) + "}\n"


def make(source: Path, target: Path) -> None:
    """Write both halves and FROZEN."""
    texts = [
        one
        for language in LANGUAGES
        for one in parse((source / f"{language}.yaml").read_text(encoding="utf-8"), language)
    ]
    halves = split(texts, (example.entry.text for example in load_vocabulary().examples))
    for half, ones in halves.items():
        (target / half).mkdir(parents=True)
        for language in LANGUAGES:
            lines = sorted(line(one) for one in ones if one.language == language)
            head = _WRITTEN.format(language=name_of(language).english_name) + _FOR[half]
            (target / half / f"{language}.yaml").write_text(head + "".join(lines), encoding="utf-8")
    (target / "FROZEN").write_text(fingerprints(target), encoding="utf-8")


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
