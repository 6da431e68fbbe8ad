"""The promises that are kept through a crash: nothing lost, nothing sent twice, no door closed because Redis is."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import redis as redis_client
from sqlalchemy import func, insert, select, update

from gateway.app import lay_ground
from gateway.feeds.door import take as take_events
from gateway.feeds.work import work_off
from gateway.ground import Ground
from gateway.local.run import Run
from gateway.phones.client import Phones
from gateway.settings import from_environ
from gateway.store import agencies, emails, messages
from gateway.store.messages import NewMessage
from gateway.store.tables import emails as emails_table
from tests.gateway.jobs.cluster import Cluster, free_port, wait_for
from tests.gateway.outbox.channels import MAIL, Inbox, mail_server
from tests.gateway.world import LINE, environment, report

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def own_run() -> Iterator[Run]:
    """For a Valkey of the test's own, which may be stopped."""
    with Run.open(handle_signals=False) as run:
        yield run


@pytest.fixture
def cluster(database_url: str, redis_url: str, phones: Phones, tmp_path: Path) -> Iterator[Cluster]:
    """Processes that know the test's database, Redis and carrier; none is started yet."""
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    phones.move(app_url=public, public_url=public)
    env = environment(database_url, redis_url, carrier=phones.url, public=public)
    made = Cluster(env | {"PORT": str(port), "LOG_LEVEL": "INFO"}, tmp_path)
    yield made
    made.close()


@pytest.fixture
def laid(cluster: Cluster) -> Iterator[Ground]:
    """The same ground that the processes stand on."""
    ground = lay_ground(from_environ(cluster.env))
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "demo", ground.clock())
        agencies.add_sender(connection, "demo", LINE.numbers[0], segments_per_second=100_000)
    yield ground
    ground.database.dispose()


def _queue(ground: Ground, count: int) -> None:
    now = ground.clock()
    with ground.database.begin() as connection:
        sender = agencies.sender_of(connection, "demo")
        assert sender is not None
        phones = [f"+1520556{number:04d}" for number in range(200)]
        new = [
            NewMessage(
                agency_id="demo",
                intent_key=f"test:{number}",
                notice="test",
                notice_class="confirmation",
                sender_id=sender.id,
                phone_hash=ground.vault.lookup("demo", "phone", phones[number % 200]),
                phone=phones[number % 200],
                body=f"Message {number // 2}",
                language="en",
                encoding="GSM-7",
                segments=1,
                due_at=now,
                created_at=now,
            )
            for number in range(count)
        ]
        messages.add(connection, new)


def _states(ground: Ground) -> Counter[str]:
    with ground.database.connect() as connection:
        return Counter(messages.count_by_state(connection))


def _all_sent(ground: Ground, count: int) -> bool:
    states = _states(ground)
    return states["sent"] + states["delivered"] == count


def test_two_kills_amid_two_thousand_sends_lose_nothing_and_send_nothing_twice(
    cluster: Cluster, laid: Ground, phones: Phones
) -> None:
    """Without receipts, so that only the carrier's list can tell what became of the posts in flight."""
    phones.behave(default={"latency_ms": 100, "callback_loss": 1.0})
    _queue(laid, 2000)
    cluster.start("timers")
    for enough in (400, 1200):
        cluster.start("sender")
        wait_for(lambda n=enough: len(phones.attempts()) >= n, 60)
        cluster.kill("sender")
    in_doubt = _states(laid)["sending"]
    cluster.start("sender")
    wait_for(lambda: _all_sent(laid, 2000), 60, lambda: _states(laid))
    reached = phones.messages()
    assert len(reached) == 2000
    # Bodies repeat in pairs, to one number or another: each (number, body) as often as it was queued.
    wanted = Counter((f"+1520556{number % 200:04d}", f"Message {number // 2}") for number in range(2000))
    assert Counter((message["to"], message["body"]) for message in reached) == wanted
    assert in_doubt > 0, "the kill hit nothing in flight, so this run showed nothing"
    assert len({row["sid"] for row in reached}) == 2000


@pytest.mark.parametrize("how", ["refusing", "silent"])
def test_without_redis_every_text_is_answered_and_no_process_ends(
    how: str, cluster: Cluster, laid: Ground, phones: Phones, own_run: Run
) -> None:
    valkey = own_run.valkey()
    cluster.env["REDIS_URL"] = valkey.url
    cluster.start("web", "sender", "worker", "timers")
    people = [f"+1520556{number:04d}" for number in range(200)]
    with redis_client.Redis.from_url(valkey.url) as client:
        pid = int(client.info("server")["process_id"])
    os.kill(pid, signal.SIGKILL if how == "refusing" else signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda phone: phones.text(phone, "STATUS")["answers"][0], people))
        assert {answer["status"] for answer in answers} == {204}
        # Of 200, all but the few that shared their moment with whatever else this machine was doing.
        assert sorted(answer["ms"] for answer in answers)[189] < 1000
        wait_for(lambda: len(phones.messages()) == 200, 60)
        assert cluster.all_alive()
    finally:
        if how == "silent":
            os.kill(pid, signal.SIGCONT)
    assert Counter(message["to"] for message in phones.messages()) == Counter(people)
    assert cluster.all_alive()


def test_sigterm_amid_a_drain_leaves_nothing_in_doubt(cluster: Cluster, laid: Ground, phones: Phones) -> None:
    # So slow a carrier that most still wait when the first are on their way, however busy this machine is.
    phones.behave(default={"latency_ms": 4000, "callback_loss": 1.0})
    _queue(laid, 1500)
    cluster.start("web", "sender", "worker", "timers")
    wait_for(lambda: len(phones.attempts()) >= 20, 60)
    ended = cluster.end(within=20)
    assert {status for status, _ in ended.values()} == {0}, ended
    states = _states(laid)
    assert states["sending"] == states["doubtful"] == states["leased"] == 0, states
    assert states["sent"] == len(phones.messages()) > 0
    assert states["queued"] == 1500 - states["sent"] > 0


@pytest.fixture
def inbox(cluster: Cluster) -> Iterator[Inbox]:
    """A mail server that the processes know."""
    with mail_server() as inbox:
        cluster.env["SMTP_URL"] = inbox.url
        yield inbox


@pytest.fixture
def post(inbox: Inbox, laid: Ground) -> Ground:
    """The ground of a line that knows the mail server."""
    return laid


def _queue_mail(ground: Ground, count: int) -> dict[UUID, str]:
    """One email as the rules call for it, and others like it. Returns what each is about, by its id."""
    now = ground.clock()
    event = {
        "specversion": "1.0", "source": "test", "id": "e1", "type": "report.filed", "subject": "R1",
        "time": now.isoformat(), "data": report(victim={"phone": None, "email": MAIL}),
    }  # fmt: skip
    take_events(ground, "demo", [event], now)
    work_off(ground, lambda: True)
    about = {uuid4(): f"Message {number}" for number in range(count)}
    with ground.database.begin() as connection:
        (first,) = connection.execute(emails_table.delete().returning(emails_table))
        rows = [
            {
                **first._mapping,
                "id": id,
                "intent_key": str(id),
                "content": {**first.content, "subject": subject},
            }
            for id, subject in about.items()
        ]
        connection.execute(insert(emails_table), rows)
    return about


def _mail_states(ground: Ground) -> Counter[str]:
    with ground.database.connect() as connection:
        return Counter(emails.count_by_state(connection))


def test_two_kills_amid_three_hundred_emails_lose_none_and_double_only_what_was_on_its_way(
    cluster: Cluster, post: Ground, inbox: Inbox
) -> None:
    """Each kill comes when the server has a mail and has not said so: nobody can know that it arrived."""
    inbox.latency, inbox.mute_at = 0.01, frozenset({60, 170})
    about = _queue_mail(post, 300)
    cluster.start("timers")
    for taken in sorted(inbox.mute_at):
        cluster.start("mailer")
        wait_for(lambda n=taken: len(inbox.mails) == n, 60)
        cluster.kill("mailer")
        assert _mail_states(post)["sending"] > 0, _mail_states(post)
        _let_leases_run_out(post)
    cluster.start("mailer")
    wait_for(lambda: _mail_states(post)["sent"] == 300, 60, lambda: _mail_states(post))
    arrived = Counter((mail["Message-ID"], mail["Subject"]) for mail in inbox.mails)
    assert set(arrived) == {(f"<{id}@saguaro-police.example>", subject) for id, subject in about.items()}
    in_hand = {inbox.mails[taken - 1]["Message-ID"] for taken in inbox.mute_at}
    assert {id for (id, _), times in arrived.items() if times > 1} == in_hand
    assert len(inbox.mails) == 300 + len(inbox.mute_at)


def _let_leases_run_out(ground: Ground) -> None:
    """At once, and not after 90 s."""
    with ground.database.begin() as connection:
        leased = emails_table.c.leased_until.is_not(None)
        connection.execute(update(emails_table).where(leased).values(leased_until=func.now()))


def test_sigterm_amid_emails_ends_the_process_in_time_and_leaves_nothing_in_doubt(
    cluster: Cluster, post: Ground, inbox: Inbox
) -> None:
    # So slow a server that most still wait when the first have left, however busy this machine is.
    inbox.latency = 0.5
    _queue_mail(post, 300)
    cluster.start("mailer", "timers")
    wait_for(lambda: len(inbox.mails) >= 5, 60)
    ended = cluster.end(within=20)
    assert {status for status, _ in ended.values()} == {0}, ended
    states = _mail_states(post)
    assert states["sent"] == len(inbox.mails), states
    assert states["queued"] == 300 - states["sent"] > 0, states
    with post.database.connect() as connection:
        leased = select(func.count()).where(emails_table.c.leased_until.is_not(None))
        assert connection.scalar(leased) == 0, "nobody has to wait for a lease to run out"


def test_a_wake_up_that_was_lost_costs_a_moment_and_nothing_else(
    cluster: Cluster, laid: Ground, phones: Phones
) -> None:
    cluster.start("sender", "timers")
    _queue(laid, 10)  # nobody was woken
    wait_for(lambda: _all_sent(laid, 10), 20)
    assert len(phones.messages()) == 10


def test_a_field_key_that_is_missing_is_told_and_nothing_starts(cluster: Cluster) -> None:
    cluster.env = replace(cluster).env | {"FIELD_KEYS": "nonsense"}
    cluster.start("timers")
    assert cluster.running.pop("timers").wait(20) == 2
    assert "FIELD_KEYS: expected Fernet keys" in (cluster.logs / "timers.log").read_text()
