"""The notation, and what a wrong word file is told."""

import shutil
from pathlib import Path

import pytest
import re2

from conversations.understanding import VocabularyError
from conversations.understanding.normalise import skeleton
from conversations.understanding.notation import NotationError, expand, parse, to_re2
from conversations.understanding.vocabulary import WORDS, load_vocabulary
from conversations.understanding.wordfile import read_word_file


def finds(entry: str, text: str, lists: dict[str, list[str]] | None = None) -> bool:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    pattern = re2.compile(to_re2(parse(entry, lists or {})), options)
    return pattern.search(f" {skeleton(text)} ".encode()) is not None


@pytest.mark.parametrize(
    ("entry", "text", "found"),
    [
        ("stop texting", "please stop texting me", True),
        ("stop texting", "nonstop texting", False),
        ("stop ... texts", "stop sending me these texts", True),
        ("stop ... texts", "stop he said that he reads texts", False),
        ("[stop|quit] it", "quit it", True),
        ("stop (please) it", "stop it", True),
        ("d'[envoyer|écrire]", "arrêtez d’écrire", True),
        ("(n')envoyez plus", "n'envoyez plus", True),
        ("*tumie", "msinitumie tena", True),
        ("suicid*", "suicidal", True),
        ("^ stop", "stop him", True),
        ("^ stop", "please stop", False),
        ("stop $", "please stop", True),
        ("stop [now|$]", "stop", True),
        ("{msgs} off", "texts off", True),
        ("می خواهم", "می‌خواهم", True),
    ],
)
def test_the_notation_finds_what_it_says(entry: str, text: str, found: bool) -> None:
    assert finds(entry, text, {"msgs": ["texts"]}) is found


def test_a_whole_text_stands_for_each_of_its_spellings() -> None:
    assert set(expand(parse("[stop|end] (it) now", {}))) == {
        "stop now",
        "stop it now",
        "end now",
        "end it now",
    }


@pytest.mark.parametrize(
    "entry", ["[stop", "stop]", "(a|", "[a||b]", "{nobody}", "{", "}", "", "a...b", "?!"]
)
def test_a_malformed_entry_is_refused(entry: str) -> None:
    with pytest.raises(NotationError):
        to_re2(parse(entry, {}))


def test_a_whole_text_can_have_no_gap() -> None:
    with pytest.raises(NotationError, match="whole texts"):
        list(expand(parse("stop ... now", {})))


@pytest.mark.parametrize("entry", ["(please)", "stop (now)", "(do) stop", "..."])
def test_an_entry_that_begins_or_ends_with_what_may_be_missing_is_refused(entry: str) -> None:
    with pytest.raises(NotationError, match="may be missing"):
        to_re2(parse(entry, {}))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("opt_out:\n  phrases: |\n    ok\n    [stop\n", r"en\.yaml, line 4: '\[stop'"),
        ("opt_out:\n  exact: |\n    stop ... now\n", r"en\.yaml, line 3: 'stop \.\.\. now'"),
        ("opt_out:\n  phrases: |\n    {ghost} off\n", r"line 3.*there is no list 'ghost'"),
        ("opt_uot:\n  exact: |\n    stop\n", r"line 1: 'opt_uot': expected"),
        ("opt_out:\n  exactly: |\n    stop\n", r"line 2: 'exactly': expected one of exact"),
        ("opt_out:\n  exact: [stop]\n", r"line 2: 'exact': expected '\|'"),
        ("opt_out: stop\n", r"line 1: opt_out should hold"),
        ("help:\n  exact: |\n    a\nhelp:\n  exact: |\n    b\n", r"line 4: 'help': it stands twice"),
        ("answers:\n  maybe: |\n    perhaps\n", r"line 2: 'maybe': expected one of yes, no"),
        ("answers:\n  numbers:\n    11: |\n      eleven\n", r"line 3: '11': expected a number from 0 to 10"),
        ("answers:\n  months:\n    0: |\n      zero\n", r"line 3: '0': expected a number from 1 to 12"),
        ("answers:\n  numbers: |\n    one\n", r"line 2: numbers should hold"),
        ("answers:\n  yes: |\n    yes ... sir\n", r"en\.yaml, line 3: 'yes \.\.\. sir'"),
        ("answers:\n  yes: |\n    ?!\n", r"line 3: '\?!': nothing is left"),
        ("answers:\n  yes: |\n    fine\n  no: |\n    (not) fine\n", r"line 5.*'fine' stands for another"),
        ("answers:\n  months:\n    2: |\n      mayo\n", r"'mayo' stands for another answer"),
        ("", r"line 1: the file should hold"),
        ("a: [\n", r"en\.yaml"),
    ],
)
def test_a_wrong_word_file_is_told_where_and_what(tmp_path: Path, content: str, complaint: str) -> None:
    folder = tmp_path / "words"
    shutil.copytree(WORDS, folder)
    (folder / "en.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(VocabularyError, match=complaint):
        load_vocabulary(folder)


def test_a_missing_word_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"en\.yaml"):
        load_vocabulary(tmp_path)


@pytest.mark.parametrize("path", sorted(WORDS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_language_has_words_and_examples_for_what_people_ask(path: Path) -> None:
    file = read_word_file(path)
    if path.stem == "any":
        return
    for meaning, section in {(meaning, "examples") for meaning, _ in file.meanings}:
        assert file.meanings.get((meaning, section)), (path.stem, meaning)
