"""`./tidings rehearse`: what it tells of a file, checked by hand, and that it sends no type that is never texted."""

from __future__ import annotations

import csv
import json
import re
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli.rehearse import rehearse
from gateway.feeds import mapping as mappings
from gateway.rehearsal import feed
from gateway.rehearsal.play import play
from gateway.rehearsal.tally import Tally, tally
from locales import FOLDER, Catalogs
from rules.policy import load

POLICY = """\
agency: {id: test, name: Test Police, long_name: Test Police, time_zone: America/Chicago,
  phone: "+14145550100", records_phone: "+14145550101"}
allowed: {call_types: [THEFT, NOISE NUISANCE], offenses: [23H], not_texted: [FIRE], priority_required: no}
conversation: {offer_languages: []}
notices:
  - {id: call.received, on: call.received, to: [caller], message: [call.received], class: confirmation, expires: 30m}
  - {id: call.closed, on: call.closed, to: [caller], message: [call.closed], class: follow_up, expires: 12h}
"""
MAPPING = """\
source: cad
zone: America/Chicago
events:
  - {type: call.received, id: "{id}", subject: "{id}", time: "{time}", data: {type_code: "{nature}"}}
"""
HEADER = "id,time,nature\n"
NEVER = {
    "BATTERY DV": "domestic_violence",
    "TRBL W/SUBJ-DV": "domestic_violence",
    "FAMILY TROUBL-DV": "domestic_violence",
    "VIOL REST ORDER": "domestic_violence",
    "HOME VISIT DV": "domestic_violence",
    "ENTRY-DV": "domestic_violence",
    "BATTERY/DV": "domestic_violence",
    "theft - d.v.": "domestic_violence",
    "SUBJ WITH GUN": "never_automated",
    "SUBJ WITH WEAPON": "never_automated",
    "RECK USE OF WEAP": "never_automated",
    "SHOTSPOTTER": "never_automated",
    "CHILD ABUSE": "never_automated",
    "ELDER ABUSE": "never_automated",
    "HOSTAGE SIT": "never_automated",
    "SELF HARM": "never_automated",
    "SUICIDE ATTEMPT": "never_automated",
    "WELFARE CITIZEN": "never_automated",
    "IND EXPOSURE": "never_automated",
    "ROBBERY ARMED": "never_automated",
    "FIGHT": "in_progress",
    "911 HANG UP": "hang_up",
    "TRAFFIC STOP": "officer_initiated",
    "PARK AND WALK": "officer_initiated",
    "SUBJ STOP": "officer_initiated",
    "FIRE": "not_allowed",
    "QZX 17": "unknown_code",
}
"""Spellings of real dispatch systems -> the reason that each shows."""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Rehearse these rows."""

    def run(
        rows: str, *options: str, policy: str = POLICY, mapping: str = MAPPING, header: str = HEADER
    ) -> Result:
        (tmp_path / "p.yaml").write_text(policy)
        (tmp_path / "m.yaml").write_text(mapping)
        (tmp_path / "calls.csv").write_text(header + rows)
        given = [
            "--policy",
            tmp_path / "p.yaml",
            "--feed",
            tmp_path / "calls.csv",
            "--mapping",
            tmp_path / "m.yaml",
        ]
        return CliRunner().invoke(rehearse, [*map(str, given), *options], catch_exceptions=False)

    return run


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    read: dict[str, Any] = json.loads(result.stdout)
    return read


def rows(*types: str) -> str:
    return "".join(f"{number},2026-06-01 12:{number:02}:00,{code}\n" for number, code in enumerate(types))


def by_call_type(parts: list[dict[str, Any]]) -> Counter[str]:
    return sum((Counter(part["by_call_type"]) for part in parts), Counter[str]())


def test_the_figures_of_a_small_file_are_those_counted_by_hand(run: Run) -> None:
    found = told(
        run(rows("THEFT", "THEFT", "NOISE NUISANCE", "BATTERY DV", "FIRE", "QZX 17", "QZX 17"), "--json")
    )
    # Two of THEFT and one of NOISE NUISANCE, each confirmed and told of its end, in one segment each.
    assert found["notices"] == [
        {
            "id": rule,
            "recipients": 3,
            "segments": 3,
            "cost": 0.0237,
            "by_call_type": {"THEFT": 2, "NOISE NUISANCE": 1},
            "by_channel": {"text": 3},
            "by_language": {"en": 3},
        }
        for rule in ("call.received", "call.closed")
    ]
    assert {one["reason"]: (one["count"], one["by_call_type"]) for one in found["suppressed"]} == {
        "domestic_violence": (2, {"BATTERY DV": 2}),
        "not_allowed": (2, {"FIRE": 2}),
        "unknown_code": (4, {"QZX 17": 4}),
    }
    assert found["unknown"] == [{"code": "QZX 17", "count": 2}]
    assert [(task["kind"], task["count"]) for task in found["tasks"]] == [("unknown_code", 1)]
    assert found["totals"] == {"recipients": 6, "segments": 6, "cost": 0.0474, "suppressed": 8}
    assert (found["rows"], found["events"], found["rejected"]) == (7, {"call.received": 7}, [])
    assert found["by_day"] == {"2026-06-01": {"call.closed": 3, "call.received": 3}}
    assert {"what": "callers, each with a mobile phone", "count": 7} in found["made_up"]
    assert {"what": "call.closed (times)", "count": 7} in found["made_up"]


def test_what_is_never_texted_shows_with_its_reason_and_never_gets_a_notice(run: Run) -> None:
    found = told(run(rows("THEFT", *NEVER), "--json"))
    sent, kept = by_call_type(found["notices"]), by_call_type(found["suppressed"])
    assert sent == {"THEFT": 2}
    assert kept == {code.upper(): 2 for code in NEVER}
    reasons = {code: one["reason"] for one in found["suppressed"] for code in one["by_call_type"]}
    assert reasons == {code.upper(): reason for code, reason in NEVER.items()}


def test_each_call_type_adds_up(run: Run) -> None:
    types = ["THEFT", "FIRE", "QZX 17", "BATTERY DV"] * 7
    found = told(run(rows(*types), "--json"))
    both = by_call_type(found["notices"]) + by_call_type(found["suppressed"])
    assert both == {code: 2 * many for code, many in Counter(types).items()}


def test_a_language_mix_is_the_same_each_time_and_about_as_asked(run: Run) -> None:
    calls = "".join(f"{n},2026-06-01 {8 + n // 60:02}:{n % 60:02}:00,THEFT\n" for n in range(600))
    first, again = (told(run(calls, "--language-mix", "es=0.3,ar=0.1", "--json")) for _ in range(2))
    languages = first["notices"][0]["by_language"]
    assert languages == again["notices"][0]["by_language"]
    assert 140 <= languages["es"] <= 220
    assert 35 <= languages["ar"] <= 85
    arabic = next(one for one in first["examples"] if one["language"] == "ar")
    assert re.search("[\u0600-\u06ff]", arabic["text"])


def test_a_price_and_a_limit_are_kept_to(run: Run) -> None:
    found = told(run(rows(*["THEFT"] * 9), "--price", "0.01", "--limit", "4", "--json"))
    assert (found["rows"], found["totals"]["cost"]) == (4, 0.08)


def test_two_policies_are_compared_by_notice_and_call_type(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(
        POLICY.replace("NOISE NUISANCE]", "FIRE]").replace("not_texted: [FIRE]", "not_texted: [X]")
    )
    calls = rows("THEFT", "NOISE NUISANCE", "NOISE NUISANCE", "FIRE")
    found = told(run(calls, "--against", str(other), "--json"))
    assert found["differences"] == [
        {"id": rule, "call_type": code, "only_policy": here, "only_against": there, "reasons": reasons}
        for code, here, there, reasons in (
            ("NOISE NUISANCE", 2, 0, {"unknown_code": 2}),
            ("FIRE", 0, 1, {"not_allowed": 1}),
        )
        for rule in ("call.closed", "call.received")
    ]
    assert "Only --policy" in run(calls, "--against", str(other)).stdout


def test_a_feed_with_people_and_stages_is_left_as_it_is(run: Run) -> None:
    mapping = """\
source: cad
zone: America/Chicago
data: {priority: "3", how_received: phone, officer: {name: "{officer}"}, report_number: "{report}"}
events:
  - {type: call.received, id: "{id}", subject: "{id}", time: "{time}",
     data: {type_code: "{nature}", parties: [{role: caller, phone: "{phone}"}]}}
  - {type: call.closed, id: "{id}:closed", subject: "{id}", time: "{closed}"}
"""
    header = "id,time,nature,phone,closed,officer,report\n"
    calls = (
        "1,2026-06-01 12:00:00,THEFT,414-555-0150,2026-06-01 14:00:00,Novak,26-1\n"
        "2,2026-06-01 12:01:00,THEFT,,2026-06-01 12:30:00,Novak,26-2\n"
    )
    found = told(run(calls, "--json", mapping=mapping, header=header))
    assert found["made_up"] == []
    assert [(one["id"], one["recipients"]) for one in found["notices"]] == [
        ("call.received", 1),
        ("call.closed", 1),
    ]
    assert [(one["reason"], one["count"]) for one in found["suppressed"]] == [("no_party", 2)]
    assert found["by_hour"]["14"] == {"call.closed": 1}


def test_every_wrong_word_gets_an_answer(run: Run) -> None:
    def answer(*options: str) -> str:
        result = CliRunner().invoke(rehearse, ["--feed", __file__, *options], catch_exceptions=False)
        assert result.exit_code == 2
        return result.stderr

    assert "did you mean milwaukee?" in answer("--policy", "milwauke", "--mapping", "milwaukee")
    assert "did you mean milwaukee?" in answer("--policy", "milwaukee", "--mapping", "milwakee")
    assert "expected column" in answer("--policy", "milwaukee", "--mapping", "milwaukee")
    for mix, why in {
        "sp=0.3": "expected one of en, es",
        "es=3": "expected a share from 0 to 1",
        "es=x": "expected a share from 0 to 1",
        "es": "expected a share from 0 to 1",
        "es=0.6,fr=0.6": "found 1.2",
        "es=0.1,es=0.1": "es is there twice",
    }.items():
        assert why in run("", "--language-mix", mix).stderr
    for price in ("nan", "inf", "-1", "free"):
        assert "Invalid value for '--price'" in run(rows("THEFT"), "--price", price, "--json").stderr


def test_a_wrong_policy_names_its_line(run: Run) -> None:
    result = run(rows("THEFT"), policy=POLICY.replace("expires: 12h", "expires: soon"))
    assert result.exit_code == 2
    assert re.search(r"p\.yaml:\d+: notices\[?.*expires: expected a duration", result.stderr)


def test_rejected_rows_are_told_and_the_others_rehearsed(run: Run) -> None:
    result = run(rows("THEFT") + "8,yesterday,THEFT\n9,2026-06-01 13:00:00,\n", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["totals"]["recipients"] == 2
    assert [(one["field"], one["lines"]) for one in found["rejected"]] == [
        ("time", [3]),
        ("data.type_code", [4]),
    ]
    assert "Rejected" in run(rows("THEFT") + "8,yesterday,THEFT\n").stdout


def test_rows_in_any_order_end_in_the_same_report(run: Run) -> None:
    calls = [f"{n},2026-06-{1 + n // 20:02} {n % 20:02}:00:00,THEFT\n" for n in range(60)]
    forth, back = (told(run("".join(each), "--json")) for each in (calls, calls[::-1]))
    same = ("notices", "suppressed", "by_day", "by_hour", "heard_late")
    assert {name: forth[name] for name in same} == {name: back[name] for name in same}


def test_the_terminal_report_names_calls_and_types_and_no_person(run: Run) -> None:
    result = run(rows("THEFT", "BATTERY DV", "QZX 17"))
    assert result.exit_code == 0
    for part in ("Would have been sent", "domestic_violence", "1 BATTERY DV", "QZX 17", "Made up", "Tasks"):
        assert part in result.stdout
    assert not re.search(r"\+1\d{10}", result.stdout)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.headings: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        self._open.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in {"h1", "h2"} and data.strip():
            self.headings.append(data.strip())


def test_the_page_is_one_file_without_script_or_anything_from_elsewhere(run: Run, tmp_path: Path) -> None:
    calls = rows("THEFT", "<b>BATTERY DV", "QZX 17", "FIRE") + "9,when,THEFT\n"
    result = run(calls, "--html", str(tmp_path / "r.html"), "--against", "milwaukee")
    assert result.exit_code == 1, result.output
    source = (tmp_path / "r.html").read_text()
    page = _Page()
    page.feed(source)
    assert page.tags["svg"] == 2
    assert not {"script", "link", "img", "iframe", "object"} & page.tags.keys()
    assert not [told for name, told in page.attributes if name in {"src", "href"} and told != "#made-up"]
    assert not re.search(r"https?://(?!tidings\.example\.gov)|url\(|@import", source)
    assert "<b>BATTERY" not in source
    assert "prefers-color-scheme:dark" in source
    assert 'name="viewport"' in source
    assert page.headings == [
        "Rehearsal: Test Police",
        "Would have been sent",
        "Notices on each day",
        "Notices in each hour of the day",
        "Would not have been sent, and why",
        "Types and offenses that the policy does not know",
        "Tasks for people",
        "What the other policy would do differently",
        "Rejected",
        "What was made up",
    ]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)
    (tmp_path / "m.yaml").write_text(MAPPING)
    pinned, mapping, catalogs = (
        load(tmp_path / "p.yaml"),
        mappings.load(tmp_path / "m.yaml"),
        Catalogs.load(FOLDER),
    )

    def peak(many: int) -> int:
        """Of what is held at once while so many calls are read, one each four hours."""
        file = tmp_path / f"{many}.csv"
        with file.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["id", "time", "nature"])
            for number in range(many):
                at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=4 * number)
                writer.writerow([number, at.strftime("%Y-%m-%d %H:%M:%S"), "THEFT" if number % 9 else "FIRE"])
        reading = feed.reading(
            file, mapping, priority="3", priority_wanted=False, taken=frozenset(), languages={}, limit=None
        )
        counted = Tally(pinned.policy.agency.zone, 0.0079)
        tracemalloc.start()
        try:
            tally(play(pinned, reading.run(), catalogs=catalogs, surveys={}), counted)
            assert counted.recipients + counted.not_told == 2 * many
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(20)  # what is read once: words, patterns
    assert peak(1_000) < 1.5 * peak(200)
