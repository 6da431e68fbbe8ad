"""Every sentence people read, in six languages, and what sending it costs.

A sentence has a name (`call.received`) and stands in <language>/LC_MESSAGES/*.po, English being a language
like the others and the source. `render` puts a text together from named sentences and facts; `bill` tells
how a carrier charges it; `problems` finds what is wrong with the translations. Nothing here knows the
time, the network or a database.
"""

from locales.catalog import Catalogs, Overrides, UnknownMessage
from locales.facts import Fact, Facts, Link, Phone, Say
from locales.languages import LANGUAGES, SOURCE, Language, UnknownLanguage, language
from locales.render import MissingFact, Rendered, render

__all__ = [
    "LANGUAGES",
    "SOURCE",
    "Catalogs",
    "Fact",
    "Facts",
    "Language",
    "Link",
    "MissingFact",
    "Overrides",
    "Phone",
    "Rendered",
    "Say",
    "UnknownLanguage",
    "UnknownMessage",
    "language",
    "render",
]
