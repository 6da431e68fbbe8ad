"""What becomes of a link: by which channel it came, who opened it, when it ends, who takes it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, text, update

from gateway.ground import Ground
from gateway.store import agencies, contacts, conversations, emails, pages
from gateway.store.tables import pages as table
from tests.gateway.portal.conftest import A_PERSON, CALL, NUMBER, Making, Telling, read
from tests.gateway.world import JAMIE, OTHER

MAIL = "jamie@example.org"


@contextmanager
def statements(ground: Ground) -> Iterator[list[str]]:
    """What is asked of the database."""
    asked: list[str] = []

    def look(connection, cursor, statement, *rest) -> None:  # type: ignore[no-untyped-def]
        asked.append(statement)

    event.listen(ground.database, "before_cursor_execute", look)
    try:
        yield asked
    finally:
        event.remove(ground.database, "before_cursor_execute", look)


def mail(ground: Ground, address: str) -> None:
    """An email about the case went to this address."""
    now = ground.clock()
    pinned = ground.policies.of("demo")
    with ground.database.begin() as connection:
        agencies.pin_policy(connection, "demo", pinned.hash, pinned.source, now)
        new = emails.NewEmail(
            agency_id="demo",
            intent_key=address,
            notice="report.filed",
            notice_class="follow_up",
            address_hash=ground.vault.lookup("demo", "email", address),
            address=address,
            content={"subject": "", "text": "", "html": ""},
            language="en",
            due_at=now,
            created_at=now,
            expires_at=None,
            record_kind="case",
            record_number=NUMBER,
            party_id="victim",
            policy_hash=pinned.hash,
        )
        emails.add(connection, [new])


def test_who_is_reached_by_email_needs_no_phone_to_read_the_page(
    make_page: Making, add_page: Making, with_agency: Callable[..., FlaskClient]
) -> None:
    make_page(victim={"phone": None, "email": MAIL})
    client = with_agency(email="line@police.example.gov")
    assert "Crime code" in read(client, add_page(channel="email"))
    assert "Crime code" not in read(client, add_page(channel="text"))


def test_who_is_reached_by_letter_needs_neither_phone_nor_email(
    make_page: Making, add_page: Making, with_agency: Callable[..., FlaskClient]
) -> None:
    make_page(victim={"phone": None, "address": ["1 Main St", "Saguaro City AZ 85701"]})
    client = with_agency(address=("PO Box 1", "Saguaro City AZ 85701"))
    assert "Crime code" in read(client, add_page(channel="letter"))
    assert "Crime code" not in read(client, add_page(channel="email"))


def test_an_email_that_went_to_an_older_address_shows_no_details(
    ground: Ground,
    make_page: Making,
    add_page: Making,
    tell: Telling,
    with_agency: Callable[..., FlaskClient],
) -> None:
    make_page(victim={"email": MAIL.upper()})
    client = with_agency(email="line@police.example.gov")
    mail(ground, MAIL)
    token = add_page(channel="email")
    assert "Crime code" in read(client, token)
    tell("report.updated", parties=[{"id": "victim", "role": "victim", "email": "new@example.org"}])
    assert "Crime code" not in read(client, token)


def test_a_link_shows_no_details_to_an_older_number_even_when_the_notice_was_sent_again_to_the_new_one(
    client: FlaskClient, make_page: Making, add_page: Making, tell: Telling
) -> None:
    make_page()
    tell("arrest.made", arrest_id="A1")
    old = add_page(notice="arrest.made")
    tell("report.updated", parties=[{"id": "victim", "role": "victim", "phone": OTHER}])
    tell("arrest.made", arrest_id="A2")
    new = add_page(notice="arrest.made")
    assert "Crime code" in read(client, new)
    assert "Crime code" not in read(client, old)


def test_a_contact_reads_the_page_while_it_is_confirmed(
    client: FlaskClient, make_page: Making, add_page: Making, ground: Ground
) -> None:
    make_page()
    phone_hash = ground.vault.lookup("demo", "phone", OTHER)
    token = add_page(party_id=f"contact-{phone_hash.hex()[:16]}")
    assert "Crime code" not in read(client, token)
    one = contacts.OnReport("demo", NUMBER, phone_hash)
    with ground.database.begin() as connection:
        contacts.add(connection, one, OTHER, False, ground.clock())
    assert "Crime code" not in read(client, token)
    with ground.database.begin() as connection:
        contacts.decide(connection, one, contacts.State.CONFIRMED, "Ana", ground.clock())
    assert "Crime code" in read(client, token)


def test_a_link_sent_to_a_stranger_stops_working_and_the_one_in_the_email_does_not(
    make_page: Making, add_page: Making, ground: Ground, with_agency: Callable[..., FlaskClient]
) -> None:
    texted = make_page(victim={"email": MAIL})
    mailed = add_page(channel="email")
    client = with_agency(email="line@police.example.gov")
    with ground.database.begin() as connection:
        phone_hash = ground.vault.lookup("demo", "phone", JAMIE)
        conversations.wrong_number(connection, "demo", phone_hash, "text 1", ground.clock())
    assert client.get(f"/m/{texted}").status_code == 404
    assert "Crime code" in read(client, mailed)


def test_unknown_expired_and_revoked_links_can_not_be_told_apart(
    client: FlaskClient, make_page: Making, add_page: Making, revoke: Callable[[], None], ground: Ground
) -> None:
    revoked = make_page(language="es")
    revoke()
    expired = add_page(-1, language="es")
    answers, asked = [], []
    for token in (expired, revoked, "a" * 22):
        with statements(ground) as told:
            answers.append(client.get(f"/m/{token}", headers=A_PERSON))
        asked.append(told)
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert len({str(sorted(answer.headers)) for answer in answers}) == 1
    assert asked[0] == asked[1] == asked[2], "so each takes the same time"
    assert "This link no longer works" in answers[0].text
    assert "520-555-0100" in answers[0].text
    assert "Este enlace ya no funciona" in client.get("/m/x?lang=es").text
    assert "لینک" in client.get("/m/x", headers={"Accept-Language": "fa-IR"}).text


def test_a_link_ends_when_it_expires(client: FlaskClient, make_page: Making, ground: Ground) -> None:
    token = make_page()
    read(client, token)
    with ground.database.begin() as connection:
        connection.execute(update(table).values(expires_at=ground.clock()))
    assert client.get(f"/m/{token}", headers=A_PERSON).status_code == 404


@pytest.mark.parametrize("after", [".", ")", "\u2069", "،", ".)"])
def test_a_link_works_with_what_a_phone_took_for_its_end(
    client: FlaskClient, make_page: Making, after: str
) -> None:
    read(client, make_page() + after)


def test_a_recalled_notice_takes_its_pages_with_it_and_no_others(
    client: FlaskClient, make_page: Making, make_call_page: Making, add_page: Making, ground: Ground
) -> None:
    before, now = make_page(), ground.clock()
    earlier = add_page(created_at=now - timedelta(hours=2))
    same_record, of_call = add_page(notice="case.updated"), make_call_page()
    window = (now - timedelta(hours=1), ground.clock())
    with ground.database.begin() as connection:
        assert (
            pages.revoke_for_notice(connection, "demo", "report.filed", *window, record_number="other") == 0
        )
        assert pages.revoke_for_notice(connection, "another", "report.filed", *window) == 0
        assert pages.revoke_for_notice(connection, "demo", "report.filed", *window) == 2, "and the text's"
        assert pages.revoke_for_notice(connection, "demo", "report.filed", *window) == 0
    assert client.get(f"/m/{before}").status_code == 404
    for token in (earlier, same_record, of_call):
        read(client, token)


def test_pages_are_taken_back_by_record_by_party_and_by_notice(
    client: FlaskClient, make_page: Making, make_call_page: Making, add_page: Making, ground: Ground
) -> None:
    make_page()
    other_party, other_notice = add_page(party_id="caller"), add_page(notice="case.updated")
    of_call = make_call_page()
    case = ("case", NUMBER)
    with ground.database.begin() as connection:
        assert pages.revoke(connection, "demo", case, party_id="caller") == 1
        assert pages.revoke(connection, "demo", case, notice="case.updated") == 1
        assert pages.revoke(connection, "demo", case) == 2, "and the one behind the text"
        assert pages.revoke(connection, "another", ("call", CALL)) == 0
    assert {client.get(f"/m/{token}").status_code for token in (other_party, other_notice)} == {404}
    read(client, of_call)


def test_openings_are_counted_by_notice_and_channel(
    client: FlaskClient, make_page: Making, make_call_page: Making, add_page: Making, ground: Ground
) -> None:
    since = ground.clock()
    first = make_page()
    add_page()
    mailed, called = add_page(channel="email"), make_call_page()
    for token in (first, first, mailed, called):
        read(client, token)
    add_page(created_at=since - timedelta(days=1))
    with ground.database.connect() as connection:
        counted = pages.opens(connection, "demo", since, ground.clock())
        assert pages.opens(connection, "another", since, ground.clock()) == []
        assert pages.opens(connection, "demo", since - timedelta(days=2), since)[0].made == 1
    assert [tuple(row) for row in counted] == [
        ("call.closed", "text", 1, 1),
        ("report.filed", "email", 1, 1),
        ("report.filed", "text", 3, 1),
    ]


def test_the_first_opening_is_the_one_that_is_kept(
    client: FlaskClient, make_page: Making, ground: Ground
) -> None:
    token, now = make_page(), ground.clock()
    with ground.database.begin() as connection:
        assert pages.note_opened(connection, token, now)
        assert not pages.note_opened(connection, token, now + timedelta(hours=1))
    read(client, token)
    with ground.database.connect() as connection:
        assert connection.scalars(text("SELECT opened_at FROM pages WHERE opened_at IS NOT NULL")).all() == [
            now
        ]


def test_what_is_asked_about_many_pages_is_answered_by_an_index(ground: Ground) -> None:
    now = ground.clock()
    rows = [
        {
            "token_hash": number.to_bytes(32),
            "agency_id": "demo",
            "record_kind": "case",
            "record_number": f"R{number}",
            "party_id": "victim",
            "notice": "report.filed",
            "channel": "text",
            "language": "en",
            "created_at": now - timedelta(hours=number),
            "expires_at": now,
        }
        for number in range(1, 5001)
    ]
    day = (now - timedelta(days=1), now)
    plans = []

    def explain(connection, cursor, statement, parameters, *rest) -> None:  # type: ignore[no-untyped-def]
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        plans.append(json.dumps(cursor.fetchone()))

    with ground.database.connect() as connection:
        connection.execute(insert(table), rows)
        connection.execute(text("ANALYZE pages"))
        event.listen(connection, "before_cursor_execute", explain)
        pages.opens(connection, "demo", *day)
        pages.revoke_for_notice(connection, "demo", "report.filed", *day)
        pages.revoke(connection, "demo", ("case", "R7"))
        pages.find(connection, "token", now)
        event.remove(connection, "before_cursor_execute", explain)
        connection.rollback()
    indexes = ("ix_pages_made", "ix_pages_made", "ix_pages_record", "pk_pages")
    for plan, index in zip(plans, indexes, strict=True):
        assert index in plan


HEADERS = (
    "Accept", "Accept-Language", "Cookie", "Host", "If-None-Match", "If-Modified-Since", "Purpose", "Range", "Referer",
    "Sec-Fetch-Mode", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
)  # fmt: skip
LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"]),
    door=st.sampled_from(["/m/", "/m", "/portal/", "/", "/static/"]),
    token=st.one_of(st.text(max_size=60), st.just("{}"), st.just("{}.")),
    query=st.dictionaries(st.sampled_from(["lang", "v", "x"]), st.text(max_size=20), max_size=2),
    headers=st.dictionaries(st.sampled_from(HEADERS), LATIN, max_size=4),
    body=st.binary(max_size=40),
)
def test_no_token_query_or_header_breaks_the_door(
    ground: Ground, client: FlaskClient, page: str, method: str, door: str, token: str, query, headers, body
) -> None:
    told = token.replace("{}", page).replace("?", "%3F")
    answer = client.open(door + told, method=method, query_string=query, headers=headers, data=body)
    assert answer.status_code < 500


@pytest.fixture
def page(make_page: Making) -> str:
    """A page that works."""
    return make_page()


@pytest.mark.parametrize(
    "raw", ["%00", "%ff%fe", "a" * 5000, "..%2f", "é", "%F0%9F%98%80", "%ED%A0%80", "." * 60000]
)
def test_a_strange_token_is_just_a_link_that_does_not_work(client: FlaskClient, raw: str) -> None:
    assert client.get(f"/m/{raw}").status_code == 404
