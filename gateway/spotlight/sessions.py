"""A member of staff's session: 30 minutes idle, 12 hours at most (CJIS Security Policy, AC-11 and IA-2).

It lives in a signed cookie with an id and two times in it, and nothing about anybody else. A new password ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from gateway.ground import Ground
from gateway.store import staff
from gateway.store.staff import Member

IDLE = timedelta(minutes=30)
AT_MOST = timedelta(hours=12)

_BEGAN = "began"
_SEEN = "seen"


@dataclass(frozen=True, eq=False)
class SignedIn(UserMixin):
    """The member of staff as Flask-Login wants it."""

    member: Member

    def get_id(self) -> str:
        return f"{self.member.id}:{self.member.stamp}"


def manage(app: Flask, ground: Ground) -> None:
    """Teach the app who is signed in. No `remember me`: a police station's computer is everybody's."""
    # A cookie is renewed by `go_on`, not by whatever page happens to be opened.
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    # Of a form: as long as the session, which ends by itself.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    manager = LoginManager()
    manager.session_protection = (
        None  # what it would hold fast, the address, changes on the way to the router
    )
    manager.init_app(app, add_context_processor=False)

    @manager.user_loader
    def load(name: str) -> SignedIn | None:
        staff_id, _, stamp = name.partition(":")
        with ground.database.connect() as connection:
            member = staff.find(connection, int(staff_id))
        return SignedIn(member) if member and member.stamp == stamp else None


def begin(member: Member, now: datetime) -> None:
    """Sign in, with nothing left of what was before."""
    session.clear()
    login_user(SignedIn(member))
    session[_BEGAN] = session[_SEEN] = int(now.timestamp())


def go_on(now: datetime) -> Member | None:
    """Who is signed in, and seen once more; None if nobody is, or no longer."""
    moment = int(now.timestamp())
    began, seen = session.get(_BEGAN, 0), session.get(_SEEN, 0)
    in_time = moment - seen < IDLE.total_seconds() and moment - began < AT_MOST.total_seconds()
    if not in_time or not current_user.is_authenticated:
        if _BEGAN in session:
            end()
        return None
    session[_SEEN] = moment
    member: Member = current_user.member
    return member


def end() -> None:
    """Sign out."""
    logout_user()
    session.clear()
