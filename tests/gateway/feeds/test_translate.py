"""What a row becomes: times, values, groups, conditions."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.feeds import schema
from gateway.feeds.cells import Refused
from gateway.feeds.mapping import parse
from gateway.feeds.translate import Translator

STAGES = """\
source: sf
zone: America/Los_Angeles
formats: ["%m/%d/%Y %I:%M:%S %p"]
data:
  type_code: "{call_type}"
  officer: {name: "{rank} {name}", contact: "{contact}"}
events:
  - {type: call.received, id: "{n}:received", subject: "{n}", time: "{received}"}
  - {type: call.dispatched, id: "{n}:dispatched", subject: "{n}", time: "{dispatch}", when: {dispatch: not empty}}
  - type: call.closed
    id: "{n}:closed"
    subject: "{n}"
    time: "{close}"
    when: {close: not empty, sensitive: {not: ["true"]}}
"""


def _one(head: str = "", time: str = '"{t}"', data: str = 'type_code: "{c}"') -> Translator:
    return Translator(
        parse(
            f"source: s\nzone: America/Chicago\n{head}\nevents:\n  - type: call.received\n    id: '{{i}}'\n"
            f"    subject: '{{i}}'\n    time: {time}\n    data:\n      {data}\n",
            "m",
        )
    )


def _event(translator: Translator, **cells: str) -> dict[str, Any]:
    (told,) = translator.events_of({"i": "1", "t": "2026-01-02 03:04:05", "c": "THEFT", **cells})
    if isinstance(told, Refused):
        raise told
    schema.read(told)
    return told


def _data(told: str, **cells: str) -> Any:
    return _event(_one(data=f'type_code: "{{c}}"\n      {told}'), **cells)["data"]


def test_one_row_tells_of_each_stage_that_it_has_a_time_for() -> None:
    row = {
        "n": "C1",
        "call_type": "THEFT",
        "rank": "",
        "name": "Ruiz",
        "contact": "",
        "received": "01/02/2026 03:04:05 PM",
        "dispatch": "01/02/2026 03:10:00 PM",
        "close": "",
        "sensitive": "false",
    }
    translator = Translator(parse(STAGES, "m"))
    told = translator.events_of(row)
    assert [(event["id"], event["time"]) for event in told if isinstance(event, dict)] == [
        ("C1:received", "2026-01-02T15:04:05-08:00"),
        ("C1:dispatched", "2026-01-02T15:10:00-08:00"),
    ]
    assert [event["data"] for event in told if isinstance(event, dict)] == [{"type_code": "THEFT"}] * 2
    closed = row | {"close": "01/02/2026 04:00:00 PM"}
    assert len(translator.events_of(closed)) == 3
    assert len(translator.events_of(closed | {"sensitive": "TRUE"})) == 2


@pytest.mark.parametrize(
    ("wall_clock", "instant"),
    [
        ("2026-07-01 12:00:00", "2026-07-01T17:00:00+00:00"),
        ("2026-11-01 01:30:00", "2026-11-01T06:30:00+00:00"),  # comes twice: the first
        ("2026-03-08 02:30:00", "2026-03-08T08:30:00+00:00"),  # never comes: by the offset before
        ("2026-07-01T12:00:00+00:00", "2026-07-01T12:00:00+00:00"),
        ("2026-07-01T12:00:00Z", "2026-07-01T12:00:00+00:00"),
        ("2026-07-01", "2026-07-01T05:00:00+00:00"),
    ],
)
def test_a_wall_clock_is_read_in_the_mappings_zone(wall_clock: str, instant: str) -> None:
    assert schema.read(_event(_one(), t=wall_clock)).time.isoformat() == instant


def test_offsets_that_are_not_meant_are_ignored() -> None:
    event = _event(_one("ignore_offsets: true"), t="2026-07-01 12:00:00+00")
    assert event["time"] == "2026-07-01T12:00:00-05:00"


def test_date_and_time_may_be_columns_of_their_own_and_have_several_formats() -> None:
    translator = _one(time='{from: "{d} {t}", formats: ["%m/%d/%Y %H:%M", iso]}')
    assert _event(translator, d="7/1/2026", t="9:05")["time"] == "2026-07-01T09:05:00-05:00"
    assert _event(translator, d="2026-07-01", t="09:05")["time"] == "2026-07-01T09:05:00-05:00"


@pytest.mark.parametrize("time", ["yesterday", "13/13/2026", "9999-12-31 23:59:59", "2026-02-30"])
def test_a_time_that_is_none_rejects_the_event(time: str) -> None:
    with pytest.raises(Refused, match="expected a time as iso") as error:
        _event(_one(), t=time)
    assert error.value.field == "time"


@pytest.mark.parametrize(("column", "field"), [("i", "id"), ("t", "time")])
def test_an_event_without_its_name_or_time_is_rejected(column: str, field: str) -> None:
    with pytest.raises(Refused, match=f"column '{column}' is empty") as error:
        _event(_one(), **{column: " "})
    assert error.value.field == field


def test_empty_cells_leave_their_fields_out() -> None:
    assert _data('district: "{d}"', d=" ") == {"type_code": "THEFT"}
    assert _data('district: "{d}-{e}"', d="W", e="") == {"type_code": "THEFT"}
    assert _data('district: "{d}-{e}{{x}}"', d="W", e="4")["district"] == "W-4{x}"


@pytest.mark.parametrize(
    ("told", "cell", "value"),
    [
        ("values: {Y: true, N: false}", "y", True),
        ("values: {Y: true, N: false}, default: false", "?", False),
        ("values: {Y: true, N: false}, otherwise: omit", "?", None),
        ("values: {'1': 'yes', 2: 'no'}", "2", "no"),
        ("values: {'': false, Y: true}", "", False),
        ("values: {Y: true}", "", None),
        ("values: {Y: true}, default: false", "", False),
        ("values: {not  known: null, Y: true}", "Not Known", None),
    ],
)
def test_a_value_map(told: str, cell: str, value: Any) -> None:
    assert _data(f'in_progress: {{from: "{{p}}", {told}}}', p=cell).get("in_progress") == value


def test_a_value_that_is_not_in_the_map_rejects_the_event_unless_kept() -> None:
    with pytest.raises(Refused, match="'maybe' is not among the mapping's values") as error:
        _data('in_progress: {from: "{p}", values: {Y: true}}', p="maybe")
    assert error.value.field == "data.in_progress"
    assert (
        _data('district: {from: "{p}", values: {W: west}, otherwise: keep}', p="east")["district"] == "east"
    )


def test_lists_are_split_and_dates_are_read() -> None:
    translator = Translator(
        parse(
            STAGES.partition("data:")[0]
            + """\
events:
  - type: report.filed
    id: "{n}"
    subject: "{n}"
    time: "{t}"
    data:
      offenses: {from: "{nibrs}", split: ";", values: {"9999": null}, otherwise: keep}
      reported_at: {from: "{t}", time: ["%m/%d/%Y %I:%M:%S %p"]}
      parties:
        - role: victim
          birth_date: {from: "{dob}", date: ["%m/%d/%Y"]}
          language: {from: "{l}", values: {S: es}, default: en}
        - {role: suspect, name: "{suspect}"}
""",
            "m",
        )
    )
    row = {
        "n": "1",
        "nibrs": "23H; 9999;;290",
        "t": "01/02/2026 03:04:05 PM",
        "dob": "7/4/1976",
        "suspect": "",
        "l": "",
    }
    (event,) = translator.events_of(row)
    assert isinstance(event, dict)
    assert event["data"] == {
        "offenses": ["23H", "290"],
        "reported_at": "2026-01-02T15:04:05-08:00",
        "parties": [{"role": "victim", "birth_date": "1976-07-04", "language": "en"}],
    }
    schema.read(event)
    (event,) = translator.events_of(row | {"dob": ""})
    assert isinstance(event, dict)
    assert "parties" not in event["data"]


def test_columns_that_a_file_lacks_count_as_empty() -> None:
    (told,) = _one().events_of({"i": "1", "t": "2026-01-01"})
    assert isinstance(told, dict)
    with pytest.raises(schema.Rejected, match="Field required"):
        schema.read(told)


def test_of_several_columns_the_first_that_is_not_empty_is_taken() -> None:
    told = 'district: {from: ["{d}-{e}", "{d}", "none of {c}"]}'
    assert _data(told, d="W", e="1")["district"] == "W-1"
    assert _data(told, d="W", e=" ")["district"] == "W"
    assert _data(told, d="", e="1")["district"] == "none of THEFT"
    translator = _one(time='["{close}", "{t}"]')
    assert _event(translator, close="")["time"] == "2026-01-02T03:04:05-06:00"
    assert _event(translator, close="2026-01-03")["time"] == "2026-01-03T00:00:00-06:00"


@pytest.mark.parametrize(
    ("final", "first", "passes"), [("A", "B", True), ("a", " A", False), ("", "B", False)]
)
def test_a_condition_may_look_at_another_column(final: str, first: str, passes: bool) -> None:
    source = (
        "source: s\nzone: America/Chicago\nevents:\n  - type: call.reclassified\n    id: '{i}'\n    subject: '{i}'\n"
        "    time: '{t}'\n    when: {final: {not: ['', '{first}']}}\n    data: {type_code: '{final}'}\n"
    )
    mapping = parse(source, "m")
    assert mapping.wanted_columns == {"i", "t", "final", "first"}
    told = Translator(mapping).events_of({"i": "1", "t": "2026-01-01", "final": final, "first": first})
    assert bool(told) is passes


def test_the_columns_behind_a_field_are_those_that_it_is_made_of() -> None:
    mapping = parse(
        "source: s\nzone: America/Chicago\nevents:\n  - type: call.received\n    id: '{i}'\n    subject: '{i}'\n"
        "    time: ['{close}', '{t}']\n    data:\n      type_code: '{c}'\n      parties:\n"
        "        - {role: caller, phone: '{cp}'}\n        - {role: victim, phone: {from: '{vp}'}, name: '{a} {b}'}\n",
        "m",
    )
    translator, (event,) = Translator(mapping), mapping.events
    both, victim_only = {"cp": "1", "vp": "2"}, {"vp": "2"}

    def behind(field: str, values: dict[str, str], made: bool) -> tuple[str, ...]:
        return translator.columns_behind(event, field, values, made)

    assert behind("time", {}, True) == ("close", "t")
    assert behind("data.type_code", {}, True) == ("c",)
    assert behind("data.parties.1.phone", both, True) == ("vp",)
    assert behind("data.parties.0.phone", victim_only, True) == ("vp",)
    assert behind("data.parties.0.phone", victim_only, False) == ("cp",)
    assert behind("data.parties.0", both, True) == ("cp",)
    assert behind("data.parties.9.phone", both, True) == ("a", "b", "cp", "vp")
    assert behind("specversion", {}, True) == ()
