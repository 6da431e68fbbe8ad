"""The dates that a text can be read as."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding import solar_hijri
from conversations.understanding.answers import birth_dates
from conversations.understanding.vocabulary import vocabulary

TODAY = date(2026, 3, 1)
BIRTHDAYS = st.dates(date(1900, 1, 1), TODAY)
DIGITS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "sw": "Januari Februari Machi Aprili Mei Juni Julai Agosti Septemba Oktoba Novemba Desemba",
    "ar, Egypt": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "ar, Iraq": "كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول",
    "fa, Iran": "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر",
    "fa, Afghanistan": "جنوری فبروری مارچ اپریل می جون جولای اگست سپتمبر اکتوبر نومبر دسمبر",
}
SOLAR = (
    "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
    "حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت",
)


def read(text: str) -> set[str]:
    return {day.isoformat() for day in birth_dates(text, TODAY)}


@pytest.mark.parametrize(
    "text",
    [
        "05/14/1990", "14/05/1990", "14.5.1990", "1990-05-14", "5-14-90", "14 05 1990", "05141990",
        "14051990", "19900514",
        "051490", "٠٥/١٤/١٩٩٠", "۱۴/۵/۱۹۹۰", "May 14, 1990", "14 may 90", "may14 1990", "14may1990",
        "May 14th 1990",
        "born on the 14th of May 1990", "my dob is 5/14/90", "I'm Ana, dob 5/14/1990, thanks",
        "nací el 14 de mayo de 1990", "14 mayo 1990", "née le 14 mai 1990", "ولدت في ١٤ أيار ١٩٩٠",
        "14 مايو 1990",
        "nilizaliwa tarehe 14 Mei 1990", "tarehe 14 mwezi wa tano 1990", "متولد ۱۴ می ۱۹۹۰", "14 مه 1990",
        "1369/02/24", "۲۴ اردیبهشت ۱۳۶۹", "24 ثور 1369", "24/2/1369", "۲۴ اردیبهشت ۶۹",
        "2411-00372 05/14/1990",
    ],
)  # fmt: skip
def test_a_date_is_read_however_it_is_written(text: str) -> None:
    assert "1990-05-14" in read(text)


def test_an_ambiguous_date_is_read_every_way() -> None:
    assert read("05/06/1990") == {"1990-05-06", "1990-06-05"}
    assert read("05/06/07") == {
        "1905-06-07", "2005-06-07", "1907-05-06", "2007-05-06", "1907-06-05", "2007-06-05",
    }  # fmt: skip


def test_a_date_that_can_be_read_one_way_is_read_one_way() -> None:
    assert read("May 14 1990") == read("05/14/1990") == read("1990-05-14") == {"1990-05-14"}


def test_nobody_is_born_in_the_future() -> None:
    assert read("3/1/2026") == {"2026-03-01", "2026-01-03"}
    assert read("3/2/2026") == {"2026-02-03"}
    assert read("4/4/44") == {"1944-04-04"}


@pytest.mark.parametrize(
    "text",
    ["", "May", "14 May", "1990", "02/30/1990", "13/13/1990", "520-555-0131", "2411-00372",
     "5 kids and 14 cats in 1990 houses",
     "1/2/3", "00/00/0000", "5141990", "29 feb 1991", "30 اسفند 1398", "yes", "05/14/1890"],
)  # fmt: skip
def test_what_is_no_date_is_read_as_none(text: str) -> None:
    assert read(text) == set()


def test_a_list_of_guesses_is_read_as_no_date_at_all() -> None:
    guesses = [f"{month}/14/1990" for month in range(1, 13)]
    assert read(" ".join(guesses[:1]))
    assert read(", ".join(guesses)) == set()


FORMS = (
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%Y-%m-%d",
    "%Y %m %d",
    "%m%d%Y",
    "%d%m%Y",
    "%Y%m%d",
    "%m-%d-%y",
    "%d %m %y",
    "%m%d%y",
)


@given(BIRTHDAYS, st.sampled_from(FORMS), st.sampled_from(DIGITS))
def test_a_date_written_in_figures_comes_back(day: date, form: str, digits: str) -> None:
    written = day.strftime(form).translate(str.maketrans(DIGITS[0], digits))
    assert day in birth_dates(written, TODAY)
    assert day in birth_dates(f"my birthday is {written}.", TODAY)


@given(
    BIRTHDAYS,
    st.sampled_from(sorted(MONTHS)),
    st.sampled_from(["{d} {m} {y}", "{m} {d}, {y}", "{y} {m} {d}"]),
)
def test_a_date_with_the_name_of_its_month_comes_back(day: date, language: str, form: str) -> None:
    month = MONTHS[language].split()[day.month - 1].replace("_", " ")
    for spelling in (month, month.upper()):
        assert birth_dates(form.format(d=day.day, m=spelling, y=day.year), TODAY) == {day}


@given(st.integers(1300, 1404), st.integers(1, 12), st.integers(1, 29), st.sampled_from(SOLAR))
def test_a_solar_date_comes_back_by_figures_and_by_name(year: int, month: int, day: int, names: str) -> None:
    expected = solar_hijri.to_gregorian(year, month, day)
    if expected > TODAY:
        return
    assert expected in birth_dates(f"{year}/{month}/{day}", TODAY)
    assert birth_dates(f"{day} {names.split()[month - 1]} {year}", TODAY) == {expected}


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_no_text_makes_it_fail(text: str) -> None:
    assert all(day <= TODAY for day in birth_dates(text, TODAY))


@given(st.text(alphabet="0123456789 /-.mayدیmi٣", max_size=40), st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_no_date_is_later_than_today(text: str, today: date) -> None:
    assert all(day <= today for day in birth_dates(text, today))


@pytest.mark.parametrize(
    ("solar", "gregorian"),
    [
        ((1399, 1, 1), date(2020, 3, 20)),
        ((1370, 1, 1), date(1991, 3, 21)),
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1300, 1, 1), date(1921, 3, 21)),
        ((1357, 11, 22), date(1979, 2, 11)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1404, 1, 1), date(2025, 3, 21)),
        ((1420, 12, 30), date(2042, 3, 20)),
    ],
)
def test_solar_dates_fall_on_their_known_days(solar: tuple[int, int, int], gregorian: date) -> None:
    assert solar_hijri.to_gregorian(*solar) == gregorian


def test_every_solar_day_follows_the_one_before() -> None:
    expected = date(1921, 3, 21)
    for year in solar_hijri.YEARS:
        for month in range(1, 13):
            for day in range(1, 32):
                try:
                    found = solar_hijri.to_gregorian(year, month, day)
                except ValueError:
                    continue
                assert found == expected
                expected += timedelta(1)
    assert expected == date(2042, 3, 21)


@pytest.mark.parametrize(
    "solar",
    [(1398, 12, 30), (1370, 7, 31), (1370, 13, 1), (1370, 0, 1), (1370, 1, 0), (1299, 1, 1), (1421, 1, 1)],
)
def test_a_solar_day_that_is_not_is_refused(solar: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no such day"):
        solar_hijri.to_gregorian(*solar)


def test_the_solar_months_are_all_there() -> None:
    assert set(vocabulary().answers.solar_months.values()) == set(range(1, 13))
