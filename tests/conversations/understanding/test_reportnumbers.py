"""What in a text can be a report number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.answers import report_numbers, same_report

DIGITS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2411-00372", ("2411-00372",)),
        ("26-000123", ("26-000123",)),
        ("p181210004567", ("P181210004567",)),
        ("2411-00372-a", ("2411-00372-A",)),
        ("#26 000123", ("26 000123", "000123")),
        ("26/000123", ("26 000123", "000123")),
        ("2411 00372", ("2411 00372", "00372")),
        ("2411 - 00372", ("2411-00372",)),
        ("2411–00372", ("2411-00372",)),
        ("my report number is 26-000123, dob 5/14/1990", ("26-000123",)),
        ("case26-000123", ("26-000123",)),
        ("26-000123-Garcia", ("26-000123",)),
        ("TPD-2411-00372", ("TPD-2411-00372",)),
        ("٢٤١١-٠٠٣٧٢", ("2411-00372",)),
        ("شماره گزارش ۲۶-۰۰۰۱۲۳", ("26-000123",)),
        ("26-000123 and 26-000124", ("26-000123", "26-000124")),
        ("26-000123 26-000123", ("26-000123",)),
        ("20240512", ("20240512",)),
        ("2024556789", ("2024556789",)),
        ("26-000123 call me at 520-555-0131", ("26-000123",)),
    ],
)
def test_a_report_number_is_found_as_it_is_written(text: str, expected: tuple[str, ...]) -> None:
    assert report_numbers(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "1234", "26-01", "05/14/1990", "05-14-1990", "14.05.1990", "1990-05-14", "05 14 1990",
        "05141990", "19900514",
        "May 14 1990", "14 May 1990", "14may1990", "14-MAY-1990", "٠٥/١٤/١٩٩٠",
        "520-555-0131", "(520) 555-0131", "520.555.0131", "5205550131", "15205550131", "1-520-555-0131",
        "+1 520 555 0131",
        "+34 612 345 678", "call me at (520) 555-0131 please",
    ],
)  # fmt: skip
def test_phones_dates_and_short_numbers_are_no_report_numbers(text: str) -> None:
    assert report_numbers(text) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("26-000123", "26 000123"),
        ("2411-00372-A", "241100372a"),
        ("#26-000123", "26000123"),
        ("٢٦-٠٠٠١٢٣", "26-000123"),
    ],
)
def test_two_spellings_of_a_report_number_are_the_same(one: str, other: str) -> None:
    assert same_report(one, other)
    assert same_report(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("26-000123", "26-000124"),
        ("26-000123", "26-123"),
        ("", ""),
        ("-", "#"),
        ("2411-00372-A", "2411-00372"),
    ],
)
def test_different_or_empty_numbers_are_not_the_same(one: str, other: str) -> None:
    assert not same_report(one, other)


@given(st.integers(20, 29), st.integers(0, 999_999), st.sampled_from(DIGITS))
def test_a_number_is_found_in_any_digits_and_any_company(year: int, serial: int, digits: str) -> None:
    wanted = f"{year}-{serial:06}"
    written = wanted.translate(str.maketrans(DIGITS[0], digits))
    for text in (written, f"my case is {written}.", f"({written}) Garcia", f"رقم البلاغ {written}"):
        assert wanted in report_numbers(text)
    assert any(same_report(found, wanted) for found in report_numbers(written.replace("-", " ")))


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_no_text_makes_it_fail(text: str) -> None:
    assert all(same_report(found, found) for found in report_numbers(text))
    same_report(text, "26-000123")


@given(st.text(alphabet="0123456789AZ -/.()+٣۴#–", max_size=60))
def test_what_is_found_has_digits_enough(text: str) -> None:
    for found in report_numbers(text):
        assert sum(character.isdigit() for character in found) >= 5
        assert found == found.upper()
