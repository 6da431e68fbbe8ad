"""A notice as an email: a discreet subject, plain text, and the same as HTML, in the direction of its language."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.ground import Ground
from gateway.outbox.intents import intent_key
from gateway.outbox.mail.stop import address_hash, stop_url
from gateway.outbox.saying import Voice
from gateway.store import records
from gateway.store.emails import NewEmail
from locales import Link, Rendered
from locales import language as language_of
from locales.bidi import without_controls
from rules.engine import Notice
from rules.policy import PinnedPolicy

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HTML = _TEMPLATES.get_template("notice.html")


def email(
    ground: Ground,
    pinned: PinnedPolicy,
    key: records.Key,
    notice: Notice,
    voice: Voice,
    now: datetime,
) -> tuple[NewEmail, Rendered]:
    """The row to write, and what of the notice was said. Raises locales.MissingFact."""
    agency_id = pinned.policy.agency.id
    address = (notice.party.email or "").strip()
    hashed = address_hash(ground, agency_id, address)
    said = voice.notice(notice)
    link = voice.facts.get("link")
    url = link.url if isinstance(link, Link) else None
    stop = stop_url(ground, agency_id, hashed)
    subject = voice.say("email.subject.call" if key[0] == "call" else "email.subject")
    row = NewEmail(
        agency_id=agency_id,
        intent_key=intent_key(key, notice),
        notice=notice.rule,
        notice_class=notice.notice_class.value,
        address_hash=hashed,
        address=address,
        content={
            # A subject has no isolates: some mail programs show them as boxes.
            "subject": without_controls(subject),
            "text": _plain(voice, said.text, url, stop),
            "html": _html(voice, said.text, url, stop, subject),
            "stop": stop,
        },
        language=said.language,
        due_at=notice.due,
        created_at=now,
        expires_at=notice.expires,
        record_kind=key[0],
        record_number=key[1],
        party_id=notice.party.id,
        policy_hash=pinned.hash,
    )
    return row, said


def _plain(voice: Voice, said: str, url: str | None, stop: str) -> str:
    parts = [voice.say("email.greeting"), said]
    if url and url not in said:
        parts.append(f"{voice.say('email.read_more')}:\n{url}")
    parts += [
        f"{voice.say('email.closing')}\n{voice.policy.agency.long_name}",
        "--",
        voice.say("email.intro"),
        voice.say("email.not_watched"),
        f"{voice.say('email.unsubscribe')}:\n{stop}",
    ]
    return "\n\n".join(parts) + "\n"


def _html(voice: Voice, said: str, url: str | None, stop: str, subject: str) -> str:
    """Self-contained: no picture, no script, nothing fetched, so that opening it tells nobody anything."""
    return _HTML.render(
        language=voice.language,
        direction="rtl" if language_of(voice.language).right_to_left else "ltr",
        subject=without_controls(subject),
        greeting=voice.say("email.greeting"),
        said=_linked(said, url),
        url=url,
        read_more=voice.say("email.read_more"),
        closing=voice.say("email.closing"),
        agency=voice.policy.agency.long_name,
        small=[voice.say("email.intro"), voice.say("email.not_watched")],
        stop=stop,
        unsubscribe=voice.say("email.unsubscribe"),
    )


def _linked(said: str, url: str | None) -> Markup:
    """Escaped, with the page's address made a link."""
    if not url:
        return escape(said)
    link = Markup(
        '<a href="{0}" style="color:#1d4ed8;overflow-wrap:anywhere"><bdi dir="ltr">{0}</bdi></a>'
    ).format(url)
    return link.join(escape(piece) for piece in said.split(url))
