"""Call types of other cities by every shipped policy: who gets a notice, and that all others are told why not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.rehearse import rehearse
from rules.never import never_texted
from rules.policy import POLICIES, load
from rules.values import code_of
from tests.rules.other_cities import HARMLESS, NEVER, STRANGERS
from tests.rules.test_never import listed

NAMES = ("demo", "milwaukee", "phoenix", "tampa", "tucson")


@cache
def types() -> tuple[str, ...]:
    never = [one for spelled in NEVER.values() for one in listed(spelled)]
    return tuple(dict.fromkeys([*never, *listed(STRANGERS), *listed(HARMLESS)]))


def rehearsed(policy: str, folder: Path) -> dict[str, Any]:
    """One call of each type, a minute apart, that is closed with a report."""
    begin = datetime(2024, 5, 1, 15, tzinfo=UTC)
    calls = folder / "calls.csv"
    rows = [
        f'{index},{begin + timedelta(minutes=index):%Y-%m-%d %H:%M:%S},{index % 7},"{name}",To be Filed'
        for index, name in enumerate(types())
    ]
    calls.write_text("\n".join(["id,time,district,nature,status", *rows]) + "\n", encoding="utf-8")
    options = ["--policy", policy, "--feed", str(calls), "--mapping", "milwaukee", "--json"]
    result = CliRunner().invoke(rehearse, options)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


@pytest.mark.parametrize("policy", NAMES)
def test_no_type_of_another_city_gets_a_notice_that_its_policy_does_not_allow(
    policy: str, tmp_path: Path
) -> None:
    told = rehearsed(policy, tmp_path)
    allowed = load(POLICIES / f"{policy}.yaml").policy.allowed.call_types
    notified = {name for notice in told["notices"] for name in notice["by_call_type"]}
    assert {code_of(name) for name in notified} <= allowed
    assert not [name for name in notified if never_texted(name)]
    assert notified or policy == "tucson"  # who tells of reports only
    untold = {name for one in told["suppressed"] for name in one["by_call_type"]}
    if policy != "tucson":
        assert {code_of(name) for name in types()} <= {code_of(name) for name in notified | untold}


@pytest.mark.parametrize("policy", ["demo", "milwaukee", "tampa", "phoenix"])
def test_what_is_never_texted_is_told_by_its_name_and_not_as_unknown(policy: str, tmp_path: Path) -> None:
    told = rehearsed(policy, tmp_path)
    unknown = {code_of(one["code"]) for one in told["unknown"]}
    assert not [name for name in unknown if never_texted(name)]
    assert code_of("PERSON WITH BAT") in unknown
    domestic = [one for one in told["suppressed"] if one["reason"] == "domestic_violence"]
    assert code_of("209A VIOLATION") in {code_of(name) for one in domestic for name in one["by_call_type"]}
