"""`./tidings key hook`: secrets that sign webhooks."""

from __future__ import annotations

import re

from gateway.ground import Ground
from gateway.store import agencies
from tests.gateway.cli.conftest import Command


def test_a_webhooks_secret_signs_until_it_is_revoked(run: Command, ground: Ground) -> None:
    secret = run("key", "hook", "--agency", "demo", "--label", "RMS vendor").stdout.strip()
    assert re.fullmatch(r"ths_[0-9a-f]{12}_[\w-]{43}", secret)
    hook_id = secret.split("_")[1]

    def signs() -> bool:
        with ground.database.connect() as connection:
            return agencies.hook_secrets_of(connection, "demo") == [secret]

    assert signs()
    listed = run("key", "list").stdout
    assert re.fullmatch(rf"{hook_id}  demo  RMS vendor  \d{{4}}-\d\d-\d\d  webhook in use\n", listed)
    assert secret not in listed
    assert run("key", "revoke", hook_id).stdout == f"{hook_id} is revoked.\n"
    assert not signs()
    assert run("key", "list").stdout.endswith("webhook revoked\n")


def test_an_agency_that_is_not_there_gets_no_secret(run: Command) -> None:
    told = run("key", "hook", "--agency", "nobody")
    assert (told.exit_code, told.output) == (
        1,
        "Error: no agency nobody; add it with ./tidings agency add nobody\n",
    )
