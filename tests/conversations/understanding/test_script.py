from __future__ import annotations

import pytest

from conversations.understanding import understand
from conversations.understanding.script import language_of_script


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("پرونده", "fa"),
        ("گزارش من", "fa"),
        ("هيئة", "ar"),
        ("ما الأخبار", "ar"),
        ("سلام", None),
        ("پيك", None),
        ("٢٤١١-٠٠٣٧٢", "ar"),
        ("۲۴۱۱-۰۰۳۷۲", "fa"),
        ("گزارش ٥", "fa"),
        ("٥ ۵", None),
        ("status", None),
        ("", None),
    ],
)
def test_letters_tell_the_language_and_where_there_are_none_the_digits_do(
    text: str, language: str | None
) -> None:
    assert language_of_script(text) == language


def test_a_report_number_in_the_digits_of_a_script_is_answered_in_its_language() -> None:
    assert understand("٢٤١١-٠٠٣٧٢").language == "ar"
    assert understand("۲۴۱۱-۰۰۳۷۲").language == "fa"
    assert understand("2411-00372").language is None
