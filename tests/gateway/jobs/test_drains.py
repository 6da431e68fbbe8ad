"""Who wakes whom: a lost wake-up costs a second, a missing Redis costs nothing but speed, no error ends a process."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from rq import Queue
from sqlalchemy.exc import OperationalError

from gateway import wake
from gateway.feeds.door import take
from gateway.jobs import drains, sweep
from gateway.jobs.drains import Workshop
from gateway.jobs.stop import Stop
from gateway.store.tables import emails, events, messages
from gateway.wake import Waker, connect
from rules.policy import Channel
from tests.gateway.outbox.channels import MAIL, telling_by
from tests.gateway.world import JAMIE, World, call, report


def jobs(world: World, queue: str) -> int:
    assert world.workshop.redis is not None
    return len(Queue(queue, connection=world.workshop.redis))


def tokens(world: World) -> set[bytes]:
    assert world.workshop.redis is not None
    return set(world.workshop.redis.keys("wake:*"))


def bring_an_event(world: World) -> None:
    take(world.ground, "demo", [world.event("call.received", "P1", call())], world.ground.clock())


def without_redis(world: World) -> Workshop:
    ground = replace(world.ground, waker=Waker.at("redis://127.0.0.1:9"))
    return Workshop(ground, Stop(), None)


def test_the_sweep_wakes_who_has_work_and_nobody_else(world: World) -> None:
    sweep.sweep(world.workshop)
    assert tokens(world) == set()
    bring_an_event(world)
    for _ in range(3):
        sweep.sweep(world.workshop)
    assert (jobs(world, wake.EVENTS), jobs(world, wake.OUTBOX)) == (1, 0)
    world.workshop.work_off_events()
    sweep.sweep(world.workshop)
    assert jobs(world, wake.OUTBOX) == 1


def test_an_email_that_is_due_wakes_the_mailer_and_so_does_a_text_nobody_said_was_delivered(
    world: World,
) -> None:
    told = telling_by(world.ground, Channel.TEXT, Channel.EMAIL)
    workshop = replace(world.workshop, ground=told)
    take(told, "demo", [world.event("report.filed", "R1", report(victim={"email": MAIL}))], told.clock())
    workshop.work_off_events()
    sweep.sweep(workshop)
    assert jobs(world, wake.MAIL) == 0, "the text is tried first"
    long_ago = told.clock() - timedelta(hours=7)
    with told.database.begin() as connection:
        connection.execute(messages.update().values(state="sent", sent_at=long_ago))
    sweep.sweep(workshop)
    assert jobs(world, wake.MAIL) == 1
    workshop.drain_mail()
    assert [row.state for row in world.rows(emails)] == ["failed"], "there is no mail server"
    sweep.sweep(workshop)
    workshop.drain_mail()
    assert jobs(world, wake.MAIL) == 1, "and nothing is left to do"


def test_a_job_takes_its_token_first_so_that_a_wake_while_it_works_counts(world: World) -> None:
    drains.open_workshop(world.workshop)
    bring_an_event(world)
    world.ground.waker.wake(wake.EVENTS)
    drains.events()
    assert tokens(world) == {b"wake:outbox"}
    drains.outbox()
    assert tokens(world) == set()
    world.phones.wait_until_settled()
    assert len(world.received(JAMIE)) == 1


def test_a_job_that_ran_out_of_time_wakes_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    drains.open_workshop(world.workshop)
    monkeypatch.setattr(Workshop, "drain_outbox", lambda _: True)
    drains.outbox()
    assert jobs(world, wake.OUTBOX) == 1
    world.workshop.stop.ask()
    drains.outbox()
    assert tokens(world) == set(), "but not when the process is to end"


def test_a_job_that_breaks_leaves_no_words_in_redis_and_the_work_in_its_rows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(_: Workshop) -> bool:
        raise ValueError(JAMIE)

    drains.open_workshop(world.workshop)
    bring_an_event(world)
    with monkeypatch.context() as patch:
        patch.setattr(Workshop, "work_off_events", break_down)
        drains.events()
    assert [row.state for row in world.rows(events)] == ["new"]
    sweep.sweep(world.workshop)
    assert jobs(world, wake.EVENTS) == 1


def test_without_redis_the_sweep_does_the_work_itself(world: World) -> None:
    alone = without_redis(world)
    bring_an_event(world)
    sweep.sweep(alone)
    sweep.sweep(alone)
    alone.close()
    world.phones.wait_until_settled()
    assert len(world.received(JAMIE)) == 1


def test_a_job_without_redis_does_its_work(world: World) -> None:
    alone = without_redis(world)
    drains.open_workshop(alone)
    bring_an_event(world)
    drains.events()
    drains.outbox()
    alone.close()
    world.phones.wait_until_settled()
    assert len(world.received(JAMIE)) == 1


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT 1", {}, Exception("gone")), ValueError("anything")]
)
def test_the_sweep_outlives_whatever_breaks(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    rounds = []

    def break_down(_: Workshop) -> None:
        rounds.append(1)
        if len(rounds) == 3:
            world.workshop.stop.ask()
        raise error

    monkeypatch.setattr(sweep, "sweep", break_down)
    monkeypatch.setattr(sweep, "EVERY_SECONDS", 0.01)
    sweep.run(world.workshop)
    assert len(rounds) == 3


def test_a_redis_that_comes_back_takes_the_work_over_again(world: World, redis_url: str) -> None:
    with connect(redis_url, seconds=1) as redis:
        redis.set("wake:events", 1)  # a token whose job is lost: the sweep can't tell, until it runs out
        bring_an_event(world)
        sweep.sweep(world.workshop)
        assert jobs(world, wake.EVENTS) == 0
        redis.delete("wake:events")
        sweep.sweep(world.workshop)
        assert jobs(world, wake.EVENTS) == 1
