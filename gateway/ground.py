"""What every room stands on, put together once by `gateway.app` and handed down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from gateway.settings import Settings
from gateway.store.sealed import Vault
from gateway.wake import Waker
from locales import Catalogs
from rules.policy import BadPolicy, PinnedPolicy, Policy, load
from rules.survey import PinnedSurvey


class NoPolicy(LookupError):
    """An agency in the database has no policy file."""


@dataclass(frozen=True)
class Policies:
    """The policy of each agency, all read and checked at start."""

    by_agency: Mapping[str, PinnedPolicy]

    @classmethod
    def read(cls, folder: Path, known_messages: frozenset[str], known_surveys: frozenset[str]) -> Policies:
        """Every .yaml file of the folder but the template. Raises BadPolicy with all mistakes of all files."""
        found: dict[str, PinnedPolicy] = {}
        mistakes = []
        for path in sorted(folder.glob("*.yaml")):
            if path.stem == "template":
                continue
            try:
                pinned = load(path, known_messages, known_surveys)
            except BadPolicy as error:
                mistakes.append(str(error))
                continue
            agency_id = pinned.policy.agency.id
            if agency_id in found:
                mistakes.append(f"{path}:1: agency.id: {agency_id} has another policy file already")
            found[agency_id] = pinned
        if mistakes:
            raise BadPolicy("\n".join(mistakes))
        return cls(found)

    def without_email(self) -> Policies:
        """The same for a line that has no mail server: to the rules, no agency has an address to send from."""
        return Policies(
            {
                agency_id: replace(one, policy=_unmailed(one.policy))
                for agency_id, one in self.by_agency.items()
            }
        )

    def of(self, agency_id: str) -> PinnedPolicy:
        """Raises NoPolicy."""
        if agency_id not in self.by_agency:
            raise NoPolicy(f"agency {agency_id} has no policy file")
        return self.by_agency[agency_id]


def _unmailed(policy: Policy) -> Policy:
    agency = policy.agency.model_copy(update={"email": None})
    return policy.model_copy(update={"agency": agency})


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Ground:
    """The parts that all rooms share."""

    settings: Settings
    database: Engine
    vault: Vault
    policies: Policies
    catalogs: Catalogs
    waker: Waker
    clock: Callable[[], datetime] = utc_now
    surveys: Mapping[str, PinnedSurvey] = field(default_factory=dict)
    """Each survey as its file says it now, by its id."""
