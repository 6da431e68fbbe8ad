"""How well texts are understood is scored by rules that everybody can recompute."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from benchmarks.labelled import Labelled
from benchmarks.understanding import Accuracy, Taken, Verdict, counts, judge, measure, scores
from conversations.understanding import LANGUAGES, Intent
from gateway.cli.bench import bench

DISTRESS, OPT_OUT, UNCLEAR = Intent.DISTRESS, Intent.OPT_OUT, Intent.UNCLEAR_OPT_OUT
STATUS, CALLBACK, THANKS, HELP = Intent.STATUS, Intent.CALLBACK, Intent.THANKS, Intent.HELP
ANSWER, UNKNOWN, OPT_IN = Intent.ANSWER, Intent.UNKNOWN, Intent.OPT_IN


def verdict(labelled: dict[str, Any], *taken: Intent, chosen: str | None = None) -> Verdict:
    return judge(Labelled(**{"text": "a text", "language": "en"} | labelled), Taken(taken, chosen))


@pytest.mark.parametrize(
    ("labelled", "taken", "missed", "wrong"),
    [
        pytest.param({"intent": STATUS}, [STATUS], [], [], id="taken for what it means"),
        pytest.param({"intent": STATUS}, [DISTRESS, STATUS], [], [DISTRESS], id="and for something more"),
        pytest.param({"intent": STATUS}, [UNKNOWN], [STATUS], [UNKNOWN], id="not understood"),
        pytest.param({"intent": DISTRESS, "also": (OPT_OUT,)}, [DISTRESS, OPT_OUT], [], [], id="both seen"),
        pytest.param({"intent": DISTRESS, "also": (OPT_OUT,)}, [OPT_OUT], [DISTRESS], [], id="one of two seen"),
        pytest.param({"intent": STATUS, "also": (DISTRESS,)}, [DISTRESS, STATUS], [], [], id="in any order"),
        pytest.param({"intent": HELP, "others": (DISTRESS,)}, [DISTRESS], [], [], id="what is accepted instead"),
        pytest.param({"intent": HELP, "others": (DISTRESS,)}, [HELP, DISTRESS], [], [], id="or beside"),
        pytest.param({"intent": HELP, "others": (DISTRESS,)}, [OPT_IN], [HELP], [OPT_IN], id="but nothing else"),
        pytest.param(
            {"intent": HELP, "also": (STATUS,), "others": (UNKNOWN,)}, [UNKNOWN], [STATUS], [],
            id="which excuses no second meaning",
        ),
        pytest.param({"intent": STATUS}, [STATUS, THANKS], [], [], id="courtesy beside it is nothing wrong"),
        pytest.param({"intent": STATUS}, [THANKS], [STATUS], [THANKS], id="courtesy alone is"),
        pytest.param({"intent": STATUS, "also": (THANKS,)}, [STATUS], [], [], id="and need not be seen"),
        pytest.param({"intent": UNKNOWN, "also": (CALLBACK,)}, [CALLBACK], [], [], id="nor what is left over"),
        pytest.param({"intent": ANSWER}, [OPT_IN], [ANSWER], [OPT_IN], id="an answer is no command"),
        pytest.param({"intent": UNKNOWN}, [ANSWER], [UNKNOWN], [ANSWER], id="and not everything is an answer"),
    ],
)  # fmt: skip
def test_a_text_is_held_against_its_labels(
    labelled: dict[str, Any], taken: list[Intent], missed: list[Intent], wrong: list[Intent]
) -> None:
    told = verdict(labelled, *taken)
    assert (list(told.missed), list(told.wrong)) == (missed, wrong)
    assert told.is_right is not bool(missed or wrong)


def test_precision_is_of_what_was_taken_for_it_and_recall_of_what_means_it() -> None:
    told = scores(
        [
            verdict({"intent": STATUS}, STATUS),
            verdict({"intent": CALLBACK, "also": (STATUS,)}, CALLBACK, STATUS),
            verdict({"intent": STATUS}, UNKNOWN),
            verdict({"intent": STATUS, "others": (CALLBACK,)}, CALLBACK),
            verdict({"intent": UNKNOWN}, STATUS),
        ]
    )
    status = told[STATUS]
    assert (status.meant, status.seen, status.wrong) == (3, 2, 1)
    assert (status.precision, status.recall) == (2 / 3, 2 / 3)
    assert str(status) == "67/67 3"
    assert (told[CALLBACK].precision, told[CALLBACK].recall) == (1, 1)
    assert str(told[HELP]) == "-/- 0"


def test_what_may_not_go_wrong_is_counted_apart() -> None:
    told = counts(
        [
            verdict({"intent": OPT_OUT, "keyword": True}, OPT_OUT),
            verdict({"intent": OPT_OUT, "keyword": True}, UNKNOWN),
            verdict({"intent": OPT_OUT}, UNCLEAR),
            verdict({"intent": DISTRESS, "also": (OPT_OUT,)}, DISTRESS, OPT_OUT),
            verdict({"intent": STATUS, "tempts": OPT_OUT}, OPT_OUT, STATUS),
            verdict({"intent": STATUS, "tempts": OPT_OUT}, UNCLEAR),
            verdict({"intent": STATUS, "tempts": OPT_OUT}, UNKNOWN),
            verdict({"intent": UNKNOWN, "tempts": DISTRESS}, DISTRESS),
            verdict({"intent": Intent.LANGUAGE, "chosen": "ar"}, Intent.LANGUAGE, chosen="ar"),
            verdict({"intent": Intent.LANGUAGE, "chosen": "ar"}, Intent.LANGUAGE, chosen="fa"),
            verdict({"intent": Intent.LANGUAGE}, Intent.LANGUAGE),
        ]
    )
    assert told == {
        "opt-outs seen, keywords": (1, 2),
        "opt-outs seen, natural": (1, 2),
        "hard negatives opted out (must be 0)": (1, 3),
        "hard negatives held for a person": (1, 3),
        "distress seen": (1, 1),
        "hard negatives taken for distress": (1, 1),
        "both meanings seen": (1, 1),
        "language chosen rightly": (1, 2),
    }


def shown(accuracy: Accuracy, misses: bool = False) -> str:
    console = Console(width=160, file=StringIO(), record=True)
    for table in accuracy.tables(misses):
        console.print(table)
    return console.export_text()


def test_missed_distress_and_wrong_opt_outs_are_always_listed_and_other_misses_on_request() -> None:
    accuracy = Accuracy(
        {
            "en": [
                verdict({"intent": DISTRESS, "text": "he is [here]"}, STATUS),
                verdict({"intent": STATUS, "text": "did he stop"}, OPT_OUT),
                verdict({"intent": CALLBACK, "text": "ring me"}, UNKNOWN),
                verdict({"intent": THANKS, "text": "cheers"}, THANKS),
            ],
            "fa": [verdict({"intent": Intent.LANGUAGE, "text": "dari", "chosen": "fa"}, Intent.LANGUAGE)],
        }
    )
    graves, everything = shown(accuracy), shown(accuracy, misses=True)
    for text in ("he is [here]", "did he stop"):
        assert text in graves
    for text in ("ring me", "dari"):
        assert text not in graves
        assert text in everything
    assert "cheers" not in everything
    assert "misses" not in accuracy.plain(misses=False)
    assert [one["text"] for one in accuracy.plain(misses=True)["misses"]] == [
        "he is [here]",
        "did he stop",
        "ring me",
        "dari",
    ]


def test_both_halves_are_measured_together_or_one_by_one() -> None:
    work, measured, both = (measure(half, ["sw"]).verdicts["sw"] for half in ("work", "measure", "both"))
    assert [*work, *measured] == both


def test_the_command_tells_of_each_language_in_a_table_and_in_json() -> None:
    asked = ["understanding", "--half", "work", "--language", "en", "--language", "ar"]
    table = CliRunner().invoke(bench, asked)
    assert table.exit_code == 0, table.output
    for heading in ("opt_out", "Distress that was missed", "Wrongly opted out"):
        assert heading in table.output
    assert "All misses" not in table.output
    told = json.loads(CliRunner().invoke(bench, [*asked, "--json", "--misses"]).output)
    assert told["half"] == "work"
    assert list(told["languages"]) == ["en", "ar"]
    assert set(told["languages"]["ar"]["intents"]) == set(Intent)
    assert {one["language"] for one in told["misses"]} <= {"en", "ar"}


def test_the_command_measures_every_language_with_the_half_kept_for_that() -> None:
    told = json.loads(CliRunner().invoke(bench, ["understanding", "--json"]).output)
    assert told["half"] == "measure"
    assert tuple(told["languages"]) == LANGUAGES


@pytest.mark.parametrize(
    "arguments",
    [
        ["understanding", "outbox"],
        ["understanding", "--size", "3"],
        ["understanding", "--rounds", "1"],
        ["--half", "work"],
        ["outbox", "--language", "ar"],
        ["outbox", "--no-misses"],
        ["understanding", "--language", "de"],
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_starts(arguments: list[str]) -> None:
    assert CliRunner().invoke(bench, arguments).exit_code == 2
