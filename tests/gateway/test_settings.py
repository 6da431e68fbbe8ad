"""The environment: what is wrong in it is told by name, and no secret is ever told."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.settings import BadSettings, from_environ
from tests.gateway.world import environment

KEY = "k" * 43 + "="
GOOD = environment(
    database="postgres://user:dbsecret@db.example:5432/tidings",
    redis="rediss://:redissecret@redis.example:6380",
    carrier="https://api.twilio.com",
    public="https://tidings.example.gov",
)
REQUIRED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "FIELD_KEYS",
    "LOOKUP_KEY",
    "PUBLIC_URL",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
)
MALFORMED = [
    ("DATABASE_URL", "mysql://u:zzzz@h/d"),
    ("DATABASE_URL", "zzzz"),
    ("DATABASE_URL", "postgres://"),
    ("DATABASE_URL", "postgres://u:zzzz@[h/d"),
    ("DATABASE_URL", "postgres://u:zzzz@h:port/d"),
    ("REDIS_URL", "http://zzzz"),
    ("REDIS_URL", "redis://"),
    ("REDIS_URL", "redis://:zzzz@[h"),
    ("REDIS_URL", "redis://:zzzz\u2100@h"),
    ("SECRET_KEY", "zzzz"),
    ("SECRET_KEY", "zzzz" * 8 + "\udcff"),
    ("FIELD_KEYS", "zzzz"),
    ("FIELD_KEYS", f"{KEY},zzzz"),
    ("FIELD_KEYS", "zzzz\udcff"),
    ("FIELD_KEYS", ","),
    ("FIELD_KEYS", "!" + KEY),
    ("LOOKUP_KEY", "zzzz"),
    ("PUBLIC_URL", "zzzz"),
    ("PUBLIC_URL", "http://zzzz.gov"),
    ("PUBLIC_URL", "https://zzzz.gov/?a=b"),
    ("PUBLIC_URL", "https://user:zzzz@tidings.gov"),
    ("PUBLIC_URL", "https://[zzzz"),
    ("PUBLIC_URL", "https://zzzz:port"),
    ("PUBLIC_URL", "ftp://zzzz.gov"),
    ("TWILIO_ACCOUNT_SID", "zzzz"),
    ("TWILIO_AUTH_TOKEN", "zzzz"),
    ("TWILIO_API_BASE", "http://zzzz.com"),
    ("SMTP_URL", "http://zzzz.com"),
    ("SMTP_URL", "smtp://"),
    ("SMTP_URL", "smtp://zzzz:zzzz@:587"),
    ("PORT", "zzzz"),
    ("PORT", "0"),
    ("PORT", "70000"),
    ("PORT", "²"),
    ("PORT", "9" * 5000),
    ("WEB_CONCURRENCY", "0"),
    ("LOG_LEVEL", "zzzz"),
    ("POLICIES", "/zzzz"),
]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_setting_is_named_with_what_is_expected(name: str) -> None:
    with pytest.raises(BadSettings, match=rf"^{name} is missing: expected .+$"):
        from_environ({**GOOD, name: " "})


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_a_malformed_setting_is_named_with_what_is_expected_and_its_value_is_not_shown(
    name: str, value: str
) -> None:
    with pytest.raises(BadSettings) as told:
        from_environ({**GOOD, name: value})
    assert re.fullmatch(rf"{name}: expected .+", str(told.value))
    assert "zzzz" not in str(told.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BadSettings) as told:
        from_environ({"PORT": "none"})
    assert [line.split()[0].rstrip(":") for line in str(told.value).splitlines()] == [*REQUIRED, "PORT"]


@given(st.dictionaries(st.sampled_from([*GOOD, "PORT", "WEB_CONCURRENCY"]), st.text(), min_size=1))
def test_any_environment_is_either_taken_or_refused_in_words(environ: dict[str, str]) -> None:
    mistakes: list[str] = []
    try:
        from_environ({**GOOD, **environ})
    except BadSettings as error:
        mistakes = str(error).splitlines()
    assert all(": expected" in line for line in mistakes)


def test_addresses_as_heroku_gives_them_are_understood() -> None:
    settings = from_environ(GOOD)
    assert settings.database_url == "postgresql+psycopg://user:dbsecret@db.example:5432/tidings"
    assert settings.redis_url == "rediss://:redissecret@redis.example:6380"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql:///tidings?host=/run/postgresql"),
        ("DATABASE_URL", "postgresql+psycopg://u@h/d"),
        ("REDIS_URL", "unix:///run/valkey.sock?db=1"),
        ("PUBLIC_URL", "http://127.0.0.1:8000/"),
        ("FIELD_KEYS", f" {KEY} , {KEY} ,"),
    ],
)
def test_other_ways_of_writing_an_address_are_understood(name: str, value: str) -> None:
    from_environ({**GOOD, name: value})


def test_what_is_not_said_has_a_default() -> None:
    settings = from_environ({name: GOOD[name] for name in REQUIRED})
    assert settings.twilio_api_base == "https://api.twilio.com"
    assert (settings.port, settings.web_concurrency, settings.log_level) == (8000, 2, "INFO")


def test_only_a_laptop_does_without_https() -> None:
    assert from_environ(GOOD).secure
    assert not from_environ({**GOOD, "PUBLIC_URL": "http://localhost:8000"}).secure


def test_secrets_are_not_in_the_repr() -> None:
    shown = repr(from_environ(GOOD))
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS", "LOOKUP_KEY", "TWILIO_AUTH_TOKEN"):
        assert GOOD[name] not in shown
    assert "dbsecret" not in shown
    assert "redissecret" not in shown
