"""From a dispatch system's EIDO to the phone, and to no phone where it must not be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.feeds.eido import events_of
from gateway.store.tables import messages
from tests.gateway.feeds.test_eido import Change, Json, sample
from tests.gateway.feeds.test_eido_people import roles
from tests.gateway.world import JAMIE, World


def as_of(told: Any, later: timedelta) -> Any:
    """The EIDO with all its times moved."""
    if isinstance(told, dict):
        return {name: as_of(value, later) for name, value in told.items()}
    if isinstance(told, list):
        return [as_of(one, later) for one in told]
    if isinstance(told, str) and told.startswith("2026-05-01T"):
        return (datetime.fromisoformat(told) + later).isoformat()
    return told


def tell(world: World, *changes: Change) -> None:
    """The sample's incident, as if it had just been dispatched."""
    eido = sample()
    for change in changes:
        change(eido)
    fresh: Json = as_of(eido, world.ground.clock() - datetime.fromisoformat("2026-05-01T10:06:05-07:00"))
    world.tell(*events_of(fresh, "eido").events)


def bring(world: World, *changes: Change) -> None:
    """Told, worked off and sent."""
    tell(world, *changes)
    world.send()


def test_a_caller_hears_that_an_officer_was_dispatched_once(world: World) -> None:
    bring(world)
    bring(world)
    (text,) = world.received(JAMIE)
    assert "P260501001" in text


@pytest.mark.parametrize(
    "change",
    [
        roles("Caller", "Suspect"),
        roles("Caller", "Witness"),
        roles("Caller", "Zorro"),
        roles("Victim"),
        lambda eido: eido["incidentComponent"].update(incidentTypeCommonRegistryText="Domestic Disturbance"),
        lambda eido: eido["incidentComponent"].update(incidentPriorityInternalText="1"),
        lambda eido: eido["incidentComponent"].update(incidentStatusCommonRegistryText=["Canceled"]),
        lambda eido: eido["personComponent"][0]["ncPersonComponent"].update(birthDate="2015-01-01"),
        lambda eido: eido["personComponent"][1].update(callBackReference={"$ref": "callback-1"}),
        lambda eido: (
            eido["callComponent"][0].update(personReference=[{"$ref": "nobody"}]) or roles("Victim")(eido)
        ),
    ],
    ids=[
        "suspect",
        "witness",
        "unknown role",
        "victim for whom somebody called",
        "domestic violence",
        "highest priority",
        "canceled",
        "child",
        "the suspect's number",
        "loose reference",
    ],
)
def test_nobody_is_texted_where_it_might_harm(world: World, change: Change) -> None:
    bring(world, change)
    assert world.received(JAMIE) == []


def test_a_correction_holds_back_what_was_not_sent_yet(world: World) -> None:
    tell(world)
    tell(world, lambda eido: eido["incidentComponent"].update(incidentTypeInternalText="DOMESTIC VIOLENCE"))
    assert world.count(messages) == 1
    world.send()
    assert world.received(JAMIE) == []
