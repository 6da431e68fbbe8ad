"""The line from end to end: the dispatcher's screen, the victim's phone, and back."""

from __future__ import annotations

from gateway.store.tables import decisions, messages, opt_outs, tasks, texts
from tests.gateway.world import JAMIE, World, call, report


def test_a_caller_hears_that_the_call_was_received(world: World) -> None:
    world.tell(world.event("call.received", "P1", call()))
    world.send()
    assert world.received(JAMIE) == [
        "Saguaro Police: We received your call, number P1. In an emergency call 911. "
        "Reply HELP for help, STOP to end texts."
    ]
    assert [row.state for row in world.rows(messages)] == ["delivered"]


def test_each_stage_of_a_call_is_told_once(world: World) -> None:
    for stage in ("call.received", "call.dispatched", "call.closed"):
        told = world.event(stage, "P1", call(officer={"name": "Officer Ruiz", "contact": "520-555-0140"}))
        world.tell(told)
        world.tell(told)
        world.send()
    got = world.received(JAMIE)
    assert len(got) == 3
    assert "Officer Ruiz" in got[2]
    assert "520-555-0140" in got[2]


def test_a_report_an_enrollment_and_an_arrest(world: World) -> None:
    world.tell(world.event("report.filed", "2411-00372", report()))
    world.send()
    world.text(JAMIE, "STATUS")
    world.text(JAMIE, "ALERTS")
    world.tell(world.event("arrest.made", "2411-00372", {"arrest_id": "A1", "custody_phone": "520-555-0150"}))
    world.send()
    got = world.received(JAMIE)
    assert len(got) == 4, got
    assert "/m/" in got[0]
    assert "Nobody has been assigned" in got[1]
    assert "We will text you if an arrest is made" in got[2]
    assert "An arrest was made in your case 2411-00372" in got[3]


def test_after_stop_only_its_confirmation_goes_out(world: World) -> None:
    world.tell(world.event("report.filed", "2411-00372", report()))
    assert world.text(JAMIE, "Stop. Thank you") == 204
    world.tell(world.event("arrest.made", "2411-00372", {"arrest_id": "A1"}))
    world.send()
    got = world.received(JAMIE)
    assert len(got) == 1, got
    assert "no more texts" in got[0]
    assert world.count(opt_outs) == 1
    assert "owed_notice" in [row.kind for row in world.rows(tasks)]
    world.text(JAMIE, "STATUS")
    world.text(JAMIE, "STOP")
    assert len(world.received(JAMIE)) == 1
    world.text(JAMIE, "HELP he's here with a gun")
    assert "call 911 now" in "".join(world.received(JAMIE)[1:])


def test_why_is_kept_for_what_was_not_sent(world: World) -> None:
    world.tell(world.event("call.received", "P1", call(type_code="BATTERY DV")))
    world.send()
    assert world.received(JAMIE) == []
    assert [(row.outcome, row.reason) for row in world.rows(decisions)] == [
        ("suppressed", "domestic_violence")
    ]


def test_a_text_is_recorded_and_answered_in_its_language(world: World) -> None:
    world.text(JAMIE, "ESTADO")
    assert [row.intent for row in world.rows(texts)] == ["status"]
    assert "este teléfono no tiene un reporte" in world.received(JAMIE)[0]


def test_staff_on_call_are_paged_when_somebody_may_be_in_danger(world: World) -> None:
    world.text(JAMIE, "he is at my door with a knife")
    for on_call in ("+15205550191", "+15205550192"):
        (page,) = world.received(on_call)
        assert page.startswith("Saguaro Police: Someone texted that they may be in danger.")
        assert JAMIE not in page
    assert [(row.kind, row.urgent) for row in world.rows(tasks)] == [("distress", True)]


def test_a_text_that_came_twice_pages_and_answers_once(world: World) -> None:
    world.phones.behave(default={"text_copies": 2})
    world.text(JAMIE, "he is at my door with a knife")
    assert len(world.received(JAMIE)) == len(world.received("+15205550191")) == 1
