"""Realistic longest values, to measure sentences with before any is sent."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml import YAML

from locales.facts import Fact, Link, Phone, Say
from locales.po import Sentence

SHIPPED = Path(__file__).with_name("samples.yaml")


@dataclass(frozen=True)
class Longest:
    """The longest sentence whose name begins with the prefix, in the language at hand."""

    prefix: str


Sample = str | int | Phone | Link | datetime | Longest
Samples = Mapping[str, Sample]

_KINDS: dict[object, Callable[[str], Sample]] = {
    "phone": Phone,
    "link": Link,
    "time": datetime.fromisoformat,
    "longest": Longest,
}


class SamplesError(ValueError):
    """The samples file has a value that is not one of the kinds it names."""


def load_samples(path: Path = SHIPPED) -> Samples:
    """Read the file; raises SamplesError, which names the fact and what was expected."""
    written = YAML(typ="safe").load(path)
    return MappingProxyType({name: _sample(path, name, value) for name, value in written.items()})


def _sample(path: Path, name: str, value: object) -> Sample:
    match value:
        case str() | int():
            return value
        case dict() if len(value) == 1 and (kind := next(iter(value))) in _KINDS:
            return _KINDS[kind](value[kind])
        case _:
            raise SamplesError(
                f"{path}: {name}: expected text, a number, or one of {', '.join(map(str, _KINDS))}"
            )


def sample_facts(samples: Samples, sentences: Iterable[Sentence]) -> dict[str, Fact]:
    """The samples as facts for one language, whose sentences these are."""
    known = tuple(sentences)
    return {
        name: _longest(sample.prefix, known) if isinstance(sample, Longest) else sample
        for name, sample in samples.items()
    }


def _longest(prefix: str, sentences: Iterable[Sentence]) -> Fact:
    named = [sentence for sentence in sentences if sentence.message_id.startswith(prefix)]
    return Say(max(named, key=lambda sentence: len(sentence.forms[0])).message_id) if named else ""
