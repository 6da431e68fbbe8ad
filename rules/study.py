"""Who is in which group of a study: A gets notices, B gets none, so that what notices do can be told."""

from __future__ import annotations

import hashlib
from datetime import date

from rules.policy_keys import Policy, Study
from rules.values import Case

_PARTS = 10_000


def group_of(policy: Policy, case: Case, day: date) -> str | None:
    """`A` or `B`, always the same for one report in one study; None where no study runs on that day for its division.

    `day` is the date of the report where the agency is, so that nobody changes groups while their case goes on.
    """
    study = next((one for one in policy.studies if _takes_part(one, case, day)), None)
    if study is None:
        return None
    drawn = hashlib.sha256(f"{study.name}:{case.number}".encode()).digest()
    return "B" if int.from_bytes(drawn[:8]) % _PARTS < study.without * _PARTS else "A"


def _takes_part(study: Study, case: Case, day: date) -> bool:
    return study.begin <= day <= study.end and (not study.divisions or _division(case) in study.divisions)


def _division(case: Case) -> str:
    return (case.division or "").lower()
