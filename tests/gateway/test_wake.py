"""The wake-up token: many wakes are one job, none is lost to a drain under way, and Redis never holds anybody up."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Queue

from gateway import wake
from gateway.wake import EVENTS, JOBS, OUTBOX, Waker, connect


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with connect(redis_url, seconds=1) as connection:
        yield connection


def jobs(redis: Redis, queue: str = OUTBOX) -> int:
    return len(Queue(queue, connection=redis))


def test_a_hundred_wakes_are_one_job(redis: Redis, redis_url: str) -> None:
    wakers = [Waker.at(redis_url) for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(lambda number: wakers[number % 10].wake(OUTBOX), range(100)))
    assert jobs(redis) == 1
    (job,) = Queue(OUTBOX, connection=redis).jobs
    assert job.func_name == JOBS[OUTBOX]
    assert (job.result_ttl, job.timeout) == (0, 120)


def test_a_wake_after_the_drain_began_is_another_job(redis: Redis) -> None:
    waker = Waker(redis)
    assert waker.wake(OUTBOX)
    waker.awake(OUTBOX)
    assert waker.wake(OUTBOX)
    assert waker.wake(OUTBOX)
    assert jobs(redis) == 2


def test_the_queues_are_woken_each_on_its_own(redis: Redis) -> None:
    waker = Waker(redis)
    assert waker.wake(OUTBOX)
    assert waker.wake(EVENTS)
    assert (jobs(redis, OUTBOX), jobs(redis, EVENTS)) == (1, 1)


def test_a_token_whose_job_was_lost_runs_out_by_itself(redis: Redis) -> None:
    Waker(redis).wake(OUTBOX)
    assert 0 < redis.ttl("wake:outbox") <= 30


def test_a_token_without_a_job_is_taken_back(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    waker = Waker(redis)

    def enqueue(*_: object, **__: object) -> None:
        raise RedisConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(Queue, "enqueue", enqueue)
        assert not waker.wake(OUTBOX)
    assert not redis.exists("wake:outbox")
    assert Waker(redis).wake(OUTBOX)
    assert jobs(redis) == 1


def test_a_redis_that_refuses_or_is_silent_holds_nobody_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (9, silent.getsockname()[1]):
            waker = Waker.at(f"redis://127.0.0.1:{port}")
            began = time.monotonic()
            assert waker.wake(OUTBOX) is False
            assert time.monotonic() - began < 0.5
            began = time.monotonic()
            for _ in range(100):
                assert waker.wake(OUTBOX) is False
            assert time.monotonic() - began < 0.5, "it is left alone for a while"


def test_a_redis_that_is_back_is_used_again(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    waker = Waker(redis)
    monkeypatch.setattr(waker, "_not_before", time.monotonic() + 60)
    assert not waker.wake(OUTBOX)
    monkeypatch.setattr(waker, "_not_before", time.monotonic())
    assert waker.wake(OUTBOX)


def test_the_certificate_that_heroku_signed_itself_is_taken(redis_url: str, tmp_path: Path) -> None:
    with tls_before(redis_url, tmp_path) as port:
        whole = urlsplit(redis_url)
        user, at, _ = whole.netloc.rpartition("@")
        secure = whole._replace(scheme="rediss", netloc=f"{user}{at}127.0.0.1:{port}")
        with connect(secure.geturl(), seconds=2) as redis:
            assert Waker(redis).wake(OUTBOX)
            assert jobs(redis) == 1


class tls_before:  # noqa: N801 - reads as a phrase
    """A door that ends TLS with a certificate of its own and passes one connection after the other to Redis."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self._target = connect(redis_url, seconds=1).connection_pool.connection_kwargs
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self_signed(folder))

    def __enter__(self) -> int:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return int(self._server.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                accepted, _ = self._server.accept()
            except OSError:
                return
            with self._context.wrap_socket(accepted, server_side=True) as client, self._redis() as redis:
                other = threading.Thread(target=self._pass, args=(redis, client), daemon=True)
                other.start()
                self._pass(client, redis)
                other.join(5)

    def _redis(self) -> socket.socket:
        if "path" in self._target:
            made = socket.socket(socket.AF_UNIX)
            made.connect(self._target["path"])
            return made
        return socket.create_connection((self._target["host"], self._target["port"]))

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ec2-1-2-3-4.compute.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def test_every_queue_names_a_job_that_is_there() -> None:
    from importlib import import_module

    for name in (wake.OUTBOX, wake.EVENTS):
        module, _, function = JOBS[name].rpartition(".")
        assert callable(getattr(import_module(module), function))
