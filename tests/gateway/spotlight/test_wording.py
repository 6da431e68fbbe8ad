"""Whatever staff may come to read has words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from gateway.outbox import elsewhere
from gateway.outbox.reactions import Reaction
from gateway.spotlight.wording import DETAILS, REASONS, TASKS
from rules.suppression import Reason

ROOT = Path(__file__).parent.parent.parent.parent
OPENERS = {"NewTask": 1, "OpenTask": 0, "task": 0, "_task": 2, "TaskWanted": 0}
"""What opens a task, and where in it the kind stands if it is not named."""
FOR_MACHINES = {"text", "conversation"}
"""Details that lead to the text, and are not shown."""


def calls() -> Iterator[ast.Call]:
    for room in ("gateway", "rules", "conversations"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and name_of(node.func) in OPENERS:
                    yield node


def name_of(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def kinds() -> set[str]:
    """Every kind of task that is opened anywhere, as far as it stands there in so many words."""
    found = set()
    for one in calls():
        named = next((keyword.value for keyword in one.keywords if keyword.arg == "kind"), None)
        place = OPENERS[name_of(one.func)]
        kind = named or (one.args[place] if len(one.args) > place else None)
        found |= {n.value for n in ast.walk(kind) if isinstance(n, ast.Constant)} if kind else set()
    return {kind for kind in found if isinstance(kind, str)}


def test_every_kind_of_task_that_is_opened_anywhere_has_a_title_and_says_what_to_do() -> None:
    found = kinds()
    assert {"distress", "surge", "feed_silent", "owed_notice", "unknown_code", "answer_blocked"} <= found
    assert found <= TASKS.keys(), f"no words for {found - TASKS.keys()}"
    assert all(kind.title and kind.ask.endswith(".") for kind in TASKS.values())


def test_every_reason_has_a_sentence() -> None:
    reasons = {*Reason, *Reaction, elsewhere.NO_WORD, elsewhere.MAIL_REFUSED, elsewhere.RETURNED}
    assert reasons <= REASONS.keys(), f"no words for {reasons - REASONS.keys()}"


def test_what_a_surge_a_silent_feed_and_a_recall_tell_has_a_name() -> None:
    told = {"notice", "seen", "usual", "feed", "heard", "number", "emails", "letters", "reason", "party"}
    assert told <= DETAILS.keys() | FOR_MACHINES


def test_the_guide_of_operations_says_what_to_do_about_every_kind_of_task() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text()
    assert [kind for kind in sorted(TASKS) if f"`{kind}`" not in guide] == []
