"""The carrier from a test's side: type as a person, look at what came, wait for what should come."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

Json = dict[str, Any]


class ControlError(RuntimeError):
    """The carrier does not understand what it was told; the text says what it expected."""


class Phones:
    """The control API of a running carrier. Synchronous; one instance may be used by several threads."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._opener = build_opener(ProxyHandler({}))  # a loopback address needs no proxy

    def text(
        self, from_: str, body: str, to: str | None = None, *, wait: bool = True, repeat: int = 1
    ) -> Json:
        """A person sends a text to the line (`to`: its first number).

        Returns `sid`, `sids`, and with `wait` the application's `answers` ({"status", "ms", "error", ...}).
        """
        typed = {"from": from_, "body": body, "to": to, "wait": wait, "repeat": repeat}
        return self._call("POST", "/control/texts", typed)

    def messages(self, to: str | None = None) -> list[Json]:
        """Everything accepted from the application, oldest first; `to` picks one recipient."""
        query = "" if to is None else f"?to={quote(to)}"
        return self._call("GET", f"/control/messages{query}")["messages"]

    def attempts(self) -> list[Json]:
        """Every request to send, accepted or not, in order."""
        return self._call("GET", "/control/attempts")["attempts"]

    def thread(self, number: str) -> list[Json]:
        """Both directions of one phone, oldest first."""
        return self._call("GET", f"/control/threads?number={quote(number)}")["threads"][0]["messages"]

    def threads(self) -> list[Json]:
        """Every phone with its messages."""
        return self._call("GET", "/control/threads")["threads"]

    def add(self, number: str, label: str = "", language: str = "") -> None:
        """Puts a phone on the page, or names one that is there."""
        self._call("POST", "/control/phones", {"number": number, "label": label, "language": language})

    def behave(
        self,
        default: Mapping[str, object] | None = None,
        numbers: Mapping[str, Mapping[str, object]] | None = None,
        seed: int = 0,
    ) -> None:
        """Sets how the carrier misbehaves, in place of all that was set before; with nothing, it behaves.

        The fields are those of `gateway.phones.behaviour.Behaviour`. Raises ControlError for a wrong one.
        """
        self._call(
            "PUT", "/control/behaviour", {"default": default or {}, "numbers": numbers or {}, "seed": seed}
        )

    def move(self, **changes: str | None) -> None:
        """Tells the carrier where the application lives: app_url, public_url, sms_path, fallback_url."""
        self._call("PUT", "/control/line", changes)

    def reset(self) -> None:
        """No messages, no phones, no opt-outs, and the behaviour the carrier was started with."""
        self._call("POST", "/control/reset", {})

    def settled(self) -> bool:
        """Nothing is under way: no callback, no webhook, no answer."""
        return bool(self._call("GET", "/control/settled")["settled"])

    def wait_for(self, predicate: Callable[[], object], timeout: float = 10.0) -> Any:
        """What `predicate` returns as soon as that is true. Raises TimeoutError."""
        end = time.monotonic() + timeout
        while not (found := predicate()):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {timeout} s: {getattr(predicate, '__name__', predicate)}")
            time.sleep(0.01)
        return found

    def wait_until_settled(self, timeout: float = 10.0) -> None:
        self.wait_for(self.settled, timeout)

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(  # noqa: S310 - the test's own address
            self.url + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return json.load(answer)
        except HTTPError as refusal:
            with refusal:
                raise ControlError(json.load(refusal)["error"]) from refusal
