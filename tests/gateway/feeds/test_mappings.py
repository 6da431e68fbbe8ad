"""The mappings that are shipped, each on a small file such as its department writes."""

from __future__ import annotations

import csv
import io
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from gateway.feeds import schema
from gateway.feeds.cells import Refused
from gateway.feeds.mapping import MAPPINGS, BadMapping, find, load
from gateway.feeds.rows import Row, open_table
from gateway.feeds.translate import Translator
from gateway.feeds.trial import tried
from rules.never import never_texted
from rules.records import Facts, as_call, as_case, merge
from rules.values import Call, Case, Event

TUCSON = """\
call_id,case_id,ACTDATETIME,CAPRIORITY,NATURECODE,NatureCodeDesc,HOWRECEIVE,CSDISPOSIT
T1,2103010001,2021/03/01 00:05:00+00,4,0601,THEFT,E-911,
T2,2103010002,3/1/2021 1:05:07 PM,2,0401,"BURGLARY, RESIDENTIAL",PHONE,8
T3,2103010003,2021-03-01T14:05:00+00:00,3,0899,,OV,
T4,2103010004,yesterday,3,0601,THEFT,PHONE,
"""
PHOENIX = """\
INCIDENT_NUM,DISP_CODE,DISPOSITION,FINAL_RADIO_CODE,FINAL_CALL_TYPE,CALL_RECEIVED,HUNDREDBLOCKADDR,GRID
202400000013,02,REPORT TAKEN,487,THEFT,01/01/2024  12:03:08AM,12XX W OAK ST,BC23
202400000014,,,415F,FAMILY FIGHT,01/01/2024 1:04 PM,12XX W OAK ST,BC23
202400000015,02,,487,,2024-01-01 13:05:00+00,12XX W OAK ST,BC23
"""
_SF_COLUMNS = [
    "cad_number",
    "received_datetime",
    "entry_datetime",
    "dispatch_datetime",
    "enroute_datetime",
    "onscene_datetime",
    "close_datetime",
    "call_type_original",
    "call_type_final",
    "priority_original",
    "priority_final",
    "disposition",
    "onview_flag",
    "sensitive_call",
]
_SF_ROW = {
    "cad_number": "240010033",
    "received_datetime": "2024-01-01T00:03:08.000",
    "entry_datetime": "2024-01-01T00:04:00.000",
    "call_type_original": "459",
    "call_type_final": "459",
    "priority_original": "B",
    "priority_final": "B",
    "onview_flag": "N",
    "sensitive_call": "false",
}


def _sf(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, sorted({*_SF_COLUMNS, *(name for row in rows for name in row)}), restval="")
    writer.writeheader()
    writer.writerows({**_SF_ROW, **row} for row in rows)
    return out.getvalue()


def _events(tmp_path: Path, mapping: str, content: str | bytes) -> list[dict[str, Any]]:
    """Every event of the file; each passes the schema."""
    path = tmp_path / "export.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    read = load(find(mapping))
    translator, found = Translator(read), []
    with open_table(path, read.shape, read.wanted_columns) as table:
        for row in table:
            assert isinstance(row, Row), row
            for told in translator.events_of(row.values):
                if not isinstance(told, Refused):
                    schema.read(told)
                    found.append(told)
    return found


def _short(events: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(event["type"], event["id"], event["time"]) for event in events]


def _call(events: list[dict[str, Any]]) -> Call:
    facts: Facts = {}
    for event in events:
        facts = merge(facts, _read(event))
    return as_call("1", facts)


def _case(events: list[dict[str, Any]]) -> Case:
    facts: Facts = {}
    for event in events:
        facts = merge(facts, _read(event))
    return as_case("1", facts)


def _read(event: dict[str, Any]) -> Event:
    return schema.read(event)


def test_tucson_says_plus_zero_and_means_tucson(tmp_path: Path) -> None:
    content = ("Calls for service, March 2021\r\n\r\n" + TUCSON).encode("utf-8-sig")
    told = _events(tmp_path, "tucson", content)
    assert _short(told) == [
        ("call.received", "T1:0601", "2021-03-01T00:05:00-07:00"),
        ("call.received", "T2:0401", "2021-03-01T13:05:07-07:00"),
        ("call.closed", "T2:closed:8", "2021-03-01T13:05:07-07:00"),
        ("call.received", "T3:0899", "2021-03-01T14:05:00-07:00"),
    ]
    assert told[1]["data"] == {
        "type_code": "BURGLARY, RESIDENTIAL",
        "priority": "2",
        "how_received": "PHONE",
        "report_number": "2103010002",
    }


def test_a_tucson_call_that_an_officer_came_upon_is_officer_initiated(tmp_path: Path) -> None:
    for told in ("OV", "ON-VIEW", "on view", "Officer", "OFFICER RADIO"):
        (event,) = _events(
            tmp_path, "tucson", TUCSON.splitlines()[0] + f"\nT,1,2021-03-01,3,1,THEFT,{told},\n"
        )
        assert never_texted(event["data"]["how_received"]) == "officer_initiated", told


def test_a_tucson_type_that_changes_in_a_later_export_is_news(tmp_path: Path) -> None:
    head = TUCSON.splitlines()[0] + "\n"
    first = _events(tmp_path, "tucson", head + "T1,,2021-03-01,3,0601,THEFT,PHONE,\n")
    later = _events(tmp_path, "tucson", head + "T1,,2021-03-01,3,0802,FAMILY FIGHT,PHONE,\n")
    assert first[0]["id"] != later[0]["id"]
    for order in ([*first, *later], [*later, *first]):
        assert set(_call(order).type_codes) == {"THEFT", "FAMILY FIGHT"}


def test_phoenix_writes_times_in_several_ways(tmp_path: Path) -> None:
    told = _events(tmp_path, "phoenix", PHOENIX)
    assert _short(told) == [
        ("call.received", "202400000013:487", "2024-01-01T00:03:08-07:00"),
        ("call.closed", "202400000013:closed:02", "2024-01-01T00:03:08-07:00"),
        ("call.received", "202400000014:415F", "2024-01-01T13:04:00-07:00"),
        ("call.received", "202400000015:487", "2024-01-01T13:05:00-07:00"),
    ]
    assert [event["data"]["type_code"] for event in told] == ["THEFT", "THEFT", "FAMILY FIGHT", "487"]
    assert told[1]["data"]["disposition"] == "REPORT TAKEN"
    assert "12XX" not in str(told)


@pytest.mark.parametrize(("mapping", "content"), [("tucson", TUCSON), ("phoenix", PHOENIX)])
def test_a_caller_column_that_is_added_makes_a_caller(tmp_path: Path, mapping: str, content: str) -> None:
    head, first, *_ = content.splitlines()
    for more, party in [
        (
            "Jamie Doe,520-555-0131,WRLS",
            {"name": "Jamie Doe", "phone": "520-555-0131", "class_of_service": "WRLS"},
        ),
        (",,", None),
    ]:
        told = _events(
            tmp_path, mapping, f"{head},CALLER_NAME,CALLER_PHONE,CLASS_OF_SERVICE\n{first},{more}\n"
        )
        assert told[0]["data"].get("parties") == ([{"role": "caller", **party}] if party else None)


def test_a_row_of_san_francisco_tells_of_each_stage(tmp_path: Path) -> None:
    row = {
        "dispatch_datetime": "01/01/2024 12:10:00 AM",
        "enroute_datetime": "2024-01-01T00:11:00.000",
        "onscene_datetime": "2024-01-01T00:20:00+00",
        "close_datetime": "2024 Jan 01 01:20:00 AM",
        "disposition": "REP",
    }
    assert _short(_events(tmp_path, "san_francisco", _sf(row))) == [
        ("call.received", "240010033:received", "2024-01-01T00:03:08-08:00"),
        ("call.dispatched", "240010033:dispatched", "2024-01-01T00:10:00-08:00"),
        ("call.arrived", "240010033:arrived", "2024-01-01T00:20:00-08:00"),
        ("call.closed", "240010033:closed:2024 Jan 01 01:20:00 AM", "2024-01-01T01:20:00-08:00"),
    ]
    canceled = _events(tmp_path, "san_francisco", _sf(row | {"disposition": "can"}))
    assert [event["type"] for event in canceled][-1] == "call.canceled"


def test_what_is_not_known_yet_is_no_event(tmp_path: Path) -> None:
    assert [event["type"] for event in _events(tmp_path, "san_francisco", _sf({}))] == ["call.received"]


def test_another_type_or_priority_in_the_end_is_a_reclassification(tmp_path: Path) -> None:
    row = {
        "dispatch_datetime": "2024-01-01T00:10:00",
        "call_type_final": "418DV",
        "call_type_final_desc": "FIGHT DV",
        "priority_final": "A",
        "call_type_original_desc": "BURGLARY",
    }
    told = _events(tmp_path, "san_francisco", _sf(row))
    assert _short(told)[:3] == [
        ("call.received", "240010033:received", "2024-01-01T00:03:08-08:00"),
        ("call.reclassified", "240010033:type:418DV", "2024-01-01T00:10:00-08:00"),
        ("call.reclassified", "240010033:priority:A", "2024-01-01T00:10:00-08:00"),
    ]
    for order in permutations(told):
        call = _call(list(order))
        assert (call.type_code, call.priority) == ("FIGHT DV", "A")
        assert set(call.type_codes) == {"BURGLARY", "FIGHT DV"}
    assert never_texted("FIGHT DV") == "domestic_violence"


@pytest.mark.parametrize(
    ("flag", "is_officers"),
    [("Y", True), ("HSOC", True), ("", True), ("true", True), ("N", False), ("false", False)],
)
def test_an_on_view_call_is_officer_initiated(tmp_path: Path, flag: str, is_officers: bool) -> None:
    call = _call(_events(tmp_path, "san_francisco", _sf({"onview_flag": flag})))
    assert (never_texted(call.how_received or "") == "officer_initiated") is is_officers


@pytest.mark.parametrize("flag", ["true", "TRUE", "Y", "1", "", "perhaps"])
def test_a_sensitive_call_is_never_texted_and_its_caller_is_not_kept(tmp_path: Path, flag: str) -> None:
    row = {"caller_phone": "415-555-0131", "caller_name": "Jamie", "close_datetime": "2024-01-01T01:00"}
    told = _events(tmp_path, "san_francisco", _sf({**row, "sensitive_call": flag}))
    assert [event["data"] for event in told] == [{"type_code": "SENSITIVE CALL"}]
    assert never_texted("SENSITIVE CALL") == "sensitive"
    before = _events(tmp_path, "san_francisco", _sf(row))
    assert before[0]["data"]["parties"][0]["phone"] == "415-555-0131"
    for order in ([*before, *told], [*told, *before]):  # it became sensitive, and whatever came first
        assert "SENSITIVE CALL" in _call(order).type_codes


TAMPA = """\
LOG_ID,INCIDENT,WHAT,AT,CALL_TYPE,PRIORITY,SOURCE,IN_PROGRESS,DISTRICT,CALLER_NAME,CALLER_PHONE,CLASS_OF_SERVICE,LANGUAGE,RANK,OFFICER,OFFICER_CONTACT,CASE_NUMBER,DISPOSITION
1,24-117,RCVD,2024-03-01 08:00:12,THEFT GRAND,4,911,N,D2,Jamie Doe,(813) 555-0131,WPH2,Español,,,,,
2,24-117,DISP,2024-03-01 08:05:00,,,,,,,,,Spanish,,,,,
3,24-117,DIVT,2024-03-01 08:09:00,,,,,,,UNK,,,,,,,
4,24-117,NOTE,2024-03-01 08:10:00,,,,,,,,,,,,,,
5,24-117,ONSC,03/01/2024 09:00:00,,,,,,,,,,Ofc.,Lee,813-555-0100,,
6,24-117,TYPE,03/01/2024 09:10:00 AM,THEFT PETTY,4,,,,,,,,,,,,
7,24-117,CLSD,03/01/2024 09:30:00 AM,,,,,,,,,,,Lee,,24-9001,REPORT
8,24-118,CANC,2024-03-01 08:00:12,THEFT GRAND,4,OI,Y,D2,,123,,,,,,,
"""


def test_the_full_example_of_dispatch_tells_of_a_calls_whole_life(tmp_path: Path) -> None:
    told = _events(tmp_path, "tampa", TAMPA.replace(",123,", ",,"))
    assert [event["type"] for event in told] == [
        "call.received",
        "call.dispatched",
        "call.diverted",
        "call.arrived",
        "call.reclassified",
        "call.closed",
        "call.canceled",
    ]
    call = _call(told[:-1])
    assert (call.type_code, call.officer, call.report_number) == ("THEFT PETTY", "Lee", "24-9001")
    (caller,) = call.parties
    assert (caller.phone, caller.class_of_service, caller.language) == ("+18135550131", "WPH2", "es")
    assert told[0]["time"] == "2024-03-01T08:00:12-05:00"


def test_a_phone_that_is_none_is_told_with_its_column(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(TAMPA)
    read = load(find("tampa"))
    with open_table(path, read.shape, read.wanted_columns) as table:
        rows = list(tried(table, Translator(read)))
    (wrong,) = rows[-1].wrong
    assert (rows[-1].line, wrong.columns, wrong.field) == (9, ("CALLER_PHONE",), "data.parties.0.phone")
    assert "expected a phone number" in wrong.reason
    assert [row.line for row in rows if not row.events and not row.wrong] == [5]
    assert rows[3].unmet[0] == ("call.received", "WHAT")


_REPORT_ROWS = [
    {"person_no": "1", "person_role": "V", "victim_type": "I", "first_name": "Jamie", "last_name": "Doe"}
    | {
        "birth_date": "04/05/1990",
        "phone": "(520) 555-0131",
        "phone_class": "WRLS",
        "email": "jamie@example.org",
    }
    | {"street": "1 W Oak St", "city": "Tucson", "state": "AZ", "zip": "85701", "language": "Spanish"}
    | {"relationships": "ST;AQ"},
    {"person_no": "2", "person_role": "RP", "last_name": "Roe", "phone": "UNK", "email": "none"},
    {"person_no": "3", "person_role": "REP", "last_name": "Poe", "represents": "V1", "phone": "5205550133"},
    {
        "person_no": "4",
        "person_role": "A",
        "last_name": "Foe",
        "arrest_no": "A77",
        "arrested_at": "11/03/2024 07:00",
    }
    | {"appearance": "Nov 4, 9 am, City Court", "custody_phone": "520-555-0104"},
    {"person_no": "5", "person_role": "NEIGHBOR", "last_name": "Moe"},
]
_REPORT = {
    "report_no": "2411-00372",
    "call_id": "T1",
    "entered": "11/01/2024 10:02",
    "modified": "11/01/2024 10:02",
    "reported": "11/01/2024 08:15",
    "offenses": "220;290",
    "status": "OPEN",
    "division": "ODW",
    "unit": "PROP",
    "officer": "Ofc. Ruiz",
    "officer_phone": "520-555-0103",
}


def _reports(*changes: dict[str, str]) -> str:
    out = io.StringIO()
    read = load(find("tucson_reports"))
    writer = csv.DictWriter(
        out, sorted(read.wanted_columns | read.optional_columns), restval="", delimiter="|"
    )
    writer.writeheader()
    writer.writerows({**_REPORT, **row, **change} for row in _REPORT_ROWS for change in changes or ({},))
    return out.getvalue()


def test_the_full_example_of_records_has_everybody_in_their_roles(tmp_path: Path) -> None:
    told = _events(tmp_path, "tucson_reports", _reports())
    case = _case(told)
    assert {party.id: party.role.value for party in case.parties} == {
        "V1": "victim",
        "RP2": "caller",
        "REP3": "representative",
        "A4": "arrestee",
        "NEIGHBOR5": "other",
    }
    victim = next(party for party in case.parties if party.id == "V1")
    assert (victim.name, victim.phone, victim.email) == ("Jamie Doe", "+15205550131", "jamie@example.org")
    assert victim.address == ("1 W Oak St", "Tucson, AZ 85701")
    assert str(victim.birth_date) == "1990-04-05"
    assert (victim.language, victim.victim_type, victim.relationships) == ("es", "I", ("ST", "AQ"))
    reporting = next(party for party in case.parties if party.id == "RP2")
    assert (reporting.name, reporting.phone, reporting.email) == ("Roe", None, None)
    assert next(party.represents for party in case.parties if party.id == "REP3") == "V1"
    assert (case.offenses, case.division, case.unit) == (("220", "290"), "west", "property")
    assert (case.officer, case.officer_contact, case.call_number) == ("Ofc. Ruiz", "+15205550103", "T1")
    assert (case.appearance, case.custody_phone) == ("Nov 4, 9 am, City Court", "+15205550104")
    assert [event["type"] for event in told].count("arrest.made") == 1


def test_a_correction_in_records_is_an_update_and_the_same_row_is_not(tmp_path: Path) -> None:
    first = _events(tmp_path, "tucson_reports", _reports())
    again = _events(tmp_path, "tucson_reports", _reports())
    assert [event["id"] for event in first] == [event["id"] for event in again]
    change = {"modified": "11/02/2024 09:00", "offenses": "13B"}
    later = _events(tmp_path, "tucson_reports", _reports(change))
    assert {event["type"] for event in later} == {"report.filed", "report.updated", "arrest.made"}
    assert _case([*later, *first]).offenses == _case([*first, *later]).offenses == ("13B",)


def test_a_detective_and_a_status_are_told_once_for_all_rows(tmp_path: Path) -> None:
    change = {"detective": "Det. Kim", "assigned_at": "11/02/2024 09:00"}
    change |= {"status": "EXCEPTIONAL", "status_at": "11/05/2024 09:00"}
    told = _events(tmp_path, "tucson_reports", _reports(change))
    assert len({event["id"] for event in told if event["type"] == "case.assigned"}) == 1
    assert len({event["id"] for event in told if event["type"] == "case.status_changed"}) == 1
    assert (_case(told).status, _case(told).assigned_to) == ("closed", "Det. Kim")


def test_a_mapping_is_found_by_its_name_or_its_path(tmp_path: Path) -> None:
    assert find("tampa") == find("tampa.yaml") == MAPPINGS / "tampa.yaml"
    own = tmp_path / "own.yaml"
    own.write_text("source: own\n")
    assert find(str(own)) == own
    assert find("own", [tmp_path]) == own
    (tmp_path / "tampa.yaml").write_text("source: own\n")
    assert find("tampa", [tmp_path]) == tmp_path / "tampa.yaml"
    with pytest.raises(BadMapping, match="tuscon: there is no such mapping; did you mean tucson"):
        find("tuscon")
    with pytest.raises(BadMapping, match=r"Expected a file, or one of milwaukee, phoenix"):
        find("zzz")
