from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.conditions import SAMPLE, BadCondition, Condition


@pytest.mark.parametrize(
    "source",
    [
        "party.wireless",
        "!party.wireless",
        "call.district == 'west' && call.priority in ['3', '4']",
        "case.offenses.exists(offense, offense.startsWith('23'))",
        "has(call.report_number)",
        "event.type == 'call.closed'",
        "case.assigned_to.size() > 3",
        "true",
    ],
)
def test_a_condition_over_known_facts_is_taken(source: str) -> None:
    assert Condition(source).source == source


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("party.wireless &&", "expected a CEL expression"),
        ("", "expected a CEL expression"),
        ("victim.age > 18", "victim is unknown; expected call, case, event, party"),
        ("party.wirelss", "party.wirelss is unknown; expected party.class_of_service"),
        ("has(call.adress)", "call.adress is unknown"),
        ("case.status == 'arested'", "case.status is never 'arested'; expected arrest, assigned, closed,"),
        ('party.role in ["caller", "suspect"]', "party.role is never 'suspect'; expected caller"),
        ("party.wirless", "did you mean party.wireless"),
        ("call.type", "expected an expression that is true or false"),
        ("'west'", "expected an expression that is true or false"),
        ("call.priority > 2", "compares what can't be compared"),
        ("upper(call.type) == 'THEFT'", "uses what CEL does not have"),
    ],
)
def test_a_condition_that_could_never_hold_is_a_mistake(source: str, told: str) -> None:
    with pytest.raises(BadCondition, match=told.replace(".", r"\.")):
        Condition(source)


@pytest.mark.parametrize(
    ("source", "values", "holds"),
    [
        ("party.wireless", {"party": {"wireless": True}}, True),
        ("party.wireless", {"party": {"wireless": False}}, False),
        ("party.wireless", {"party": {"wireless": "yes"}}, False),
        ("party.wireless", {"party": {}}, False),
        ("party.wireless", {}, False),
        ("!(call.district == 'west')", {"call": {}}, False),
        ("int(call.priority) > 2", {"call": {"priority": "zwei"}}, False),
        ("1 / (int(call.priority) - 3) == 1", {"call": {"priority": "3"}}, False),
        ("case.offenses[3] == '220'", {"case": {"offenses": []}}, False),
        ("9223372036854775807 + int(call.priority) > 0", {"call": {"priority": "1"}}, False),
        ("call.district == 'west' || true", {"call": {}}, True),
    ],
)
def test_a_condition_holds_only_where_it_says_so(source: str, values: dict[str, Any], holds: bool) -> None:
    assert Condition(source).holds(values) is holds


def test_a_condition_knows_what_it_speaks_of() -> None:
    assert Condition("case.offenses.exists(call_, call_ == '220') && party.wireless").names == {
        "case",
        "party",
    }


@given(
    st.dictionaries(
        st.sampled_from(sorted(SAMPLE)), st.recursive(st.none() | st.booleans() | st.text(), st.lists)
    )
)
def test_no_value_breaks_a_condition(values: dict[str, Any]) -> None:
    assert Condition("call.type == 'THEFT' && case.offenses[0] == '220'").holds(values) is False
