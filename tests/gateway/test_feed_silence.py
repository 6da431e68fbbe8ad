"""A dispatch system that falls silent: staff are told once, nobody is told of a delay, and it ends by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from gateway.app import create_app
from gateway.feeds.door import take
from gateway.ground import Ground, Policies
from gateway.jobs import watch
from gateway.jobs.sweep import sweep
from gateway.store.tables import decisions, feeds, messages, tasks
from rules.policy import POLICIES, parse
from tests.gateway.outbox.outbox import Clock
from tests.gateway.world import JAMIE, World, call, report

DELAY = """
  - id: call.late
    on: call.received
    to: [caller]
    message: [call.delayed]
    class: confirmation
    delay: 20m
    until: [call.arrived, call.closed, call.canceled]
    expires: 60m
"""
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ground(ground: Ground, clock: Clock) -> Ground:
    """The demo's policy with one notice more: that no officer has come after 20 minutes."""
    source = (POLICIES / "demo.yaml").read_text().replace("\nnotices:\n", f"\nnotices:{DELAY}", 1)
    pinned = parse(source, "demo.yaml")
    return replace(ground, clock=clock, policies=Policies({"demo": pinned}))


@pytest.fixture
def client(world: World) -> FlaskClient:
    """Whoever watches the platform."""
    return create_app(world.ground).test_client()


def pages(world: World) -> int:
    return len(world.rows(messages, notice="staff.feed_silent"))


def open_tasks(world: World) -> int:
    return len(world.rows(tasks, kind="feed_silent", closed_at=None))


def heartbeat(world: World) -> None:
    world.tell(world.event("feed.heartbeat", "cad", {}))


def pass_(world: World, clock: Clock, minutes: int) -> None:
    """Time goes by, with the watch looking every minute."""
    for _ in range(minutes):
        clock.advance(MINUTE)
        watch.look(world.ground)


def test_staff_are_told_once_of_each_silence_and_the_task_closes_when_it_is_over(
    world: World, clock: Clock
) -> None:
    on_call = len(world.ground.policies.of("demo").policy.agency.on_call)
    world.tell(world.event("call.received", "P1", call()))
    pass_(world, clock, 14)
    assert (open_tasks(world), pages(world)) == (0, 0)
    pass_(world, clock, 20)
    assert (open_tasks(world), pages(world)) == (1, on_call)
    (task,) = world.rows(tasks, kind="feed_silent")
    assert (task.urgent, task.count, task.detail["feed"]) == (True, 1, "test")
    heartbeat(world)
    watch.look(world.ground)
    assert open_tasks(world) == 0
    pass_(world, clock, 20)
    assert (open_tasks(world), pages(world)) == (1, 2 * on_call)
    assert len(world.rows(tasks, kind="feed_silent")) == 2


def test_the_page_goes_out_to_those_on_call(world: World, clock: Clock) -> None:
    world.tell(world.event("call.received", "P1", call()))
    pass_(world, clock, 20)
    world.send()
    for phone in world.ground.policies.of("demo").policy.agency.on_call:
        (body,) = world.received(phone)
        assert "No data has come from dispatch for a while" in body


def test_an_agency_whose_dispatch_never_told_anything_is_not_expected_to(world: World, clock: Clock) -> None:
    watch.look(world.ground)
    world.tell(world.event("report.filed", "R1", report()))
    pass_(world, clock, 60)
    assert (open_tasks(world), pages(world)) == (0, 0)


def test_an_import_of_the_past_is_no_sign_of_life(world: World) -> None:
    past = world.event("call.received", "P1", call())
    take(world.ground, "demo", [past], world.ground.clock(), history=True)
    world.workshop.work_off_events()
    assert [row.of_calls for row in world.rows(feeds)] in ([], [False])


def test_a_delay_is_told_while_dispatch_is_heard_and_not_when_it_is_silent(
    world: World, clock: Clock
) -> None:
    world.tell(world.event("call.received", "P1", call()))
    for _ in range(3):
        clock.advance(7 * MINUTE)
        heartbeat(world)
    world.send()
    assert len(world.rows(messages, notice="call.late")) == 1
    told = len(world.received(JAMIE))
    world.tell(world.event("call.received", "P2", call()))
    pass_(world, clock, 21)
    sweep(world.workshop)
    world.workshop.work_off_events()
    world.send()
    assert len(world.rows(messages, notice="call.late")) == 1
    assert [row.reason for row in world.rows(decisions, rule="call.late", record_number="P2")] == [
        "feed_silent"
    ]
    late = [body for body in world.received(JAMIE)[told:] if "delay" in body.lower()]
    assert late == []


def test_the_watch_is_kept_by_the_sweeps_process(world: World, clock: Clock) -> None:
    world.tell(world.event("call.received", "P1", call()))
    clock.advance(20 * MINUTE)
    looking = watch.Watch(world.ground)
    looking.look()
    assert open_tasks(world) == 1
    heartbeat(world)
    looking.look()  # a moment ago it looked
    assert open_tasks(world) == 1


def test_readyz_names_the_agencies_whose_dispatch_is_silent(
    world: World, clock: Clock, client: FlaskClient
) -> None:
    world.tell(world.event("call.received", "P1", call()))
    assert client.get("/readyz").json["feed"]["silent"] == []
    clock.advance(20 * MINUTE)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["feed"]["silent"] == ["demo"]
