"""Whom a notice is addressed to."""

from __future__ import annotations

from datetime import date

from rules.policy_keys import NoticeRule
from rules.suppression import too_young
from rules.values import TEXTED_ROLES, Party, Record, Role


def recipients(
    rule: NoticeRule, record: Record, enrolled: frozenset[str], contacts: tuple[Party, ...], today: date
) -> tuple[Party, ...]:
    """The parties the rule speaks of, each once, in the order of its `to`.

    `enrolled` are phones, some of them of `contacts`, who do not stand on the record. `today` is the date where the
    agency is. A minor is stood for by the representative. Society as a victim is nobody whom one could tell.
    """
    stand_in: dict[str, Party] = {}
    for party in record.parties:
        if party.role is Role.REPRESENTATIVE and party.represents:
            stand_in.setdefault(party.represents, party)
    chosen: dict[str, Party] = {}
    for addressed in rule.to:
        for party in (*record.parties, *(contacts if addressed == "enrolled" else ())):
            if _is_addressed(party, addressed, enrolled) and party.victim_type != _SOCIETY:
                reached = stand_in.get(party.id, party) if too_young(party, today) else party
                chosen.setdefault(reached.id, reached)
    return tuple(chosen.values())


_SOCIETY = "S"


def _is_addressed(party: Party, addressed: Role | str, enrolled: frozenset[str]) -> bool:
    if addressed == "enrolled":
        return party.role in TEXTED_ROLES and party.phone in enrolled
    return party.role is addressed
