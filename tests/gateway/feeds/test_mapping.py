"""The mapping file: what is wrong in it is told with its line before the first row is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.feeds.mapping import MAPPINGS, BadMapping, Mapping, load, parse

GOOD = """\
source: cad
zone: America/Chicago
events:
  - type: call.received
    id: "{id}"
    subject: "{id}"
    time: "{time}"
    data:
      type_code: "{nature}"
"""


def _mistakes(source: str) -> list[str]:
    with pytest.raises(BadMapping) as error:
        parse(source, "m.yaml")
    return str(error.value).splitlines()


def _events(*lines: str) -> str:
    return GOOD + "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_mappings_are_right(path: Path) -> None:
    assert load(path).events


def test_the_columns_that_a_file_needs_are_those_that_are_used() -> None:
    source = _events(
        '      officer: {name: "{rank} {name}"}',
        '      parties: [{role: caller, phone: {from: "{phone}"}}]',
        "    when: {onview: empty}",
    )
    used = {"id", "time", "nature", "rank", "name", "phone", "onview"}
    assert parse(source, "m").wanted_columns == used
    assert parse("optional_columns: [phone]\n" + source, "m").wanted_columns == used - {"phone"}


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        (
            ("zone:", "encoding: latin-nine\nzone:"),
            "m.yaml:2: encoding: expected auto, or an encoding such as utf-8, utf-16, cp1252",
        ),
        (
            ("zone:", "encoding: rot13\nzone:"),
            "m.yaml:2: encoding: expected auto, or an encoding such as utf-8",
        ),
        (("America/Chicago", "Mars"), "m.yaml:2: zone: expected an IANA time zone such as America/Phoenix"),
        (
            ("source: cad", "sauce: cad"),
            "m.yaml:1: sauce: is not a key of a mapping; see the mappings that are shipped",
        ),
        (("call.received", "call.recieved"), "m.yaml:4: events.0.type: Input should be"),
        (('id: "{id}"', 'id: "{id"'), "m.yaml:5: events.0.id: expected braces in pairs"),
        (('id: "{id}"', "id: constant"), "m.yaml:5: events.0.id: expected a {column}"),
        (('    subject: "{id}"\n', ""), "m.yaml:4: events.0.subject: is missing"),
        (('"{time}"', '{from: "{t}", format: [iso]}'), "m.yaml:7: events.0.time.format: is not a key"),
        (
            ('"{time}"', '{from: "{t}", formats: []}'),
            "m.yaml:7: events.0.time.formats: expected at least one",
        ),
        (('"{time}"', "noon"), "m.yaml:7: events.0.time: expected a {column}"),
        (
            ("type_code", "tpye_code"),
            "m.yaml:9: events.0.data.tpye_code: is no field of call.received; expected one of",
        ),
        (("type_code", "priority"), "m.yaml:8: events.0.data.type_code: is missing; call.received needs it"),
        (('"{nature}"', "2018-05-01"), "m.yaml:9: events.0.data.type_code: expected a text, a number"),
        (('"{nature}"', '{from: "x"}'), "m.yaml:9: events.0.data.type_code: expected a {column} in `from`"),
        (
            ('"{nature}"', '{from: "{x}", values: {}}'),
            "m.yaml:9: events.0.data.type_code.values: expected a table",
        ),
        (
            ('"{nature}"', '{from: "{x}", values: {a: b, A: c}}'),
            "m.yaml:9: events.0.data.type_code.values: expected each",
        ),
        (
            ('"{nature}"', '{from: "{x}", otherwise: omit}'),
            "m.yaml:9: events.0.data.type_code: expected `otherwise` beside",
        ),
        (
            ("events:", "delimiter: '\"'\nevents:"),
            "m.yaml:1: the file: expected a delimiter, a quote and an escape that differ",
        ),
        (
            ("events:", "optional_columns: [phone]\nevents:"),
            "m.yaml:3: optional_columns: 'phone' is not used",
        ),
        (
            ("events:", 'formats: [iso, "%Y-%m-%Q"]\nevents:'),
            "m.yaml:3: formats: expected iso, or a format such as %m/%d/%Y %H:%M (found '%Y-%m-%Q')",
        ),
        (
            ("events:", 'formats: ["%H:%M"]\nevents:'),
            "m.yaml:3: formats: expected year, month and day in a format (found '%H:%M')",
        ),
        (("source: cad", "source: [cad"), "m.yaml:2: not YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_was_expected(change: tuple[str, str], mistake: str) -> None:
    assert mistake in "\n".join(_mistakes(GOOD.replace(*change)))


def test_mistakes_inside_groups_and_lists_have_their_own_lines() -> None:
    assert _mistakes(
        _events(
            "      officer:",
            '        nme: "{officer}"',
            "      parties:",
            '        - {role: caller, phone: "{phone}"}',
            '        - {role: boss, phone: "{phone}"}',
        )
    ) == [
        "m.yaml:11: events.0.data.officer.nme: is no field here",
        "m.yaml:14: events.0.data.parties.1.role: Input should be 'caller', 'victim', 'representative', 'suspect', "
        "'arrestee', 'witness', 'officer' or 'other'",
    ]


def test_all_mistakes_are_told_at_once() -> None:
    assert len(_mistakes(GOOD.replace("America/Chicago", "Mars").replace('"{time}"', '"{time"'))) == 2


@pytest.mark.parametrize("told", ["1", "sometimes", "[]", "{not: []}", "{nor: [A]}", "[yes, true]"])
def test_a_condition_is_one_of_four(told: str) -> None:
    (mistake,) = _mistakes(_events(f"    when: {{onview: {told}}}"))
    assert mistake.startswith("m.yaml:10: events.0.when.onview: expected ")


def test_two_events_of_a_row_can_not_have_one_id() -> None:
    second = GOOD.partition("events:\n")[2]
    assert _mistakes(GOOD + second) == [
        "m.yaml:11: events.1.id: '{id}' is there twice; add the kind of event to it"
    ]


def test_what_all_events_carry_is_told_once() -> None:
    shared = GOOD.replace("events:", 'data: {district: "{beat}"}\nevents:')
    mapping = parse(shared, "m")
    assert set(mapping.data_of(mapping.events[0])) == {"district", "type_code"}
    assert "m.yaml:3: data.distict: is no field" in _mistakes(shared.replace("district", "distict"))[0]


def test_yaml_merges_are_told_by_what_is_written_out() -> None:
    merged = (
        GOOD.replace("events:", 'data: &d\n  district: "{d}"\nevents:')
        + "      <<: *d\n      officer: {nme: x}\n"
    )
    assert _mistakes(merged)[0].startswith("m.yaml:13: events.0.data.officer.nme")
    merged = GOOD.replace("events:", 'data: &d\n  distict: "{d}"\nevents:') + "      <<: *d\n"
    assert "events.0.data.distict: is no field" in _mistakes(merged)[0]


@pytest.mark.parametrize("source", ["", "- a\n", "text", "\x00", "a: b: c"])
def test_what_is_no_mapping_at_all_is_told_too(source: str) -> None:
    assert _mistakes(source)[0].startswith("m.yaml:1: ")


def test_a_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match="can't be read"):
        load(tmp_path / "none.yaml")
    (tmp_path / "m.yaml").write_bytes(b"source: caf\xe9")
    with pytest.raises(BadMapping, match="expected UTF-8 text, found byte 0xe9"):
        load(tmp_path / "m.yaml")


def test_a_heartbeat_needs_no_subject() -> None:
    source = (
        GOOD.replace("call.received", "feed.heartbeat")
        .replace('    subject: "{id}"\n', "")
        .partition("    data")[0]
    )
    assert isinstance(parse(source, "m"), Mapping)
