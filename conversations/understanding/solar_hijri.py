"""The solar calendar of Iran and Afghanistan, for the years that living people were born in."""

from datetime import date, timedelta

YEARS = range(1300, 1421)

# Its leap years follow the spring equinox. Between 1244 and 1472 that is a cycle of 33 years, in which these are
# leap years; beyond, astronomy departs from the cycle.
_LEAP = frozenset({1, 5, 9, 13, 17, 22, 26, 30})
_FIRST_DAY = date(1921, 3, 21)  # 1 Farvardin 1300


def is_leap(year: int) -> bool:
    """Whether Esfand has 30 days in the year."""
    return year % 33 in _LEAP


def to_gregorian(year: int, month: int, day: int) -> date:
    """Return the Gregorian date. Raises ValueError where there is no such day, or the year is not in YEARS.

    Afghanistan took over Iran's lengths of the months in 1336; of the years before it, an Afghan date may be off
    by a day.
    """
    if year not in YEARS or not 1 <= month <= 12 or not 1 <= day <= _days(year, month):
        raise ValueError(f"no such day: {year}-{month}-{day}")
    days = sum(365 + is_leap(earlier) for earlier in range(YEARS[0], year))
    days += sum(_days(year, earlier) for earlier in range(1, month)) + day - 1
    return _FIRST_DAY + timedelta(days)


def _days(year: int, month: int) -> int:
    if month <= 6:
        return 31
    return 30 if month <= 11 or is_leap(year) else 29
