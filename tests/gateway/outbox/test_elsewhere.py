"""Where a notice goes on that could not be told as it was meant, and that no owed one ever ends in nothing."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select, update

from gateway.ground import Ground
from gateway.outbox import elsewhere, intents
from gateway.outbox.elsewhere import NO_WORD, Failed, go_on, go_on_unheard
from gateway.outbox.reactions import Reaction
from gateway.store import channels
from gateway.store.tables import decisions, emails, letters, tasks
from gateway.store.tables import messages as texts
from rules.policy import Channel
from rules.suppression import Reason
from tests.gateway.outbox.channels import HOME, MAIL, telling_by
from tests.gateway.outbox.outbox import Clock, Outbox
from tests.gateway.outbox.test_mail import tell
from tests.gateway.world import JAMIE, World, report

EVERYWHERE = {"email": MAIL, "address": HOME}
_OF = {Channel.TEXT: texts, Channel.EMAIL: emails, Channel.LETTER: letters}
GOES_ON = (Reason.WRONG_NUMBER, Reaction.NO_SUCH_PHONE, Reaction.OUT_OF_REACH, Reaction.FILTERED, NO_WORD)
STOPS_ALL = (
    Reason.RECALLED,
    Reason.SURGE,
    Reason.OVERTAKEN,
    Reason.STALE,
    Reason.DOMESTIC_VIOLENCE,
    Reason.MINOR,
)


@pytest.fixture
def ground(ground: Ground) -> Ground:
    """Reports and arrests by text, email and letter."""
    return telling_by(ground)


def rows(ground: Ground, table: Table) -> list[Any]:
    with ground.database.connect() as connection:
        return list(connection.execute(select(table)))


def written(ground: Ground, notice: str = "arrest.made") -> dict[str, str]:
    """Channel -> state of its message about one notice."""
    return {
        channel.value: row.state
        for channel, table in _OF.items()
        for row in rows(ground, table)
        if row.notice == notice
    }


def arrested(ground: Ground, number: str = "R1", **victim: Any) -> None:
    """A report, and an arrest that the victim is owed to hear of."""
    tell(ground, "report.filed", number, report(victim=EVERYWHERE | victim))
    tell(ground, "arrest.made", number, {"arrest_id": "A1"})


def fail(
    ground: Ground, channel: Channel, why: str, notice: str = "arrest.made", number: str = "R1"
) -> set[str]:
    """The message of this notice on that channel did not reach."""
    table = _OF[channel]
    with ground.database.begin() as connection:
        (row,) = connection.execute(
            update(table)
            .where(table.c.notice == notice, table.c.record_number == number)
            .values(state="canceled", reason=why)
            .returning(table)
        ).all()
        return go_on(ground, connection, [Failed.of(row, why)], ground.clock())


def owed(ground: Ground) -> list[Any]:
    return [row for row in rows(ground, tasks) if row.kind == "owed_notice"]


# What happens to a text


def test_stop_ends_the_texts_and_what_is_owed_goes_by_email(world: World) -> None:
    ground = world.ground
    arrested(ground)
    assert world.text(JAMIE, "STOP") in {200, 204}
    assert written(ground) == {"text": "canceled", "email": "queued"}
    assert written(ground, "report.filed") == {"text": "canceled"}, "what is not owed ends there"
    assert owed(ground) == []


def test_an_arrest_after_stop_goes_by_email_and_the_why_tells_it(world: World) -> None:
    ground = world.ground
    tell(ground, "report.filed", "R1", report(victim=EVERYWHERE))
    world.text(JAMIE, "STOP")
    tell(ground, "arrest.made", "R1", {"arrest_id": "A1"})
    world.send()
    assert written(ground) == {"text": "suppressed", "email": "queued"}
    told = [row for row in rows(ground, decisions) if row.rule == "arrest.made"]
    assert [(row.outcome, row.channel, row.reason) for row in told] == [
        ("notice", "text", None),
        ("suppressed", "text", "opted_out"),
        ("notice", "email", "opted_out"),
    ]
    assert told[-1].occasion == told[0].occasion == "A1"
    assert (told[-1].detail, told[-1].message_id) == ("not by text", rows(ground, emails)[0].id)


@pytest.mark.parametrize("way", ["refused", "undelivered", "failed"])
def test_a_number_that_can_not_be_texted_is_told_by_email(world: World, outbox: Outbox, way: str) -> None:
    arrested(world.ground)
    if way == "refused":
        outbox.refuse(21614)
    else:
        outbox.end_as(way, 30006)
    outbox.drain()
    assert written(world.ground)["email"] == "queued"
    assert written(world.ground, "report.filed")["email"] == "queued"
    kinds = {row.kind for row in rows(world.ground, tasks)}
    assert kinds <= {"missing_fact"}, "nobody has to reach the person"


def test_a_handset_out_of_reach_is_told_by_email_only_after_the_last_try(
    world: World, outbox: Outbox, clock: Clock
) -> None:
    arrested(world.ground)
    outbox.end_as("undelivered", 30003)
    for _ in range(2):
        outbox.drain()
        assert "email" not in written(world.ground)
        clock.advance(timedelta(hours=1))
    outbox.drain()
    assert written(world.ground) == {"text": "undelivered", "email": "queued"}


def test_a_text_of_which_nobody_says_that_it_was_delivered_goes_by_email_in_time(
    ground: Ground, clock: Clock
) -> None:
    arrested(ground)
    with ground.database.begin() as connection:
        connection.execute(update(texts).values(state="sent", sent_at=ground.clock()))
    patience = ground.policies.of("demo").policy.channels.undelivered_after
    clock.advance(patience - timedelta(minutes=1))
    assert go_on_unheard(ground) == 0
    clock.advance(timedelta(minutes=1))
    with ground.database.connect() as connection:
        assert elsewhere.anything_unheard(ground, connection)
    assert go_on_unheard(ground) == 2
    assert go_on_unheard(ground) == 0, "once"
    assert written(ground) == {"text": "undelivered", "email": "queued"}


def test_an_answer_of_which_nobody_says_that_it_was_delivered_goes_nowhere(
    still_outbox: Outbox, clock: Clock
) -> None:
    still_outbox.write()
    ground = still_outbox.ground
    with ground.database.begin() as connection:
        connection.execute(update(texts).values(state="sent", sent_at=ground.clock()))
    clock.advance(timedelta(days=1))
    assert go_on_unheard(ground) == 0


# Which way it goes on


@pytest.mark.parametrize("why", GOES_ON)
def test_what_is_about_a_number_leads_to_the_next_channel_and_then_to_the_one_after(
    ground: Ground, why: str
) -> None:
    arrested(ground)
    assert fail(ground, Channel.TEXT, why)
    assert set(written(ground)) == {"text", "email"}
    assert fail(ground, Channel.EMAIL, elsewhere.MAIL_REFUSED)
    assert set(written(ground)) == {"text", "email", "letter"}
    assert owed(ground) == []
    assert not fail(ground, Channel.LETTER, elsewhere.RETURNED)
    assert [row.detail["reason"] for row in owed(ground)] == ["returned"]


@pytest.mark.parametrize("why", STOPS_ALL)
def test_what_is_about_the_person_the_case_or_the_time_stops_every_channel(ground: Ground, why: str) -> None:
    arrested(ground)
    assert fail(ground, Channel.TEXT, why) == set()
    assert set(written(ground)) == {"text"}
    assert [row.detail["reason"] for row in owed(ground)] == [why]


def test_a_case_that_became_sensitive_meanwhile_goes_to_a_person(ground: Ground) -> None:
    arrested(ground)
    tell(ground, "report.updated", "R1", report(victim=EVERYWHERE | {"relationships": ["SE"]}))
    with ground.database.begin() as connection:
        connection.execute(update(texts).values(state="queued"))
    fail(ground, Channel.TEXT, Reaction.NO_SUCH_PHONE)
    assert rows(ground, emails) == []
    assert owed(ground)


def test_who_has_no_email_is_written_a_letter(ground: Ground) -> None:
    arrested(ground, email=None)
    fail(ground, Channel.TEXT, Reason.OPTED_OUT)
    assert written(ground) == {"text": "canceled", "letter": "to_print"}


def test_who_has_neither_becomes_a_task(ground: Ground) -> None:
    arrested(ground, email=None, address=None)
    fail(ground, Channel.TEXT, Reason.OPTED_OUT)
    assert [row.detail["notice"] for row in owed(ground)] == ["arrest.made"]


def test_a_notice_whose_time_is_over_goes_nowhere(ground: Ground, clock: Clock) -> None:
    arrested(ground)
    clock.advance(timedelta(days=8))
    fail(ground, Channel.TEXT, NO_WORD)
    fail(ground, Channel.TEXT, NO_WORD, notice="report.filed")
    assert rows(ground, emails) == []
    assert [row.detail["notice"] for row in owed(ground)] == ["arrest.made"]


# Both at once


def test_of_two_that_went_together_the_letter_comes_when_both_failed(ground: Ground) -> None:
    both = telling_by(ground, together=True)
    arrested(both)
    assert written(both) == {"text": "queued", "email": "queued"}
    assert fail(both, Channel.TEXT, NO_WORD)
    assert set(written(both)) == {"text", "email"}, "the email is on its way"
    fail(both, Channel.EMAIL, elsewhere.MAIL_REFUSED)
    assert written(both)["letter"] == "to_print"


def test_two_that_fail_at_the_same_moment_leave_one_letter(ground: Ground) -> None:
    both = telling_by(ground, together=True)
    arrested(both)
    barrier = threading.Barrier(2)

    def failing(channel: Channel) -> None:
        table = _OF[channel]
        with both.database.begin() as connection:
            statement = update(table).where(table.c.notice == "arrest.made").values(state="failed")
            (row,) = connection.execute(statement.returning(table)).all()
            barrier.wait(20)
            go_on(both, connection, [Failed.of(row, NO_WORD)], both.clock())

    threads = [threading.Thread(target=failing, args=(one,)) for one in (Channel.TEXT, Channel.EMAIL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert written(both) == {"text": "failed", "email": "failed", "letter": "to_print"}


def test_no_owed_notice_ever_ends_in_nothing(ground: Ground) -> None:
    """Whatever can be reached, in whatever order it is tried, and for whatever reason each channel fails."""
    chance = random.Random(20261122)
    orders = [
        (Channel.TEXT,),
        (Channel.TEXT, Channel.EMAIL),
        (Channel.EMAIL, Channel.TEXT),
        (Channel.TEXT, Channel.EMAIL, Channel.LETTER),
        (Channel.EMAIL, Channel.LETTER),
    ]
    reach = list(product((JAMIE, None), (MAIL, None), (HOME, None)))
    reasons = [*GOES_ON, *STOPS_ALL, Reason.OPTED_OUT, Reason.UNCLEAR_OPT_OUT, elsewhere.MAIL_REFUSED]
    for number, (order, (phone, mail, home)) in enumerate(chance.sample(list(product(orders, reach)), 24)):
        told = telling_by(ground, *order, together=chance.random() < 0.3 and len(order) > 1)
        name = f"R{number}"
        arrested(told, name, phone=phone, email=mail, address=home)
        fails = chance.randrange(4)
        for _ in range(fails):
            alive = [channel for channel, table in _OF.items() if _alive(told, table, name)]
            if not alive:
                break
            fail(told, chance.choice(alive), chance.choice(reasons), number=name)
        reached = any(_alive(told, table, name) for table in _OF.values())
        left = [row for row in owed(told) if row.detail["number"] == name]
        assert reached or left, (name, order, phone, mail, home)


def _alive(ground: Ground, table: Table, number: str) -> bool:
    return any(
        row.notice == "arrest.made" and row.record_number == number and row.state in {"queued", "to_print"}
        for row in rows(ground, table)
    )


# The names of intents


def test_an_intent_on_another_channel_keeps_its_occasion_even_with_colons_in_it() -> None:
    key = ("case", "R:1")
    told = intents.intent("arrest.made", key, "victim", "2026-03-04T19:00:00+00:00", Channel.TEXT)
    assert intents.on(Channel.LETTER, told) == f"{told.removesuffix('text')}letter"
    assert intents.occasion_of(told, "arrest.made", key, "victim") == "2026-03-04T19:00:00+00:00"


def test_one_statement_tells_where_notices_stand_by_index(ground: Ground) -> None:
    arrested(ground)
    (row,) = [one for one in rows(ground, texts) if one.notice == "arrest.made"]
    named = {channel: intents.on(channel, row.intent_key) for channel in Channel}
    with ground.database.connect() as connection:
        assert channels.standing(connection, "demo", [named]) == {row.intent_key: True}
        assert channels.standing(connection, "demo", []) == {}


def test_an_agency_without_a_policy_leaves_what_is_owed_to_a_person(ground: Ground) -> None:
    lost = Failed(
        id=UUID(int=1), agency_id="demo", intent_key="a:case:R1:victim::text", notice="arrest.made",
        notice_class="statutory", record_kind="case", record_number="R1", party_id="victim",
        policy_hash=None, expires_at=None, why=NO_WORD,
    )  # fmt: skip
    nowhere = replace(ground, policies=replace(ground.policies, by_agency={}))
    with ground.database.begin() as connection:
        assert go_on(nowhere, connection, [lost], ground.clock()) == set()
    assert len(owed(ground)) == 1


# What should not go out any more


@pytest.mark.parametrize("lacking", [(), ("phone",), ("phone", "email")])
def test_a_case_that_became_sensitive_takes_back_what_waits_on_any_channel(
    ground: Ground, lacking: tuple[str, ...]
) -> None:
    everything = report(victim=EVERYWHERE)
    for name in lacking:
        del everything["parties"][0][name]
    tell(ground, "report.filed", "R1", everything)
    tell(ground, "arrest.made", "R1", {"arrest_id": "A1"})
    assert len(written(ground)) == 1
    tell(ground, "report.updated", "R1", {"offenses": ["11A"]})
    assert set(written(ground).values()) == {"canceled"}
    assert len(owed(ground)) == 1
