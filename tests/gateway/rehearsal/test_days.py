"""A day of each department, from the feed to who was told what, and who was not and why."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from functools import cache

import pytest

from gateway.rehearsal.play import Line
from rules.policy import Policy
from tests.gateway.rehearsal.days import DAYS, NAMES, Day, day_of, told

SEEDS = range(3)
AT_MOST_LATE = timedelta(minutes=2)
"""Less than lies between any two events of a call in these days: nothing becomes stale or overtaken by it."""


@cache
def played(name: str) -> tuple[Day, tuple[Line, ...]]:
    day = day_of(name)
    return day, tuple(day.played())


def messages(policy: Policy, lines: Iterable[Line]) -> set[tuple[str, ...]]:
    """What was told, to whom, about what and by which way; not when, nor by which of the rules that tell the same."""
    return {
        (*line.record, rule.tells, line.party_id, line.occasion, line.channel or "", line.language)
        for line in lines
        if line.outcome == "sent" and (rule := policy.rule(line.rule))
    }


def tasks(lines: Iterable[Line]) -> set[tuple[str, ...]]:
    return {
        (*line.record, line.rule, line.party_id, line.reason or "")
        for line in lines
        if line.outcome == "task"
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_day_ends_as_it_is_written_down(name: str) -> None:
    """`python -m tests.gateway.rehearsal.days --write` writes it anew; read it before you keep it."""
    day, lines = played(name)
    assert told(day, lines) == (DAYS / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_day_has_late_doubled_and_reordered_events(name: str) -> None:
    day, _ = played(name)
    assert 25 <= len(day.events) <= 50
    assert [1 for came, event in day.events if came > event.time]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_any_order_of_arrival_ends_in_the_same_messages(name: str, seed: int) -> None:
    day, lines = played(name)
    chance = random.Random(seed)
    late = [(came + AT_MOST_LATE * chance.random(), event) for came, event in day.events]
    chance.shuffle(late)
    again = day.played(late)
    assert messages(day.pinned.policy, again) == messages(day.pinned.policy, lines)
    assert tasks(again) == tasks(lines)


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_day_that_is_told_at_once_ends_in_the_same_messages_in_any_order(name: str) -> None:
    """What it still tells is what is neither stale nor overtaken by then; the last event sets the clock."""
    day, _ = played(name)
    last = max(came for came, _ in day.events)
    outcomes = set()
    for seed in SEEDS:
        order = [event for _, event in day.events]
        random.Random(seed).shuffle(order)
        lines = day.played([(last, event) for event in sorted(order, key=lambda one: one.time != last)])
        outcomes.add(frozenset(messages(day.pinned.policy, lines)) | frozenset(tasks(lines)))
    assert len(outcomes) == 1
