"""The processes of a Procfile."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.local import ownership
from gateway.local.ownership import started_at, wait_until
from gateway.local.ports import free_port
from gateway.local.processes import Processes, ReleaseError
from gateway.local.procfile import ProcfileError, read_procfile
from gateway.local.run import Run

FOREVER = "sh -c 'echo up; sleep 600 & wait'"


def has_printed(processes: Processes, text: str) -> Callable[[], bool]:
    return lambda: text in processes.log.read_text()


def test_a_procfile_is_names_and_commands(tmp_path: Path) -> None:
    procfile = tmp_path / "Procfile"
    procfile.write_text("# what runs\n\nrelease: ./tidings up\nweb: granian --port ${PORT:-8000} wsgi:app\n")
    assert read_procfile(procfile) == {
        "release": "./tidings up",
        "web": "granian --port ${PORT:-8000} wsgi:app",
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("web: a\nworker b\n", "line 2: expected `name: command`, found 'worker b'"),
        ("web: a\n\nweb: b\n", "line 3: 'web' is there twice"),
        ("web:\n", "line 1: expected"),
    ],
)
def test_a_bad_procfile_is_told_by_line(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "Procfile").write_text(text)
    with pytest.raises(ProcfileError, match=complaint):
        read_procfile(tmp_path / "Procfile")


def test_the_shell_expands_commands_from_the_given_environment(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text('web: echo "$PORT ${WORKERS:-2} $(pwd)"\nworker: echo "$PORT"\n')
    screen = io.StringIO()
    processes = run.processes(tmp_path / "Procfile", {"PORT": "8000"}, screen=screen)
    processes.finish("web")
    processes.finish("worker", env={"PORT": "9000"})
    assert processes.log.read_text() == f"web    | 8000 2 {tmp_path}\nworker | 9000\n"
    assert screen.getvalue() == processes.log.read_text()


def test_python_is_the_one_we_run_in(run: Run) -> None:
    processes = run.processes({"which": "python -c 'import click; print(click.__name__)'"}, {})
    processes.finish("which")
    assert processes.log.read_text() == "which | click\n"


def test_start_leaves_the_release_to_finish(run: Run) -> None:
    processes = run.processes({"release": "echo released", "web": FOREVER}, {})
    processes.start()
    assert wait_until(has_printed(processes, "up"), 10)
    assert "released" not in processes.log.read_text()


def test_a_failed_release_tells_its_last_lines(run: Run) -> None:
    processes = run.processes({"release": "sh -c 'echo no such table; exit 3'"}, {})
    with pytest.raises(ReleaseError, match=r"release ended with status 3; its last lines:\n  no such table"):
        processes.finish("release")


def test_the_first_process_to_end_is_told_with_its_status_and_last_lines(run: Run) -> None:
    processes = run.processes({"web": FOREVER, "worker": "sh -c 'seq 30; exit 7'"}, {})
    processes.start()
    ended = processes.watch(10)
    assert ended is not None
    assert (ended.name, ended.status) == ("worker", 7)
    assert ended.last_lines == tuple(str(n) for n in range(11, 31))


def test_a_process_killed_by_a_signal_is_told_so(run: Run) -> None:
    processes = run.processes({"web": "sh -c 'kill -9 $$'"}, {})
    processes.start()
    assert str(processes.watch(10)) == "web was killed by signal 9."


def test_while_all_run_there_is_nothing_to_tell(run: Run) -> None:
    processes = run.processes({"web": FOREVER}, {})
    processes.start()
    assert processes.watch(0.1) is None


def test_what_a_process_started_ends_with_it(run: Run) -> None:
    processes = run.processes({"web": "sh -c 'sleep 600 & echo child $!; wait'"}, {})
    processes.start("web")
    assert wait_until(has_printed(processes, "child"), 10)
    child = int(processes.log.read_text().split()[-1])
    processes.stop()
    assert wait_until(lambda: started_at(child) is None, 10)


def test_a_process_that_heeds_no_request_is_killed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = run.processes({"web": "sh -c 'trap : TERM; echo $$ up; while :; do sleep 0.1; done'"}, {})
    processes.start("web")
    assert wait_until(has_printed(processes, "up"), 10)
    pid = int(processes.log.read_text().split()[-2])
    monkeypatch.setattr(ownership, "STOP_SECONDS", 0.3)
    processes.stop()
    assert started_at(pid) is None


def test_stopping_is_asked_of_all_at_once_and_harmless_twice(run: Run) -> None:
    slow = "sh -c 'trap \"sleep 0.5; echo bye; exit\" TERM; echo up; while :; do sleep 0.05; done'"
    processes = run.processes({"one": slow, "two": slow}, {})
    processes.start()
    assert wait_until(lambda: processes.log.read_text().count("up") == 2, 10)
    processes.stop()
    processes.stop()
    assert processes.log.read_text().count("bye") == 2


def test_a_process_gets_no_ctrl_c_of_ours(run: Run) -> None:
    processes = run.processes({"web": "sh -c 'echo group $(ps -o pgid= $$); sleep 600'"}, {})
    processes.start("web")
    assert wait_until(has_printed(processes, "group"), 10)
    assert int(processes.log.read_text().split()[-1]) != os.getpgid(0)


def test_bytes_that_are_no_text_are_printed_all_the_same(run: Run) -> None:
    processes = run.processes({"web": r"printf 'caf\351\n'"}, {})
    processes.finish("web")
    assert processes.log.read_text() == "web | caf\ufffd\n"


def test_a_port_in_use_gives_way_to_the_next_and_is_told() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = free_port(port, say=said.append)
    assert other != port
    assert said == [f"Port {port} is in use, took {other}."]


def test_a_free_port_is_taken_as_asked() -> None:
    port = free_port()
    assert free_port(port, say=pytest.fail) == port


def test_an_unknown_process_is_an_error(run: Run) -> None:
    with pytest.raises(KeyError, match="wep"):
        run.processes({"web": FOREVER}, {}).start("wep")
