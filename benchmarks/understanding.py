"""Understanding texts: how many are taken for what they mean, against the labelled ones, by intent and language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from benchmarks.labelled import HALVES, Labelled, read
from conversations.understanding import LANGUAGES, Intent, understand

# They say nothing beside another meaning, and understanding leaves them out there: they count only where they are
# all that a text means, or all that it was taken for.
_ALONE = frozenset({Intent.THANKS, Intent.MENU, Intent.ANSWER, Intent.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Taken:
    """What a text was taken for; the strongest meaning first."""

    meanings: tuple[Intent, ...]
    chosen: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One text, held against its labels.

    `expected` had to be seen, `missed` of it was not. `wrong` was seen and is not meant.
    """

    labelled: Labelled
    taken: Taken
    expected: tuple[Intent, ...]
    missed: tuple[Intent, ...]
    wrong: tuple[Intent, ...]

    @property
    def chose_rightly(self) -> bool | None:
        """None where the text names no language."""
        return None if self.labelled.chosen is None else self.labelled.chosen == self.taken.chosen

    @property
    def is_right(self) -> bool:
        return not self.missed and not self.wrong and self.chose_rightly is not False

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "language": self.labelled.language,
            "text": self.labelled.text,
            "meant": [self.labelled.intent, *self.labelled.also],
            "chosen": self.labelled.chosen,
            "taken_for": list(self.taken.meanings),
            "taken_for_chosen": self.taken.chosen,
        }


def judge(labelled: Labelled, taken: Taken) -> Verdict:
    """Hold what a text was taken for against its labels."""
    meant = (labelled.intent, *labelled.also)
    expected = tuple(intent for intent in meant if intent not in _ALONE) or (labelled.intent,)
    first, *beside = taken.meanings
    seen = (first, *(intent for intent in beside if intent not in _ALONE))
    if set(seen) & set(labelled.others):  # neither for the intent nor against it
        expected = tuple(intent for intent in expected if intent is not labelled.intent or intent in seen)
    return Verdict(
        labelled,
        taken,
        expected,
        missed=tuple(intent for intent in expected if intent not in seen),
        wrong=tuple(intent for intent in seen if intent not in (*meant, *labelled.others)),
    )


@dataclass(frozen=True, slots=True)
class Score:
    """One intent in one language: of `meant` texts that mean it `seen` were taken for it, and `wrong` others too."""

    meant: int
    seen: int
    wrong: int

    @property
    def precision(self) -> float | None:
        return self.seen / (self.seen + self.wrong) if self.seen + self.wrong else None

    @property
    def recall(self) -> float | None:
        return self.seen / self.meant if self.meant else None

    def __str__(self) -> str:
        shares = ("-" if share is None else f"{100 * share:.0f}" for share in (self.precision, self.recall))
        return f"{'/'.join(shares)} {self.meant}"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "n": self.meant,
            "seen": self.seen,
            "wrong": self.wrong,
            "precision": self.precision,
            "recall": self.recall,
        }


def scores(verdicts: Sequence[Verdict]) -> dict[Intent, Score]:
    """Each intent's score over these texts."""
    return {
        intent: Score(
            meant=sum(intent in one.expected for one in verdicts),
            seen=sum(intent in one.expected and intent not in one.missed for one in verdicts),
            wrong=sum(intent in one.wrong for one in verdicts),
        )
        for intent in Intent
    }


def _recalled(intent: Intent, keyword: bool) -> Callable[[Verdict], bool | None]:
    def tell(one: Verdict) -> bool | None:
        concerns = intent in one.expected and one.labelled.keyword is keyword
        return intent not in one.missed if concerns else None

    return tell


def _fell_for(tempted_by: Intent, taken_for: Intent) -> Callable[[Verdict], bool | None]:
    return lambda one: taken_for in one.wrong if one.labelled.tempts is tempted_by else None


# What each tells of a text: yes, no, or None where it does not concern it.
QUESTIONS: Mapping[str, Callable[[Verdict], bool | None]] = {
    "opt-outs seen, keywords": _recalled(Intent.OPT_OUT, keyword=True),
    "opt-outs seen, natural": _recalled(Intent.OPT_OUT, keyword=False),
    "hard negatives opted out (must be 0)": _fell_for(Intent.OPT_OUT, Intent.OPT_OUT),
    "hard negatives held for a person": _fell_for(Intent.OPT_OUT, Intent.UNCLEAR_OPT_OUT),
    "distress seen": _recalled(Intent.DISTRESS, keyword=False),
    "hard negatives taken for distress": _fell_for(Intent.DISTRESS, Intent.DISTRESS),
    "both meanings seen": lambda one: not one.missed if len(one.expected) > 1 else None,
    "language chosen rightly": lambda one: one.chose_rightly,
}


def counts(verdicts: Sequence[Verdict]) -> dict[str, tuple[int, int]]:
    """For each question of how many texts it is so, and how many it concerns."""
    told = {name: [tell(one) for one in verdicts] for name, tell in QUESTIONS.items()}
    return {name: (answers.count(True), len(answers) - answers.count(None)) for name, answers in told.items()}


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Every verdict, by language."""

    verdicts: Mapping[str, Sequence[Verdict]]

    @property
    def distress_missed(self) -> list[Verdict]:
        return [one for one in self._all() if Intent.DISTRESS in one.missed]

    @property
    def wrongly_opted_out(self) -> list[Verdict]:
        return [one for one in self._all() if Intent.OPT_OUT in one.wrong]

    @property
    def misses(self) -> list[Verdict]:
        return [one for one in self._all() if not one.is_right]

    def _all(self) -> Iterator[Verdict]:
        for verdicts in self.verdicts.values():
            yield from verdicts

    def plain(self, misses: bool) -> dict[str, Any]:
        """For JSON."""
        languages = {
            language: {
                "texts": len(verdicts),
                "intents": {intent: score.plain() for intent, score in scores(verdicts).items()},
                "counts": {name: {"so": so, "of": of} for name, (so, of) in counts(verdicts).items()},
            }
            for language, verdicts in self.verdicts.items()
        }
        lists = {"distress_missed": self.distress_missed, "wrongly_opted_out": self.wrongly_opted_out}
        lists |= {"misses": self.misses} if misses else {}
        return {"languages": languages} | {
            name: [one.plain() for one in ones] for name, ones in lists.items()
        }

    def tables(self, misses: bool) -> Iterator[Table]:
        """As people read it."""
        yield self._grid(
            "Precision/recall in %, of how many",
            {intent: {code: str(score) for code, score in told.items()} for intent, told in self._scores()},
        )
        told = {language: counts(verdicts) for language, verdicts in self.verdicts.items()}
        yield self._grid(
            "How many, of how many",
            {name: {code: "{}/{}".format(*told[code][name]) for code in told} for name in QUESTIONS},
        )
        yield _listed("Distress that was missed", self.distress_missed)
        yield _listed("Wrongly opted out", self.wrongly_opted_out)
        if misses:
            yield _listed("All misses", self.misses)

    def _scores(self) -> Iterator[tuple[Intent, dict[str, Score]]]:
        told = {language: scores(verdicts) for language, verdicts in self.verdicts.items()}
        for intent in Intent:
            yield intent, {language: told[language][intent] for language in told}

    def _grid(self, title: str, rows: Mapping[str, Mapping[str, str]]) -> Table:
        table = Table("", title=title, title_justify="left")
        for language in self.verdicts:
            table.add_column(language, justify="right")
        for name, cells in rows.items():
            table.add_row(name, *(cells[language] for language in self.verdicts))
        return table


def _listed(title: str, verdicts: Sequence[Verdict]) -> Table:
    table = Table("", "Text", "Meant", "Taken for", title=f"{title}: {len(verdicts)}", title_justify="left")
    for one in verdicts:
        meant = [one.labelled.intent, *one.labelled.also]
        cells = [(meant, one.labelled.chosen), (one.taken.meanings, one.taken.chosen)]
        told = (" + ".join(meanings) + f" ({chosen})" * bool(chosen) for meanings, chosen in cells)
        table.add_row(one.labelled.language, Text(one.labelled.text), *told)
    return table


def measure(half: str = "measure", languages: Iterable[str] = LANGUAGES) -> Accuracy:
    """Understand every text of a half, or of "both", in these languages."""
    halves = HALVES if half == "both" else (half,)
    return Accuracy(
        {
            language: [judge(one, _understood(one.text)) for half in halves for one in read(half, language)]
            for language in languages
        }
    )


def _understood(text: str) -> Taken:
    meant = understand(text)
    return Taken((meant.intent, *meant.also), meant.chosen_language)
