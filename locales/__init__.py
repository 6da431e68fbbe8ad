"""Every sentence people read, in six languages, and what sending it costs.

A sentence has a name (`call.received`) and stands in <language>/LC_MESSAGES/*.po, English being a language
like the others and the source. `render` puts a text together from named sentences and facts; `bill` tells
how a carrier charges it; `problems` finds what is wrong with the translations. Nothing here knows the
time, the network or a database.
"""

from pathlib import Path

from locales.catalog import Catalogs, Overrides, UnknownMessage
from locales.check import Problem, problems
from locales.facts import Fact, Facts, Link, Phone, Say
from locales.folding import fold, fold_accents
from locales.languages import LANGUAGES, SOURCE, Language, UnknownLanguage, language
from locales.render import MissingFact, Rendered, render
from locales.samples import Samples, SamplesError, load_samples
from locales.segments import Billing, bill, cheapest

FOLDER = Path(__file__).parent
"""Where the shipped catalogs are."""

__all__ = [
    "FOLDER",
    "LANGUAGES",
    "SOURCE",
    "Billing",
    "Catalogs",
    "Fact",
    "Facts",
    "Language",
    "Link",
    "MissingFact",
    "Overrides",
    "Phone",
    "Problem",
    "Rendered",
    "Samples",
    "SamplesError",
    "Say",
    "UnknownLanguage",
    "UnknownMessage",
    "bill",
    "cheapest",
    "fold",
    "fold_accents",
    "language",
    "load_samples",
    "problems",
    "render",
]
