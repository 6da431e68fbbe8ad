"""Is everything there that the line needs?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping

import click
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from gateway import wake
from gateway.cli.ground import open_ground
from gateway.ground import Ground, NoPolicy
from gateway.outbox.mail.server import MailServer
from gateway.store import agencies, emails, events, feeds, messages
from gateway.store.migrate import is_current


def _database(ground: Ground) -> str:
    with ground.database.connect() as connection:
        return f"{events.count_new(connection)} events wait"


def _migrations(ground: Ground) -> str:
    if not is_current(ground.database):
        raise RuntimeError("the database is behind; run ./tidings migrate")
    return "newest"


def _redis(ground: Ground) -> str:
    wake.connect(ground.settings.redis_url, seconds=1).ping()
    return "answers"


def _agencies(ground: Ground) -> str:
    with ground.database.connect() as connection:
        found = agencies.ids(connection)
        for agency_id in found:
            ground.policies.of(agency_id)
            if agencies.sender_of(connection, agency_id) is None:
                raise RuntimeError(
                    f"{agency_id} has no number; run ./tidings agency add {agency_id} --number +1..."
                )
    if not found:
        raise RuntimeError("there is none; run ./tidings agency add")
    return ", ".join(found)


def _outbox(ground: Ground) -> str:
    with ground.database.connect() as connection:
        counts = messages.count_by_state(connection)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "empty"


def _mail(ground: Ground) -> str:
    url = ground.settings.smtp_url
    if url is None:
        return "no emails are written, since SMTP_URL is not set; their notices go another way"
    if wrong := MailServer(url).check():
        raise RuntimeError(f"the mail server of SMTP_URL does not take mail: {wrong}")
    with ground.database.connect() as connection:
        counts = emails.count_by_state(connection)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none yet"


def _feeds(ground: Ground) -> str:
    """Whether dispatch is heard of, agency by agency."""
    now, told = ground.clock(), []
    with ground.database.connect() as connection:
        for agency_id in agencies.ids(connection):
            last = feeds.calls_heard_at(connection, agency_id)
            if last is None:
                continue
            minutes = int((now - last).total_seconds() // 60)
            pinned = ground.policies.by_agency.get(agency_id)
            if pinned and now - last > pinned.policy.feed.silent_after:
                raise RuntimeError(f"nothing came from {agency_id}'s dispatch for {minutes:,} minutes")
            told.append(f"{agency_id} {minutes} minutes ago")
    return ", ".join(told) or "no dispatch system has told anything yet"


CHECKS: Mapping[str, Callable[[Ground], str]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "agencies": _agencies,
    "outbox": _outbox,
    "feeds": _feeds,
    "mail": _mail,
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> None:
    """Look at settings, policies, database, Redis, agencies and the outbox; status 1 if anything is amiss.

    \b
    Examples:
      ./tidings doctor
      ./tidings doctor --json
    """
    found: dict[str, dict[str, object]] = {}
    with open_ground() as ground:
        for name, look in CHECKS.items():
            try:
                found[name] = {"well": True, "says": look(ground)}
            except (RuntimeError, NoPolicy, SQLAlchemyError, RedisError) as error:
                words = str(error) if isinstance(error, RuntimeError | NoPolicy) else type(error).__name__
                found[name] = {"well": False, "says": words}
    if as_json:
        click.echo(json.dumps(found))
    else:
        for name, one in found.items():
            click.echo(f"{'ok ' if one['well'] else 'NOT'} {name}: {one['says']}")
    sys.exit(0 if all(one["well"] for one in found.values()) else 1)
