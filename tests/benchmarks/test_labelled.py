"""The labelled texts: frozen as they were made, in two halves of one shape that share nothing."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.labelled import FOLDER, HALVES, LabelError, Labelled, fingerprints, parse, read
from benchmarks.labelled.make import SHORT, line, make, split
from conversations.understanding import LANGUAGES, Intent, normalise
from conversations.understanding.vocabulary import load_vocabulary

TEXTS = {(half, language): read(half, language) for half in HALVES for language in LANGUAGES}
each_half = pytest.mark.parametrize("half", HALVES)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def test_no_label_was_changed_since_the_set_was_frozen() -> None:
    frozen = (FOLDER / "FROZEN").read_text()
    assert fingerprints() == frozen, "Make a new set under a new name: docs/understanding.md says how."


@each_half
@each_language
def test_each_half_has_enough_of_everything_in_each_language(half: str, language: str) -> None:
    texts = TEXTS[half, language]
    assert len(texts) >= 60
    assert {one.intent for one in texts} == set(Intent)
    assert sum(one.keyword for one in texts) >= 10
    tempting = Counter(one.tempts for one in texts)
    assert tempting[Intent.OPT_OUT] >= 20
    assert tempting[Intent.DISTRESS] >= 20
    assert sum(bool(one.also) for one in texts) >= 10
    assert sum(bool(one.chosen) for one in texts) >= 5


@each_language
def test_the_halves_are_of_one_shape(language: str) -> None:
    work, measure = (Counter(one.intent for one in TEXTS[half, language]) for half in HALVES)
    assert all(abs(work[intent] - measure[intent]) <= 2 for intent in Intent)


def test_no_text_is_in_both_halves_nor_twice_in_a_language() -> None:
    work, measure = (
        {one.text.casefold() for language in LANGUAGES for one in TEXTS[half, language]} for half in HALVES
    )
    assert not work & measure
    for texts in TEXTS.values():
        assert max(Counter(one.text for one in texts).values()) == 1


def test_what_measures_the_word_files_is_not_among_their_examples() -> None:
    examples = {normalise(example.entry.text): example.entry for example in load_vocabulary().examples}
    kept = {normalise(one.text) for language in LANGUAGES for one in TEXTS["measure", language]}
    found = {words: examples[words] for words in kept & set(examples) if words.count(" ") >= SHORT}
    assert not found, [str(entry.error("leave this example out")) for entry in found.values()]


def test_who_edits_word_files_is_told_which_half_to_leave_alone() -> None:
    for language in LANGUAGES:
        head = (FOLDER / "measure" / f"{language}.yaml").read_text().partition("\n- ")[0]
        assert "NOBODY WHO EDITS THEM READS THIS FILE" in " ".join(head.split())


@pytest.mark.parametrize(
    "entry",
    [
        "{intent: hunger, text: a}",
        "{intent: status, txt: a}",
        "{intent: status}",
        "{intent: status, text: ' a'}",
        "{intent: status, text: 3}",
        "{intent: status, kind: keyword, text: a}",
        "{intent: opt_out, kind: word, text: a}",
        "{intent: status, also: callback, text: a}",
        "{intent: status, also: [], text: a}",
        "{intent: status, or: [status], text: a}",
        "{intent: status, tempts: status, text: a}",
        "{intent: language, chosen: de, text: a}",
        "{intent: status, chosen: fr, text: a}",
    ],
)
def test_a_malformed_entry_is_refused(entry: str) -> None:
    with pytest.raises(LabelError, match="en, entry 2"):
        list(parse(f"- {{intent: status, text: news}}\n- {entry}", "en"))


def test_an_entry_is_written_as_it_is_read() -> None:
    for (_, language), texts in TEXTS.items():
        assert list(parse("".join(map(line, texts)), language)) == texts


def test_a_new_set_is_split_and_frozen_beside_the_old_one(tmp_path: Path) -> None:
    source, target = tmp_path / "whole", tmp_path / "set"
    source.mkdir()
    for language in LANGUAGES:
        texts = (Labelled(f"{language} {n}", language, Intent.STATUS) for n in range(10))
        (source / f"{language}.yaml").write_text("".join(map(line, texts)))
    make(source, target)
    assert (target / "FROZEN").read_text() == fingerprints(target)
    for language in LANGUAGES:
        assert [len(read(half, language, target)) for half in HALVES] == [5, 5]
    with pytest.raises(FileExistsError):
        make(source, target)


def test_the_order_of_the_texts_decides_nothing_about_the_halves() -> None:
    texts = [one for language in LANGUAGES for one in TEXTS["work", language]]
    shuffled = random.Random(1).sample(texts, len(texts))
    assert split(texts) == split(shuffled)


def test_one_text_in_several_languages_or_spellings_stays_in_one_half() -> None:
    texts = [
        Labelled(f"no {n}{'!' * again}", code, Intent.ANSWER)
        for n in range(20)
        for again, code in enumerate(("en", "es"))
    ]
    for half in split(texts).values():
        assert half
        assert {one.text.rstrip("!") for one in half if one.language == "en"} == {
            one.text.rstrip("!") for one in half if one.language == "es"
        }


def test_what_word_files_have_as_an_example_is_for_work_unless_it_is_a_mere_command() -> None:
    known = [f"is there news {n}" for n in range(10)]
    commands = [f"stop {n}" for n in range(10)]
    texts = [Labelled(text, "en", Intent.STATUS) for text in known + commands]
    halves = split(texts, [f"Is there news, {n}?" for n in range(10)] + commands)
    assert {one.text for one in halves["work"]} == set(known)
    assert {one.text for one in halves["measure"]} == set(commands)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_further_texts_can_be_read_and_are_others(language: str) -> None:
    further = {one.text.casefold() for one in read("further", language)}
    assert len(further) > 300
    assert not further & {one.text.casefold() for half in HALVES for one in TEXTS[half, language]}
