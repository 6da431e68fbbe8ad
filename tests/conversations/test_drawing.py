from __future__ import annotations

from pathlib import Path

from conversations.dialogues import QUESTIONS
from conversations.drawing import draw

PAGE = Path(__file__).parents[2] / "docs" / "dialogues.md"


def test_the_page_is_as_the_tables_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == draw(), "run ./tidings dialogues --write"


def test_every_question_is_drawn() -> None:
    page = draw()
    for name in QUESTIONS:
        assert f"`{name}`" in page
        assert name.replace(".", "_") in page
