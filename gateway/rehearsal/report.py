"""Everything that the reports of one rehearsal tell, whichever way they tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.rehearsal.feed import Reading
from gateway.rehearsal.tally import Difference, Tally
from rules.policy import PinnedPolicy

REASONS = {
    "unknown_code": "the policy does not know this type",
    "not_allowed": "the policy does not text this type",
    "never_automated": "a subject that is never automated",
    "domestic_violence": "domestic violence, or it could be",
    "in_progress": "it is going on, or dangerous",
    "highest_priority": "the highest priority",
    "priority_unknown": "no priority was told",
    "hang_up": "a hang-up",
    "officer_initiated": "the police began it themselves",
    "sensitive_offense": "a sensitive offense",
    "offense_unknown": "no offense was told",
    "accused_number": "the number is also the accused's",
    "agency_number": "the number is the agency's own",
    "officer_victim": "the victim is an officer",
    "minor": "a minor",
    "age_unknown": "a victim of unknown age",
    "no_party": "nobody on the record is to be told of it",
    "no_phone": "no phone was told",
    "no_email": "no email address, or the agency sends none",
    "no_address": "no postal address, or the agency sends no letters",
    "not_wireless": "the number is no person's phone",
    "same_number": "the number was told already",
    "already_told": "another notice had told it",
    "survey_cap": "asked within the last 30 days",
    "condition": "the rule's condition does not hold",
    "study": "group B of a study",
    "feed_silent": "the feed was silent: it would be a guess",
    "stale": "too late to be said",
    "overtaken": "the call had moved on",
    "missing_fact": "a fact is missing without which it says nothing",
    "not_yet": "the data ends before it is due",
    "role": "a role that is never texted",
    "wrong_number": "the number has changed",
    "no_rule": "it has no such notice, or nobody to tell it",
}
"""Reason -> what a person reads beside it."""

TASKS = {
    "unknown_code": "look at a type that the policy does not know (one a day)",
    "owed_notice": "tell by letter or call what is owed",
    "missing_fact": "complete a record: a sentence was left out",
    "surge": "release or discard what is held: abnormally many in an hour",
}


@dataclass(frozen=True)
class Report:
    pinned: PinnedPolicy
    file: Path
    reading: Reading
    tally: Tally
    seconds: float
    against: PinnedPolicy | None = None
    differences: Sequence[Difference] = ()

    @property
    def without_rule(self) -> dict[str, int]:
        """Kinds of events in the file on which the policy has no notice -> how many."""
        answered = {rule.on for rule in self.pinned.policy.notices}
        return {kind.value: many for kind, many in self.reading.events.items() if kind not in answered}

    @property
    def by_notice(self) -> dict[str, tuple[int, int]]:
        """Notice -> (how many differ, of these only here), where two policies are compared."""
        here, there = Counter[str](), Counter[str]()
        for one in self.differences:
            here[one.notice] += one.only_here
            there[one.notice] += one.only_there
        return {notice: (here[notice], there[notice]) for notice in here}

    @property
    def rejects(self) -> list[tuple[str, str, int, list[int]]]:
        """(field, what was expected, how often, the first lines), the most frequent first."""
        told = [(where, why, lines[0], lines[1:]) for (where, why), lines in self.reading.reasons.items()]
        return sorted(told, key=lambda one: -one[2])

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        reading, tally = self.reading, self.tally
        compared = (
            {
                "against": {"agency": self.against.policy.agency.id, "hash": self.against.hash},
                "differences": [
                    {
                        "id": one.notice,
                        "call_type": one.call_type,
                        "only_policy": one.only_here,
                        "only_against": one.only_there,
                        "reasons": dict(one.reasons),
                    }
                    for one in self.differences
                ],
            }
            if self.against
            else {}
        )
        return {
            **tally.plain(),
            **compared,
            "totals": {
                "recipients": tally.recipients,
                "segments": tally.segments,
                "cost": tally.cost(tally.segments),
                "suppressed": tally.not_told,
            },
            "made_up": [{"what": what, "count": many} for what, many in reading.made_up.counts.items()],
            "rows": reading.rows,
            "rows_without_event": reading.silent,
            "events": {kind.value: many for kind, many in reading.events.items()},
            "events_without_rule": self.without_rule,
            "heard_late": reading.late,
            "rejected": [
                {"field": where, "reason": why, "count": many, "lines": lines}
                for where, why, many, lines in self.rejects
            ],
            "policy": {"agency": self.pinned.policy.agency.id, "hash": self.pinned.hash},
            "file": str(self.file),
            "price": tally.price,
            "seconds": round(self.seconds, 2),
        }
