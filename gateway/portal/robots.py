"""Who opens a link: a person, or a machine that looks ahead for one.

Phones, chat programs and mail filters fetch a link to show a preview or to scan it. None of that is a victim reading.
A machine that passes for a person can't be told; a person is never kept from the page by what is here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_MACHINES = re.compile(
    # `Cubot` is a brand of phones. The preview of iMessage calls itself facebookexternalhit and Twitterbot.
    r"(?<!cu)bot\b|crawl|spider|preview|externalhit|externalagent|\bscan|validator|monitor|fetcher|"
    r"whatsapp/|skypeuri|viber/|line-poker|kakaotalk-scrap|snap url|embedly|iframely|nuzzel|vkshare|"
    r"google-read-aloud|google-pagerenderer|googlemessages|mediapartners|feedfetcher|"
    r"proofpoint|mimecast|barracuda|safelinks|headless|phantomjs|"
    r"^(?:curl|wget|python|go-http|java|okhttp|axios|node|ruby|perl|libwww|php|apache-httpclient|cfnetwork|dalvik)\b",
    re.IGNORECASE,
)
_LOOKS_AHEAD = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
_AHEAD = re.compile("prefetch|prerender|preview", re.IGNORECASE)


def opened_by_a_person(method: str, headers: Mapping[str, str]) -> bool:
    """Whether this request is somebody reading the page. `headers` are looked up in any case of letters."""
    agent = headers.get("User-Agent", "")
    if method != "GET" or not agent or _MACHINES.search(agent):
        return False
    if any(_AHEAD.search(headers.get(name, "")) for name in _LOOKS_AHEAD):
        return False
    return headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
