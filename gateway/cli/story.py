"""Plays the demo's story through the real doors, and waits after each scene for what should be heard."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from ruamel.yaml import YAML

from gateway.phones.client import Phones

STORY = Path(__file__).with_name("story.yaml")


@dataclass(frozen=True)
class Person:
    """Someone with a phone."""

    number: str
    name: str
    language: str


@dataclass
class Story:
    """The people, and what happens to them in which order."""

    people: Mapping[str, Person]
    scenes: list[dict[str, Any]]
    heard: Counter[str] = field(default_factory=Counter)
    """How many messages each person should have got by now."""

    @classmethod
    def read(cls, path: Path = STORY) -> Story:
        told = YAML(typ="safe").load(path)
        return cls({key: Person(**person) for key, person in told["people"].items()}, told["scenes"])

    def play(self, line: Line, say: Callable[[str], None]) -> list[str]:
        """Scene after scene. Returns what was expected and did not come, or came and was not expected."""
        for person in self.people.values():
            line.phones.add(person.number, person.name, person.language)
        missing: list[str] = []
        for scene in self.scenes:
            say(_title(scene))
            if "event" in scene:
                line.tell(self._event(scene))
            else:
                line.phones.text(self.people[scene["from"]].number, scene["text"])
            self.heard.update(scene["hears"])
            missing += self._wait(line, scene) if scene["hears"] else []
            if not scene["hears"]:
                line.wait_until_quiet()
        line.wait_until_quiet()
        return missing + self._surprises(line)

    def _event(self, scene: dict[str, Any]) -> dict[str, Any]:
        parties = [
            {
                "role": role,
                "name": (person := self.people[scene[role]]).name,
                "phone": person.number,
                "language": person.language,
                "class_of_service": "WRLS",
                "victim_type": "I",
            }
            for role in ("caller", "victim")
            if role in scene
        ]
        now = datetime.now(UTC).isoformat()
        return {
            "specversion": "1.0",
            "source": "demo",
            "id": f"{scene['event']}:{scene['subject']}",
            "type": scene["event"],
            "subject": scene["subject"],
            "time": now,
            "data": scene["data"]
            | ({"parties": parties} if parties else {})
            | ({"reported_at": now} if scene["event"] == "report.filed" else {}),
        }

    def _wait(self, line: Line, scene: dict[str, Any]) -> list[str]:
        missing = []
        for key in scene["hears"]:
            number, wanted = self.people[key].number, self.heard[key]
            if not line.wait_for(lambda n=number, w=wanted: len(line.phones.messages(to=n)) >= w):
                missing.append(f"{self.people[key].name} did not get message {wanted} after: {_title(scene)}")
        return missing

    def _surprises(self, line: Line) -> list[str]:
        found = {key: len(line.phones.messages(to=person.number)) for key, person in self.people.items()}
        return [
            f"{self.people[key].name} got {count} messages; expected {self.heard[key]}"
            for key, count in found.items()
            if count > self.heard[key]
        ]

    def transcript(self, line: Line) -> str:
        """Each phone's thread, as its owner sees it."""
        threads = {thread["number"]: thread["messages"] for thread in line.phones.threads()}
        parts = []
        for person in self.people.values():
            lines = [f"{person.name}, {person.number}, {person.language}"]
            for message in threads.get(person.number, []):
                lines.append(f"  {'>' if message['direction'] == 'inbound' else '<'} {message['body']}")
            if len(lines) == 1:
                lines.append("  (nothing: a call of this type is never texted)")
            parts.append("\n".join(lines))
        return "\n\n".join(parts)


@dataclass
class Line:
    """The running line as a feed and a carrier see it."""

    url: str
    api_key: str
    phones: Phones
    ready: Callable[[], bool]
    """Whether everything that was taken in has been worked off."""
    patience_seconds: float = 20.0

    def tell(self, event: dict[str, Any]) -> None:
        """Post an event as a dispatcher's system would. Raises RuntimeError if it was not accepted."""
        request = Request(  # noqa: S310 - our own address
            f"{self.url}/v1/events",
            data=json.dumps(event).encode(),
            headers={
                "Content-Type": "application/cloudevents+json",
                "Authorization": f"Bearer {self.api_key}",
            },
        )
        with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
            result = json.load(answer)["results"][0]
        if result["result"] != "accepted":
            raise RuntimeError(f"the line did not accept {event['id']}: {result}")

    def wait_for(self, predicate: Callable[[], bool]) -> bool:
        """False if it does not come true in time."""
        try:
            return bool(self.phones.wait_for(predicate, self.patience_seconds))
        except TimeoutError:
            return False

    def wait_until_quiet(self) -> None:
        """Until nothing is on its way in either direction."""
        deadline = time.monotonic() + self.patience_seconds
        while not (self.ready() and self.phones.settled()) and time.monotonic() < deadline:
            time.sleep(0.05)


def _title(scene: dict[str, Any]) -> str:
    if "event" in scene:
        return f"{scene['event']} {scene['subject']}"
    return f"{scene['from']} texts: {scene['text']}"
