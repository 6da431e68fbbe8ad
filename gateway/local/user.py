"""The user PostgreSQL runs as, because it refuses to run as root.

Root hands it to `nobody`, which exists everywhere: no user is made, and no permission outside the run's own
folders is changed. Everybody else runs it as themselves.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class NoUsableUserError(RuntimeError):
    """PostgreSQL needs a user with a name, and there is none."""


@dataclass(frozen=True)
class ServerUser:
    """Whom the server runs as, and the name of whoever may connect to it over its socket."""

    uid: int
    gid: int
    client: str

    @property
    def switch(self) -> dict[str, Any]:
        """Options for subprocess that change to this user; none if we are that user already."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give the server a file or folder of ours."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_user() -> ServerUser:
    """Raises NoUsableUserError, saying what is missing."""
    try:
        me = pwd.getpwuid(os.geteuid())
    except KeyError:
        raise NoUsableUserError(
            f"User id {os.geteuid()} has no name in /etc/passwd, and PostgreSQL needs one. "
            "Run as a user with a name, or set DATABASE_URL to a server of your own."
        ) from None
    if me.pw_uid != 0:
        return ServerUser(me.pw_uid, me.pw_gid, me.pw_name)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise NoUsableUserError(
            "PostgreSQL can't run as root, and there is no user `nobody` to run it. "
            "Run as an ordinary user, or set DATABASE_URL to a server of your own."
        ) from None
    return ServerUser(nobody.pw_uid, nobody.pw_gid, me.pw_name)
