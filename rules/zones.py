"""Where a phone number is at home, as far as it tells: an area code's time zone (libphonenumber's tables).

People move and keep their numbers, so this is a second clock beside the agency's and never the only one.
"""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone

_AREA = len("+1520")


def zone_of(phone: str | None) -> ZoneInfo | None:
    """The zone of an E.164 number; None where it has several, as a toll-free one, or none that is known."""
    return _zone_of_area(phone[:_AREA]) if phone and phone.startswith("+1") else None


@lru_cache(1024)
def _zone_of_area(area: str) -> ZoneInfo | None:
    try:
        number = phonenumbers.parse(f"{area}5550100")
    except phonenumbers.NumberParseException:
        return None
    zones = timezone.time_zones_for_number(number)
    return ZoneInfo(zones[0]) if len(zones) == 1 and zones[0] != "Etc/Unknown" else None
