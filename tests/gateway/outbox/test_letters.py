"""Letters: what stands in them and where, in both directions, and that a batch is printed once or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table, select

from gateway.ground import Ground
from gateway.outbox.post import printing, sheet
from gateway.outbox.post.lines import Run, broken
from gateway.outbox.post.printing import print_batch, reprint, take_back
from gateway.outbox.post.sheet import Sheet, pdf_of
from gateway.store.tables import letter_batches, letters, tasks
from locales import LANGUAGES, Catalogs
from locales.bidi import without_controls
from rules.policy import Channel
from tests.gateway.outbox.channels import HOME, telling_by
from tests.gateway.outbox.test_mail import filed, tell
from tests.gateway.world import report

AT_HOME = {"phone": None, "address": HOME}


@pytest.fixture
def clerk(ground: Ground) -> Ground:
    """An agency that tells by text and letter."""
    return telling_by(ground, Channel.TEXT, Channel.LETTER)


def rows(ground: Ground, table: Table) -> list[Any]:
    with ground.database.connect() as connection:
        return list(connection.execute(select(table)))


def content(ground: Ground) -> dict[str, Any]:
    (row,) = rows(ground, letters)
    return dict(row.content)


def drawn(text: str, *, right_to_left: bool = False, width: float = 1000) -> list[str]:
    """The lines as they stand on paper, each letter one wide; what reads from the right is turned round."""
    measure: Callable[[Run], float] = lambda run: len(run.text)  # noqa: E731
    return [
        "".join(run.text[::-1] if run.right_to_left else run.text for run in line)
        for line in broken(text, width, measure, right_to_left=right_to_left)
    ]


# What stands in it


def test_a_letter_says_who_writes_to_whom_about_what_and_whom_to_call(clerk: Ground) -> None:
    filed(clerk, "R1", **AT_HOME, email=None)
    told = content(clerk)
    assert told["from"] == ["Saguaro City Police Department", "100 Mesquite Street", "Saguaro City AZ 85701"]
    assert told["to"] == ["Jamie Doe", *HOME]
    assert told["subject"] == "Your report R1"
    assert told["signed"] == ["Chief Alex Example", "Saguaro City Police Department"]
    words = " ".join(told["paragraphs"])
    assert re.search(r"https://tidings\.test/m/[\w-]{22}", words)
    assert "Burglary" in words or "burglary" in words, "the letter is the long form"
    assert "Reply STOP" not in words
    assert "could not reach you any other way" in words
    labels = dict(told["lines"])
    assert without_controls(labels["Report number"]) == "R1"
    assert without_controls(labels["Phone of your police station"]) == "520-555-0110"


@pytest.mark.parametrize("language", [language.code for language in LANGUAGES])
def test_a_letter_is_printed_in_the_persons_language(clerk: Ground, tmp_path: Path, language: str) -> None:
    filed(clerk, "R1", **AT_HOME, email=None, language=language)
    (row,) = rows(clerk, letters)
    assert row.language == language
    assert row.content["greeting"] == clerk.catalogs.find("letter.greeting", language).forms[0]
    printed = print_batch(clerk, "demo", tmp_path / "out.pdf", "clerk")
    assert (printed.letters, printed.held_back) == (1, {})
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-")


def test_no_letter_goes_into_the_house_of_whoever_is_accused(clerk: Ground) -> None:
    accused = {"role": "suspect", "name": "Sam Roe", "address": [*HOME]}
    told = report(victim={**AT_HOME, "email": None})
    tell(clerk, "report.filed", "R1", {**told, "parties": [*told["parties"], accused]})
    assert rows(clerk, letters) == []


# Lines in both directions


def test_a_phone_and_a_report_number_keep_their_order_in_arabic_and_persian() -> None:
    arabic = "بلاغك \u20662411-00372\u2069 اتصل \u2066520-555-0100\u2069."
    (line,) = drawn(arabic, right_to_left=True)
    assert "2411-00372" in line
    assert "520-555-0100" in line
    assert line.index("520-555-0100") < line.index("2411-00372"), "what is said first stands on the right"
    assert line.startswith(".")


def test_a_number_at_the_break_of_a_line_still_keeps_its_order() -> None:
    lines = drawn("اتصل بالرقم \u2066520-555-0100\u2069 الآن", right_to_left=True, width=12)
    assert "520-555-0100" in lines


def test_latin_words_inside_arabic_are_read_from_the_left() -> None:
    (line,) = drawn("من \u2066Saguaro City Police\u2069 إليك", right_to_left=True)
    assert "Saguaro City Police" in line


@given(st.text("ab אب12-.() \u2066\u2069\u200c", max_size=60), st.integers(1, 30), st.booleans())
def test_breaking_lines_loses_and_doubles_no_letter(text: str, width: int, right_to_left: bool) -> None:
    lines = drawn(text, right_to_left=right_to_left, width=width)
    kept = sorted("".join(lines).replace(" ", ""))
    assert kept == sorted(without_controls(text).replace(" ", ""))
    assert all(len(line) <= width or " " not in line for line in lines)


# On the paper


def test_the_address_lies_inside_both_windows_and_nothing_else_does() -> None:
    bottom_of_window = 4.125 - 0.5 - (4.125 - sheet.FOLD)
    assert bottom_of_window - 0.125 >= sheet.ADDRESS_BOTTOM, "an eighth of an inch to spare"
    assert bottom_of_window - 1.125 + 0.125 <= sheet.ADDRESS_BOTTOM - sheet.ADDRESS_LINES * sheet.WINDOW_LINE
    assert sheet.ADDRESS_X >= 0.875 + 0.125, "with the letter at the left edge of the envelope"
    assert sheet.ADDRESS_X + sheet.ADDRESS_WIDTH <= 4.875 - 1.0 - 0.125, "and at its right edge"
    assert sheet.BODY_TOP > sheet.FOLD


def pages_in(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def a_letter(paragraphs: int) -> Sheet:
    words = "What happens next with your report, and whom to ask about it. " * 6
    told = {
        "from": ["Police", "1 Street"],
        "to": ["Jamie Doe " * 9, "Street"],
        "subject": "Your report",
        "greeting": "Hello,",
        "paragraphs": [words] * paragraphs,
        "lines": [["Report number", "R1"]],
        "closing": "Sincerely,",
        "signed": ["Chief"],
    }
    return Sheet(told, "en", date(2026, 3, 4))


def test_each_letter_begins_a_page_and_a_long_one_goes_on_with_numbers(ground: Ground) -> None:
    catalogs: Catalogs = ground.catalogs
    assert pages_in(pdf_of(catalogs, [a_letter(1), a_letter(1)])) == 2
    assert pages_in(pdf_of(catalogs, [a_letter(12)])) == 3


# A batch


def test_a_batch_is_printed_once_and_again_only_by_its_number(clerk: Ground, tmp_path: Path) -> None:
    for number in ("R1", "R2"):
        filed(clerk, number, **AT_HOME, email=None)
    first = print_batch(clerk, "demo", tmp_path / "1.pdf", "clerk")
    again = print_batch(clerk, "demo", tmp_path / "2.pdf", "clerk")
    assert (first.letters, again.batch, again.letters) == (2, None, 0)
    assert not (tmp_path / "2.pdf").exists()
    assert first.batch is not None
    assert reprint(clerk, first.batch, "demo", tmp_path / "3.pdf") == 2
    with pytest.raises(LookupError):
        reprint(clerk, first.batch + 1, "demo", tmp_path / "4.pdf")
    assert {row.state for row in rows(clerk, letters)} == {"printed"}
    (batch,) = rows(clerk, letter_batches)
    assert (batch.letters, batch.made_by) == (2, "clerk")
    assert (tmp_path / "1.pdf").stat().st_mode & 0o077 == 0, "it holds names and addresses"


def test_a_batch_that_was_never_written_is_not_recorded(
    clerk: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(clerk, "R1", **AT_HOME, email=None)
    with pytest.raises(FileNotFoundError):
        print_batch(clerk, "demo", tmp_path / "nowhere" / "1.pdf", "clerk")
    with monkeypatch.context() as patch:
        patch.setattr(printing.os, "fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            print_batch(clerk, "demo", tmp_path / "1.pdf", "clerk")
    assert [row.state for row in rows(clerk, letters)] == ["to_print"]
    assert not (tmp_path / "1.pdf").exists()
    assert print_batch(clerk, "demo", tmp_path / "1.pdf", "clerk").letters == 1


def killed(_: int) -> None:
    raise KeyboardInterrupt


def test_a_batch_is_never_written_over(clerk: Ground, tmp_path: Path) -> None:
    filed(clerk, "R1", **AT_HOME, email=None)
    (tmp_path / "1.pdf").write_text("monday's")
    with pytest.raises(FileExistsError):
        print_batch(clerk, "demo", tmp_path / "1.pdf", "clerk")
    assert (tmp_path / "1.pdf").read_text() == "monday's"


def test_a_letter_about_a_case_that_turned_out_to_be_violence_at_home_is_not_printed(
    clerk: Ground, tmp_path: Path
) -> None:
    filed(clerk, "R1", **AT_HOME, email=None)
    tell(clerk, "arrest.made", "R1", {"arrest_id": "A1"})
    tell(clerk, "report.updated", "R1", report(victim={**AT_HOME, "relationships": ["SE"]}))
    printed = print_batch(clerk, "demo", tmp_path / "1.pdf", "clerk")
    assert printed.letters == 0
    assert set(printed.held_back.values()) <= {"domestic_violence"}
    assert "owed_notice" in {row.kind for row in rows(clerk, tasks)}


def test_a_letter_to_an_address_that_the_record_no_longer_has_is_not_printed(
    clerk: Ground, tmp_path: Path
) -> None:
    filed(clerk, "R1", **AT_HOME, email=None)
    tell(
        clerk, "report.updated", "R1", report(victim={"phone": None, "address": ["9 Elm Street", "Town AZ"]})
    )
    printed = print_batch(clerk, "demo", tmp_path / "1.pdf", "clerk")
    assert list(printed.held_back.values()) == ["no_address"]


def test_a_returned_letter_of_an_owed_notice_opens_a_task_and_another_does_not(
    clerk: Ground, tmp_path: Path
) -> None:
    filed(clerk, "R1", **AT_HOME, email=None)
    tell(clerk, "arrest.made", "R1", {"arrest_id": "A1"})
    print_batch(clerk, "demo", tmp_path / "1.pdf", "clerk")
    ids = [row.id for row in rows(clerk, letters)]
    assert take_back(clerk, "demo", [*ids, UUID(int=1)]) == set(ids)
    assert take_back(clerk, "demo", ids) == set(), "noted once"
    owed = [json.loads(json.dumps(row.detail)) for row in rows(clerk, tasks) if row.kind == "owed_notice"]
    assert [(one["notice"], one["reason"]) for one in owed] == [("arrest.made", "returned")]
