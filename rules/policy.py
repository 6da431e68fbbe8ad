"""An agency's policy: one YAML file, read and checked at start, and known ever after by the hash of its text.

A mistake in the file is told with file, line, field and what was expected; nothing half-read is ever used.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from rules.consistency import inconsistencies
from rules.policy_keys import (
    TOPIC_OF,
    WAITS_FOR_MORNING,
    Agency,
    Channel,
    Conversation,
    Division,
    NoticeClass,
    NoticeRule,
    Policy,
    QuietHours,
    Study,
)
from rules.yamlfile import BadFile, expected
from rules.yamlfile import parse as parse_yaml
from rules.yamlfile import read as read_text

__all__ = [
    "POLICIES",
    "TOPIC_OF",
    "WAITS_FOR_MORNING",
    "Agency",
    "BadPolicy",
    "Channel",
    "Conversation",
    "Division",
    "NoticeClass",
    "NoticeRule",
    "PinnedPolicy",
    "Policy",
    "QuietHours",
    "Study",
    "load",
    "parse",
]

POLICIES = Path(__file__).parent / "policies"


class BadPolicy(BadFile):
    """A policy file can't be used."""


@dataclass(frozen=True)
class PinnedPolicy:
    """A policy with the hash by which every decision names it."""

    policy: Policy
    hash: str
    source: str


def load(
    path: Path, known_messages: frozenset[str] | None = None, known_surveys: frozenset[str] | None = None
) -> PinnedPolicy:
    """Read and check a policy file. `known_messages` and `known_surveys` are the ids that a notice may use.

    Raises BadPolicy with every mistake found, each with its line.
    """
    return parse(read_text(path, BadPolicy), str(path), known_messages, known_surveys)


def parse(
    source: str,
    name: str,
    known_messages: frozenset[str] | None = None,
    known_surveys: frozenset[str] | None = None,
) -> PinnedPolicy:
    """Like `load`, for a text that was read elsewhere; `name` stands in the error messages."""
    file = parse_yaml(source, name, BadPolicy, "agency, allowed and notices")
    try:
        policy = Policy.model_validate(file.plain)
    except ValidationError as error:
        found = [(each["loc"], expected(each, _KIND, Policy)) for each in error.errors(include_url=False)]
        raise BadPolicy(file.told(found)) from error
    if mistakes := list(inconsistencies(policy, known_messages, known_surveys)):
        raise BadPolicy(file.told(mistakes))
    return PinnedPolicy(policy, file.hash, source)


_KIND = "a policy; see rules/policies/template.yaml"
