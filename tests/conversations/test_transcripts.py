from __future__ import annotations

from pathlib import Path

import pytest

from tests.conversations.transcript import TRANSCRIPTS, play

LANGUAGES = ("en", "es", "fr", "ar", "sw", "fa")
FILES = sorted(TRANSCRIPTS.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_conversation_goes_as_it_is_written_down(path: Path) -> None:
    written = path.read_text(encoding="utf-8").splitlines()
    assert list(play(written)) == written
