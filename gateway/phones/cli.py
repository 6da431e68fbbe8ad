"""The command line: `python -m gateway.phones`. Every option also as an environment variable PHONES_*."""

import asyncio
import logging

import click

from gateway.phones.behaviour import Behaviour, Behaviours
from gateway.phones.server import run
from gateway.phones.settings import Line

EXAMPLES = """\b
Examples:
  # an application on port 8000, phones on http://127.0.0.1:9000/
  python -m gateway.phones --port 9000 --account-sid AC00000000000000000000000000000001 \\
      --auth-token secret --number +15205550100 --app-url http://127.0.0.1:8000

\b
  # the application believes to be called under its public address; answers take 100 ms
  python -m gateway.phones --port 9000 --account-sid AC... --auth-token secret \\
      --number +15205550100 --messaging-service-sid MG... --app-url http://127.0.0.1:8000 \\
      --public-url https://tidings.example.gov --latency-ms 100

\b
  # make the next three messages to one number meet a 429, and lose a tenth of all callbacks
  curl -X PUT -H 'Content-Type: application/json' http://127.0.0.1:9000/control/behaviour -d '
      {"default": {"callback_loss": 0.1},
       "numbers": {"+15205550111": {"faults": [{"kind": "too_many", "times": 3}]}}}'

The application sends to it with TWILIO_API_BASE=http://127.0.0.1:9000. When ready, it prints its address
as one line of JSON. It has no login: keep it on a loopback address.
"""


@click.command(epilog=EXAMPLES, context_settings={"auto_envvar_prefix": "PHONES", "show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=9000, help="Port to listen on; 0 takes any that is free.")
@click.option("--account-sid", required=True, help="AC and 32 hex digits.")
@click.option("--auth-token", required=True, help="Checks requests and signs webhooks.")
@click.option(
    "--number",
    "numbers",
    multiple=True,
    required=True,
    envvar=["PHONES_NUMBER", "PHONES_NUMBERS"],
    help="A number of the line; may be repeated (in the environment: separated by spaces).",
)
@click.option("--messaging-service-sid", help="MG and 32 hex digits, if the line has one.")
@click.option("--app-url", help="Where the application listens.")
@click.option("--public-url", help="Where the application believes to be called; signatures cover it.")
@click.option("--sms-path", default="/twilio/sms", help="Path of the webhook for inbound texts.")
@click.option("--fallback-url", help="Called when that webhook fails.")
@click.option("--latency-ms", default=0, help="Time until a request to send is answered.")
@click.option("--callback-delay-ms", default=0, help="Time before each status callback.")
@click.option("--advanced-opt-out", is_flag=True, help="Answer STOP, START and HELP here, as Twilio can.")
@click.option("--blocks-after-stop", is_flag=True, help="Refuse messages to who texted STOP (21610).")
@click.option("--seed", default=0, help="Decides what goes wrong where chance is asked for.")
@click.option("--log-level", default="WARNING", help="INFO names every message by its SID.")
def main(
    host: str,
    port: int,
    seed: int,
    log_level: str,
    latency_ms: int,
    callback_delay_ms: int,
    advanced_opt_out: bool,
    blocks_after_stop: bool,
    **line: object,
) -> None:
    """A loopback carrier that speaks Twilio's wire protocol, with phones on a web page."""
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        served = Line(**line)  # type: ignore[arg-type]
        behaviour = Behaviour(
            latency_ms=latency_ms,
            callback_delay_ms=callback_delay_ms,
            advanced_opt_out=advanced_opt_out,
            blocks_after_stop=blocks_after_stop,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    asyncio.run(run(served, Behaviours(default=behaviour, seed=seed), host, port))
