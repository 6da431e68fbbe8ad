"""Look at surveys before anybody is asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from gateway.cli.checked import tell
from locales import FOLDER, LANGUAGES, Catalogs, bill, cheapest, render
from rules.survey import SURVEYS, BadSurvey, PinnedSurvey, Survey, load, load_all, repeated_ids

_NO_TIMES = ZoneInfo("UTC")


@click.group()
def survey() -> None:
    """Check a survey file, and see its questions as they are texted."""


@survey.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Read FILES, or all shipped surveys, as the line would; tell each mistake with file, line and field.

    \b
    Examples:
      ./tidings survey check
      ./tidings survey check rules/surveys/after_report.yaml --json
    """
    mistakes: list[str] = []
    good: dict[Path, PinnedSurvey] = {}
    for path in files or sorted(SURVEYS.glob("*.yaml")):
        try:
            good[path] = load(path)
        except BadSurvey as error:
            mistakes += str(error).splitlines()
    mistakes += repeated_ids(good)
    tell({str(path): pinned.hash for path, pinned in good.items()}, mistakes, as_json)


@survey.command()
@click.argument("name", metavar="ID")
@click.option(
    "--language",
    type=click.Choice([known.code for known in LANGUAGES]),
    default="en",
    help="In which of the six languages; English if left out.",
)
@click.option("--agency", default="Saguaro Police", help="The agency's name as it stands in the texts.")
def show(name: str, language: str, agency: str) -> None:
    """Print each text of the survey ID, or of a survey FILE, as it is sent, with what it costs.

    \b
    Examples:
      ./tidings survey show after_report
      ./tidings survey show after_call --language ar
      ./tidings survey show our-survey.yaml --agency "Our Police"
    """
    pinned = _named(name)
    click.echo(f"{pinned.survey.title}, version {pinned.hash}")
    catalogs = Catalogs.load(FOLDER)
    for heading, parts in _texts(pinned.survey):
        facts = {"agency": agency}
        wording = pinned.survey.wording
        text = cheapest(render(catalogs, parts, language, facts, _NO_TIMES, wording).text)
        billing = bill(text)
        several = "" if billing.segments == 1 else "s"
        click.echo(f"\n{heading}: {billing.segments} segment{several} of {billing.encoding}\n{text}")


def _named(name: str) -> PinnedSurvey:
    try:
        if name.endswith((".yaml", ".yml")):
            return load(Path(name))
        surveys = load_all()
    except BadSurvey as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if name not in surveys:
        raise click.BadParameter(f"no survey {name!r}; there are {', '.join(surveys)}", param_hint="ID")
    return surveys[name]


def _texts(survey: Survey) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What each text is, and the ids of its parts, in the order in which they are sent."""
    for index, question in enumerate(survey.questions):
        yield f"{index + 1}. {question.id} ({question.type})", survey.parts(index)
        if question.explain:
            yield f"{index + 1}. {question.id}, not understood", (question.explain_id(survey.id),)
    yield "thanks", (survey.thanks_id,)
