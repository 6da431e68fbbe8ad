"""What staff see of the day, and the tasks they do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from gateway.ground import Ground
from gateway.spotlight.wording import TASKS
from gateway.store import agencies, tasks
from gateway.store.tables import messages
from gateway.store.tables import tasks as table
from gateway.store.tasks import NewTask
from gateway.texts.turn import Text, take_turn
from tests.gateway.spotlight.conftest import Browser, Clock
from tests.gateway.world import JAMIE, LINE

Opening = Callable[..., int]


def words(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", page)).split())


@pytest.fixture
def open_task(ground: Ground, clock: Clock) -> Opening:
    """Opens a task and returns its id."""

    def open_task(
        kind: str, agency: str = "demo", hours: float = 24, urgent: bool = False, **detail: str
    ) -> int:
        due = clock() + timedelta(hours=hours)
        with ground.database.begin() as connection:
            new = NewTask(agency, kind, f"{kind}:{uuid4()}", detail, clock(), due, urgent=urgent)
            tasks.open_tasks(connection, [new])
            return connection.scalar(select(table.c.id).order_by(table.c.id.desc()))

    return open_task


@pytest.fixture
def text(ground: Ground) -> Callable[[str], None]:
    """A person texts."""

    def text(body: str) -> None:
        params = {"Body": body, "From": JAMIE}
        take_turn(ground, Text(f"SM{uuid4().hex}", JAMIE, LINE.numbers[0], body, params=params))

    return text


def add_message(
    ground: Ground, clock: Clock, state: str, age: timedelta = timedelta(0), agency: str = "demo"
) -> None:
    with ground.database.begin() as connection:
        agencies.add_sender(connection, "milwaukee", "+15205550188")
        sender = agencies.sender_of(connection, agency)
        connection.execute(
            insert(messages).values(
                id=uuid4(), agency_id=agency, intent_key=str(uuid4()), notice="report.filed",
                notice_class="follow_up", priority=50, sender_id=sender.id, phone_hash=b"h", phone=JAMIE,
                body="b", language="en", encoding="GSM-7", segments=1, state=state, due_at=clock(),
                created_at=clock() - age,
            )
        )  # fmt: skip


def test_messages_of_the_last_day_are_counted_by_what_became_of_them(
    clerk: Browser, ground: Ground, clock: Clock
) -> None:
    for state in ("delivered", "delivered", "failed"):
        add_message(ground, clock, state)
    add_message(ground, clock, "undelivered", age=timedelta(hours=25))
    add_message(ground, clock, "suppressed", agency="milwaukee")
    page = words(clerk.get("/spotlight/").text)
    assert "Delivered 2" in page
    assert "Refused by the carrier 1" in page
    assert "Could not be delivered" not in page, "it is older than a day"
    assert "Held back" not in page, "it is another agency's"


def test_texts_are_counted_by_what_they_were_taken_for(clerk: Browser, text: Callable[[str], None]) -> None:
    for body in ("STATUS", "estado", "STOP"):
        text(body)
    page = words(clerk.get("/spotlight/").text)
    assert "Status of the case 2" in page
    assert "Stop 1" in page


def test_nothing_at_all_is_a_page_too(clerk: Browser) -> None:
    page = words(clerk.get("/spotlight/").text)
    assert "Nothing waits for a person." in page
    assert "No messages yet." in page


@pytest.mark.parametrize("kind", sorted(TASKS))
def test_every_kind_of_task_says_what_happened_and_what_to_do(
    clerk: Browser, open_task: Opening, kind: str
) -> None:
    open_task(kind)
    page = words(clerk.get("/spotlight/").text)
    assert TASKS[kind].title in page
    assert TASKS[kind].ask in page


def test_a_kind_without_words_is_shown_all_the_same(clerk: Browser, open_task: Opening) -> None:
    open_task("brand_new")
    assert "Brand new" in clerk.get("/spotlight/").text


def test_urgent_tasks_come_first_and_then_those_due_first(clerk: Browser, open_task: Opening) -> None:
    open_task("callback", hours=30)
    open_task("missing_fact", hours=-3)
    open_task("distress", hours=40, urgent=True)
    page = words(clerk.get("/spotlight/").text)
    places = [page.index(TASKS[kind].title) for kind in ("distress", "missing_fact", "callback")]
    assert places == sorted(places)
    assert "Urgent" in page
    assert "overdue by 3 hours" in page
    assert "due in 30 hours" in page
    assert "For a person to do 3" in page


def test_a_task_tells_its_report_and_why_in_words(clerk: Browser, open_task: Opening) -> None:
    open_task("owed_notice", number="2611-1", notice="arrest.made", reason="opted_out", party="victim")
    page = clerk.get("/spotlight/").text
    assert 'href="/spotlight/why?number=2611-1"' in page
    assert "The person said stop." in page


def test_a_task_that_is_done_goes_away(clerk: Browser, open_task: Opening) -> None:
    task = open_task("callback")
    answer = clerk.post(f"/spotlight/tasks/{task}/close")
    assert answer.status_code == 303
    page = words(clerk.get("/spotlight/").text)
    assert "Done: Someone asks to be called." in page
    assert "Nothing waits for a person." in page
    assert clerk.post(f"/spotlight/tasks/{task}/close").status_code == 303, "twice is once"
    closed = words(clerk.get(f"/spotlight/tasks/{task}").text)
    assert re.search(r"Done \w{3} \d+, \d+:\d\d [AP]M", closed)


def test_closing_takes_the_forms_token(clerk: Browser, open_task: Opening) -> None:
    task = open_task("callback")
    assert clerk.post(f"/spotlight/tasks/{task}/close", token="").status_code == 400
    assert TASKS["callback"].title in clerk.get("/spotlight/").text


def test_another_agencys_tasks_are_neither_seen_nor_closed(
    clerk: Browser, stranger: Browser, open_task: Opening
) -> None:
    task = open_task("callback")
    assert "Nothing waits for a person." in stranger.get("/spotlight/").text
    assert stranger.get(f"/spotlight/tasks/{task}").status_code == 404
    stranger.post(f"/spotlight/tasks/{task}/close")
    assert TASKS["callback"].title in clerk.get("/spotlight/").text


def test_who_is_to_call_sees_the_number_and_what_was_written(
    clerk: Browser, stranger: Browser, text: Callable[[str], None], ground: Ground
) -> None:
    text("he's here <b>with</b> a gun")
    with ground.database.connect() as connection:
        [task] = connection.scalars(select(table.c.id).where(table.c.kind == "distress"))
    page = clerk.get(f"/spotlight/tasks/{task}").text
    assert f'href="tel:{JAMIE}"' in page
    assert "he&#39;s here &lt;b&gt;with&lt;/b&gt; a gun" in page
    assert JAMIE not in clerk.get("/spotlight/").text, "the overview names nobody"
    assert stranger.get(f"/spotlight/tasks/{task}").status_code == 404


def test_nothing_stands_inline_that_the_policy_for_content_would_stop(
    clerk: Browser, open_task: Opening
) -> None:
    open_task("distress", urgent=True)
    page = clerk.get("/spotlight/").text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script", page)
