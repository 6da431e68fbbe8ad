from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from conversations.dialogues import DIALOGUES, QUESTIONS
from conversations.effects import Effect
from locales import LANGUAGES
from tests.conversations.transcript import TRANSCRIPTS, Line, play

FILES = sorted(TRANSCRIPTS.glob("*.txt"))
CODES = {language.code for language in LANGUAGES}
NAMES = {dialogue.name.replace(" ", "_") for dialogue in DIALOGUES}
IN_EVERY_LANGUAGE = (
    "status",
    "verification",
    "enrollment",
    "enrollment.new_number",
    "survey",
    "consent",
    "help",
    "safety",
    "language",
)
"""What people talk about most, and what must not fail in any language."""
SOME_LANGUAGES = 2
"""In how many everything else stands at least."""


@cache
def played(path: Path) -> tuple[list[str], Line]:
    """The conversation as it really goes, and the world after it."""
    line = Line()
    return list(play(written(path), line)), line


def written(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def languages_of(name: str) -> set[str]:
    """The languages of the files of a dialogue, or of one variant of it."""
    return {
        path.stem.rpartition(".")[2]
        for path in FILES
        if f"{path.stem.rpartition('.')[0]}.".startswith(f"{name}.")
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_conversation_goes_as_it_is_written_down(path: Path) -> None:
    assert played(path)[0] == written(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_conversation_says_what_it_shows_and_is_answered(path: Path) -> None:
    lines = written(path)
    assert lines[0].startswith("# ")
    assert any(line.startswith("> ") for line in lines)
    assert any(line.startswith("< ") for line in lines)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_named_after_its_dialogue_and_its_language(path: Path) -> None:
    dialogue, *_, language = path.stem.split(".")
    assert (dialogue in NAMES, language in CODES) == (True, True)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_dialogue_is_shown_in_two_languages(name: str) -> None:
    assert len(languages_of(name)) >= SOME_LANGUAGES


@pytest.mark.parametrize("name", IN_EVERY_LANGUAGE)
def test_what_people_talk_about_most_is_shown_in_every_language(name: str) -> None:
    assert {code for code in CODES if TRANSCRIPTS / f"{name}.{code}.txt" in FILES} == CODES


def test_every_question_is_asked_in_some_conversation() -> None:
    assert set().union(*(played(path)[1].questions for path in FILES)) == set(QUESTIONS)


def test_everything_that_can_be_done_is_done_in_some_conversation() -> None:
    assert set().union(*(played(path)[1].effects for path in FILES)) == set(get_args(Effect))
