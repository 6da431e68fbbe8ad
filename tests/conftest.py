"""What every test may ask for: a migrated, empty PostgreSQL database and an empty Valkey, both real.

One server of each serves the whole run. Under xdist the controller starts them and tells its workers; without
it the first test that needs one does, so that tests of the pure rooms start nothing.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from typing import Any

import pytest
import redis
from hypothesis import settings

from gateway.local.run import Run
from tests.servers import Emptier, Servers

# How long an example takes is no test's business: the first one may read files that the others find read.
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")

RUN = pytest.StashKey[Run]()
SERVERS = pytest.StashKey[Servers]()


def pytest_configure(config: pytest.Config) -> None:
    # A shell's background job begins with SIGINT ignored, and so would all that the tests start and interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    has_workers = config.getoption("dist", "no") != "no" and config.getoption("tx", None)
    if has_workers and not hasattr(config, "workerinput"):
        _start(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["servers"] = asdict(node.config.stash[SERVERS])


def pytest_unconfigure(config: pytest.Config) -> None:
    if run := config.stash.get(RUN, None):
        run.close()


def _start(config: pytest.Config) -> None:
    config.stash[RUN] = run = Run.open(handle_signals=False)
    # A test run told to stop ends as by Ctrl-C, for pytest knows how to.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    config.stash[SERVERS] = Servers.start(run)


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """The run's servers."""
    if hasattr(pytestconfig, "workerinput"):
        return Servers(**pytestconfig.workerinput["servers"])
    if SERVERS not in pytestconfig.stash:
        _start(pytestconfig)
    return pytestconfig.stash[SERVERS]


@pytest.fixture(scope="session")
def worker(pytestconfig: pytest.Config) -> str:
    """The name of this process among xdist's workers: gw0, gw1 and so on."""
    return str(getattr(pytestconfig, "workerinput", {}).get("workerid", "gw0"))


@pytest.fixture(scope="session")
def postgres(servers: Servers) -> str:
    """The address of the server's own database; a superuser's. `empty_database_url` and `database_url` serve most."""
    return servers.postgres.format("postgres")


@pytest.fixture(scope="session")
def _migrated(servers: Servers, worker: str) -> Iterator[tuple[str, Emptier]]:
    url = servers.migrated(worker)
    emptier = Emptier(url)
    yield url, emptier
    emptier.close()


@pytest.fixture
def database_url(_migrated: tuple[str, Emptier]) -> str:
    """A migrated database whose tables hold what the migrations put there, and nothing else. The worker's own."""
    url, emptier = _migrated
    emptier.empty()
    return url


@pytest.fixture
def empty_database_url(servers: Servers, worker: str) -> Iterator[str]:
    """A database without any tables, for this test alone."""
    name = f"{worker}_empty_{next(_numbers)}"
    yield servers.empty(name)
    servers.drop(name)


_numbers = count(1)


@pytest.fixture
def redis_url(servers: Servers, worker: str) -> str:
    """An empty database of Valkey. The worker's own."""
    url = servers.redis.format(int(worker.removeprefix("gw")))
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """A test that would reach beyond this machine fails instead."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex"):
            patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
        yield


def _guarded(method: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"A test may not connect to {address[0]}: only to this machine.")
        return method(self, address)

    return connect
