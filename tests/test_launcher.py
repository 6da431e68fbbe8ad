"""The launcher, in small checkouts of its own: their lock files name nothing, or one package made here."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

LAUNCHER = Path(__file__).parents[1] / "tidings"
PYTHON = Path(sys.executable)
STAMP = ".venv/tidings-stamp"
UNFINISHED = ".venv/tidings-unfinished"

COMMAND = """
import importlib.util, os, sys
print(sys.argv[1:], os.getcwd(), "installed" if importlib.util.find_spec("parcel") else "bare")
"""


class Checkout:
    """A checkout with the real launcher, and a command line that prints what reached it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def make(cls, folder: Path) -> Checkout:
        (folder / "gateway" / "cli").mkdir(parents=True)
        shutil.copy(LAUNCHER, folder)
        for name in ("gateway/__init__.py", "gateway/cli/__init__.py"):
            (folder / name).touch()
        (folder / "gateway/cli/__main__.py").write_text(COMMAND)
        for name in ("requirements-local.txt", "requirements-test.txt"):
            (folder / name).write_text("# nothing\n")
        return cls(folder)

    def start(
        self, *arguments: str, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        """`env` is laid over a bare environment in which pip finds no index."""
        return subprocess.Popen(
            [sys.executable, self.folder / "tidings", *arguments],
            env={"PATH": os.defpath, "PIP_NO_INDEX": "1", **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, *arguments: str, **options: Any) -> tuple[int, str, str]:
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def lock(self, line: str, name: str = "requirements-local.txt") -> None:
        (self.folder / name).write_text(line)


@pytest.fixture
def new(tmp_path: Path) -> Checkout:
    """A clean checkout, never started."""
    return Checkout.make(tmp_path / "new")


@pytest.fixture(scope="module")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = Checkout.make(tmp_path_factory.mktemp("launcher") / "checkout")
    assert checkout.run("demo")[0] == 0
    return checkout.folder


@pytest.fixture
def ready(started_once: Path, tmp_path: Path) -> Checkout:
    """A checkout in which a command ran before."""
    return Checkout(shutil.copytree(started_once, tmp_path / "ready", symlinks=True))


@pytest.fixture
def quickly(started_once: Path, tmp_path: Path) -> dict[str, str]:
    """The environment in which `python -m venv` copies a finished one: making one takes seconds."""
    copy = "import shutil, sys; shutil.copytree({!r}, sys.argv[1], symlinks=True, dirs_exist_ok=True)"
    modules = tmp_path / "quickly"
    modules.mkdir()
    (modules / "venv.py").write_text(copy.format(str(started_once / ".venv")))
    return {"PYTHONPATH": str(modules)}


@pytest.fixture
def parcel(tmp_path: Path) -> tuple[str, dict[str, str]]:
    """A package in a folder: its line for a lock file, and the environment in which pip finds it."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel = shelf / "parcel-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        info = "parcel-1.0.dist-info"
        archive.writestr("parcel.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: parcel\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"parcel==1.0 --hash=sha256:{digest}\n", {"PIP_FIND_LINKS": str(shelf)}


@pytest.fixture
def silent_index() -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """An index that accepts a connection and says nothing, and the environment that sends pip there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/simple"
        yield (
            server,
            {"PIP_INDEX_URL": url, "PIP_NO_INDEX": "0", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""},
        )


def test_the_first_start_installs_what_is_locked_and_runs_the_command(
    new: Checkout, parcel: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    new.lock(parcel[0])
    link, home = tmp_path / "link", tmp_path / "home"
    home.mkdir()
    link.symlink_to(new.folder / "tidings")

    done = subprocess.run(
        [link, "demo", "--port", "1"],
        env={"PATH": f"{PYTHON.parent}:{os.defpath}", "HOME": str(home), "PIP_NO_INDEX": "1", **parcel[1]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert done.stdout == f"['demo', '--port', '1'] {tmp_path} installed\n"
    assert "First start" in done.stderr
    assert list(home.iterdir()) == []
    assert {path.name for path in new.folder.iterdir()} >= {".venv"}


def test_a_later_start_says_nothing(ready: Checkout) -> None:
    assert ready.run("demo") == (0, f"['demo'] {Path.cwd()} bare\n", "")


@pytest.mark.parametrize("home", ["", "/proc/nowhere", "/sys"])
def test_a_home_that_is_empty_or_unwritable_is_no_hindrance(
    ready: Checkout, parcel: tuple[str, dict[str, str]], home: str
) -> None:
    ready.lock(parcel[0])
    assert ready.run("demo", env={"HOME": home, **parcel[1]}, cwd=ready.folder)[0] == 0
    assert not (ready.folder / ".cache").exists()


def test_a_changed_lock_is_installed(ready: Checkout, parcel: tuple[str, dict[str, str]]) -> None:
    ready.lock(parcel[0])
    _, out, err = ready.run("demo", env=parcel[1])
    assert out.endswith("installed\n")
    assert err == "putting the packages in place\n"


def test_only_commands_for_testing_need_the_test_packages(
    ready: Checkout, parcel: tuple[str, dict[str, str]]
) -> None:
    ready.lock(parcel[0], "requirements-test.txt")
    assert ready.run("demo")[1].endswith("bare\n")
    assert ready.run("test", env=parcel[1])[1].endswith("installed\n")
    assert ready.run("demo") == (0, f"['demo'] {Path.cwd()} installed\n", "")


def test_a_half_made_venv_is_made_anew(ready: Checkout, quickly: dict[str, str]) -> None:
    (ready.folder / UNFINISHED).touch()
    (ready.folder / ".venv/left-behind").touch()
    status, _, err = ready.run("demo", env=quickly)
    assert (status, err) == (0, ".venv was left half made: making it anew.\n")
    assert not (ready.folder / ".venv/left-behind").exists()


def test_a_venv_whose_python_is_gone_is_made_anew(ready: Checkout, quickly: dict[str, str]) -> None:
    (ready.folder / ".venv/bin/python").unlink()
    (ready.folder / ".venv/bin/python").symlink_to("/nowhere/python3")
    status, _, err = ready.run("demo", env=quickly)
    assert (status, err) == (0, ".venv has lost its Python: making it anew.\n")


def test_a_venv_of_another_python_is_made_anew(ready: Checkout, quickly: dict[str, str]) -> None:
    stamp = ready.folder / STAMP
    stamp.write_text(stamp.read_text().replace("python /", "python /other/"))
    status, _, err = ready.run("demo", env=quickly)
    assert (status, err) == (0, ".venv was made with another Python: making it anew.\n")


def test_a_venv_that_others_made_is_completed(ready: Checkout) -> None:
    (ready.folder / STAMP).unlink()
    (ready.folder / ".venv/theirs").touch()
    assert ready.run("demo")[0] == 0
    assert (ready.folder / ".venv/theirs").exists()
    assert (ready.folder / STAMP).exists()


def test_without_the_network_the_remedy_is_told_and_no_stamp_left(
    ready: Checkout, parcel: tuple[str, dict[str, str]]
) -> None:
    ready.lock(parcel[0])
    status, out, err = ready.run("demo")
    assert (status, out) == (1, "")
    assert "No matching distribution found for parcel==1.0" in err
    assert "Is the network there?" in err
    assert not (ready.folder / STAMP).exists()


def test_ctrl_c_ends_the_installation_with_one_line_and_the_next_start_heals(
    ready: Checkout,
    parcel: tuple[str, dict[str, str]],
    silent_index: tuple[socket.socket, dict[str, str]],
    quickly: dict[str, str],
) -> None:
    index, env = silent_index
    ready.lock(parcel[0])
    process = ready.start("demo", env=env, start_new_session=True)
    connection, _ = index.accept()

    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    connection.close()

    assert (process.returncode, out) == (130, "")
    assert err == "Stopped. The next start begins the installation anew.\n"
    status, out, err = ready.run("demo", env=parcel[1] | quickly)
    assert status == 0
    assert "half made" in err


def test_of_two_at_once_the_second_waits_and_says_so(
    ready: Checkout,
    parcel: tuple[str, dict[str, str]],
    silent_index: tuple[socket.socket, dict[str, str]],
    quickly: dict[str, str],
) -> None:
    index, env = silent_index
    ready.lock(parcel[0])
    first = ready.start("demo", env=env)
    connection, _ = index.accept()
    second = ready.start("demo", env=parcel[1] | quickly)
    assert second.stderr is not None
    assert second.stderr.readline() == "Another ./tidings is installing; waiting for it.\n"

    first.terminate()
    first.communicate(timeout=30)
    connection.close()

    assert second.communicate(timeout=60)[0].endswith("installed\n")
    assert second.returncode == 0
    assert first.returncode == 128 + signal.SIGTERM


@pytest.fixture
def without_ensurepip(tmp_path: Path) -> dict[str, str]:
    """As on Debian without python3-venv: venv fails, unless it is to do without pip."""
    fake = """
        import runpy, sys
        if "--without-pip" not in sys.argv:
            sys.exit("ensurepip is not available")
        sys.path = [path for path in sys.path if not path.endswith("modules")]
        runpy.run_module("venv", run_name="__main__")
    """
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "venv.py").write_text(textwrap.dedent(fake))
    return {"PYTHONPATH": str(modules)}


def test_without_ensurepip_the_pip_at_hand_serves(
    new: Checkout, parcel: tuple[str, dict[str, str]], without_ensurepip: dict[str, str]
) -> None:
    new.lock(parcel[0])
    status, out, err = new.run("demo", env=parcel[1] | without_ensurepip)
    assert status == 0, err
    assert out.endswith("installed\n")
    assert not list((new.folder / ".venv").glob("lib/*/site-packages/pip"))


def test_without_any_pip_it_says_what_to_install(new: Checkout, without_ensurepip: dict[str, str]) -> None:
    Path(without_ensurepip["PYTHONPATH"], "pip.py").write_text("raise ImportError")
    status, _, err = new.run("demo", env=without_ensurepip)
    assert status == 1
    assert err.endswith("sudo apt install python3-venv\n")


def test_a_python_too_old_is_told(new: Checkout) -> None:
    as_old = f"""
        import runpy, sys
        sys.version_info, sys.version = (3, 10, 1), "3.10.1 (main)"
        runpy.run_path({str(new.folder / "tidings")!r}, run_name="__main__")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(as_old)], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == f"Tidings needs Python 3.11 or newer; {sys.executable} is 3.10.1.\n"
