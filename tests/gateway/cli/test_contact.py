"""`./tidings contact`: staff agree to a number that waits, or refuse it, and it is known who."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gateway.ground import Ground
from gateway.store import contacts
from gateway.store.tables import contacts as contacts_table
from gateway.store.tables import messages
from tests.gateway.cli.conftest import Command
from tests.gateway.world import OTHER

REPORT = "2411-00372"


@pytest.fixture
def waiting(ground: Ground) -> Ground:
    """A number that proved itself on a case about a person."""
    one = contacts.OnReport("demo", REPORT, ground.vault.lookup("demo", "phone", OTHER))
    with ground.database.begin() as connection:
        assert contacts.add(connection, one, OTHER, False, ground.clock())
    return ground


def notices(ground: Ground) -> list[str]:
    with ground.database.connect() as connection:
        return list(connection.scalars(select(messages.c.notice)))


def test_who_waits_is_listed_and_agreed_to_and_hears_of_it_once(run: Command, waiting: Ground) -> None:
    assert run("contact", "list", "--agency", "demo").stdout.startswith(f"{REPORT}  {OTHER}  pending")
    for _ in range(2):
        done = run("contact", "confirm", "--agency", "demo", REPORT, OTHER, "--by", "clerk")
        assert done.stdout == f"{OTHER} may be told of {REPORT}.\n"
    assert notices(waiting) == ["contact.confirmed"]
    assert run("contact", "list", "--agency", "demo").stdout == ""
    assert "confirmed" in run("contact", "list", "--agency", "demo", "--all").stdout
    with waiting.database.connect() as connection:
        assert connection.execute(contacts_table.select()).one().decided_by == "staff:clerk"


def test_who_is_refused_hears_nothing(run: Command, waiting: Ground) -> None:
    done = run("contact", "refuse", "--agency", "demo", REPORT, OTHER)
    assert done.stdout == f"{OTHER} is told nothing of {REPORT}.\n"
    assert notices(waiting) == []
    with waiting.database.connect() as connection:
        row = connection.execute(contacts_table.select()).one()
    assert (row.state, row.decided_by.startswith("staff:")) == ("refused", True)


@pytest.mark.parametrize("command", ["confirm", "refuse"])
def test_what_is_no_contact_and_no_agency_is_told(run: Command, waiting: Ground, command: str) -> None:
    for agency, number, told in (
        ("demo", "R9", "is no contact of R9"),
        ("nowhere", REPORT, "no agency nowhere"),
    ):
        result = run("contact", command, "--agency", agency, number, OTHER)
        assert result.exit_code == 1
        assert told in result.output
