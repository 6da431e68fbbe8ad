"""A carrier, an application that remembers what it was sent, and Twilio's real client pointed at the carrier."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from gateway.phones import running as phones_running
from gateway.phones.client import Phones

LINE = phones_running.TEST_LINE
PUBLIC = "https://tidings.example.gov"
SERVICE = "MG" + "0" * 31 + "2"


@dataclass(frozen=True)
class Seen:
    """One request the application got."""

    path: str
    form: dict[str, str]
    signature: str
    body: bytes


class App:
    """An application behind the line: keeps every request, and answers what `answer` says."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[Seen] = []
        self.answer: Callable[[Seen], tuple[int, str]] = lambda seen: (204, "")
        self.arrived = threading.Event()

    def statuses(self) -> list[str]:
        return [seen.form["MessageStatus"] for seen in self.seen if "MessageStatus" in seen.form]

    def texts(self) -> list[dict[str, str]]:
        return [seen.form for seen in self.seen if seen.form.get("SmsStatus") == "received"]


@pytest.fixture
def app() -> Iterator[App]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            seen = Seen(self.path, form, self.headers["X-Twilio-Signature"], body)
            known.seen.append(seen)
            known.arrived.set()
            status, answer = known.answer(seen)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer.encode())))
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            """A carrier that ends while it is being answered is nothing to report."""

    server = Server(("127.0.0.1", 0), Handler)
    known = App(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture
def phones(app: App) -> Iterator[Phones]:
    """The carrier, with an application that believes to be called under another address."""
    line = replace(LINE, app_url=app.url, public_url=PUBLIC, messaging_service_sid=SERVICE)
    with phones_running.running(line) as handle:
        yield handle


class Redirected(TwilioHttpClient):
    """Twilio's own HTTP client, which goes to the carrier instead of api.twilio.com; keeps both directions."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=5, pool_connections=False)
        self.base = base
        self.exchanges: list[tuple[str, str, dict, dict, object]] = []

    def request(self, method, url, params=None, data=None, **more):
        response = super().request(
            method, url.replace("https://api.twilio.com", self.base), params=params, data=data, **more
        )
        self.exchanges.append((method, url, params or {}, data or {}, response))
        return response


class RedirectedAsync(AsyncTwilioHttpClient):
    """The same for the asynchronous client."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    async def request(self, method, url, params=None, data=None, headers=None, auth=None, **more):
        return await super().request(
            method,
            url.replace("https://api.twilio.com", self.base),
            params=params,
            data=data,
            headers=headers,
            auth=auth,
            **more,
        )


@pytest.fixture
def twilio(phones: Phones) -> Client:
    return Client(LINE.account_sid, LINE.auth_token, http_client=Redirected(phones.url))
