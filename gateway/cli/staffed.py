"""What commands share that a member of staff runs for an agency: whose, and who."""

from __future__ import annotations

import getpass

import click

from gateway.ground import Ground, NoPolicy
from gateway.store import agencies
from rules.policy import PinnedPolicy

agency_option = click.option("--agency", "agency_id", required=True, help="Whose notices.")
by_option = click.option(
    "--by", "staff", default=getpass.getuser, help="Who decides; kept beside it. [default: who is signed in]"
)


def policy_of(ground: Ground, agency_id: str) -> PinnedPolicy:
    """Raises click.ClickException for an agency that is not in the database, or has no policy."""
    with ground.database.connect() as connection:
        there = agencies.ids(connection)
    if agency_id not in there:
        raise click.ClickException(f"no agency {agency_id}; there is {', '.join(there) or 'none'}")
    try:
        return ground.policies.of(agency_id)
    except NoPolicy as error:
        raise click.ClickException(str(error)) from error
