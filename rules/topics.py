"""What a call is about, by the code of its type, and what to tell its caller: see `topics.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML

from rules.content import Content, content_of
from rules.values import code_of

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Topic:
    """What calls of several types are about."""

    id: str
    content: Content
    known_as: frozenset[str]
    """How dispatch systems spell its types, as `code_of` has them."""


@cache
def topics() -> MappingProxyType[str, Topic]:
    """Every topic, by its id. Raises ValueError, naming the topic, where something to say is missing."""
    table = YAML(typ="safe").load(Path(__file__).parent / "topics.yaml")
    return MappingProxyType({id: _topic(id, entry) for id, entry in table.items()})


def _topic(id: str, entry: Mapping[str, Any]) -> Topic:
    return Topic(
        id=id,
        content=content_of(entry, f"rules/topics.yaml: {id}"),
        known_as=frozenset(map(code_of, entry["known_as"])),
    )


def topic_of(code: str, named: Mapping[str, str] = _NONE) -> Topic | None:
    """The topic of a call type; None if nobody knows it, and then there is nothing to say beside the facts.

    `named` is the agency's own table, from its call types to ids of topics. It wins over what is usual; an id in
    it that is no topic counts for nothing.
    """
    wanted = code_of(code)
    own = {code_of(spelled): id for spelled, id in named.items()}
    return topics().get(own.get(wanted, "")) or topics().get(_usual().get(wanted, ""))


@cache
def _usual() -> MappingProxyType[str, str]:
    """Ids by spelling."""
    return MappingProxyType({code: topic.id for topic in topics().values() for code in topic.known_as})
