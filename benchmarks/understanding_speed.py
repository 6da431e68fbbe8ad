"""Understanding a text, beside normalising it with nothing looked for."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from benchmarks.labelled import read
from benchmarks.result import Result, Size, stopwatch
from benchmarks.stage import Stage
from conversations.understanding import LANGUAGES, normalise, understand

SIZE = Size(300, rounds=1)
TEXTS = {
    "en": "I was told that a detective would call me about the burglary at my house last Tuesday but nobody has, "
    "so could you tell me what is happening with my case please",
    "es": "Me dijeron que un detective me iba a llamar por el robo en mi casa el martes pasado pero nadie lo ha "
    "hecho, quisiera saber qué está pasando con mi caso por favor",
    "fr": "On m'a dit qu'un enquêteur m'appellerait au sujet du cambriolage de mardi dernier mais personne ne l'a "
    "fait, où en est mon dossier s'il vous plaît, merci d'avance",
    "ar": "قالوا لي إن محققا سيتصل بي بخصوص سرقة بيتي يوم الثلاثاء الماضي لكن لم يتصل بي أحد حتى الآن، من فضلكم "
    "أريد أن أعرف ماذا حدث في قضيتي وشكرا لكم على المساعدة",
    "sw": "Niliambiwa kwamba mpelelezi atanipigia simu kuhusu wizi uliotokea nyumbani kwangu Jumanne iliyopita "
    "lakini hakuna aliyenipigia, kesi yangu imefikia wapi tafadhali",
    "fa": "به من گفتند که یک کارآگاه درباره سرقت خانه‌ام در سه‌شنبه گذشته تماس می‌گیرد ولی هنوز کسی زنگ نزده است، "
    "لطفا بگویید پرونده من به کجا رسیده است، خیلی ممنون",
    "stop": "STOP",
    "hidden": "he won't stop texting me and my ex will not stop calling me either, please make him stop texting "
    "me, I told him to stop contacting me and he keeps on doing it",
}


def run(stage: Stage | None = None, size: Size = SIZE) -> list[Result]:
    """One result for each text, in microseconds a call."""
    with stopwatch() as took:
        understand("warm up")  # the first call reads and compiles the word files
    unseen = _never_seen_before(size)
    return [
        unseen,
        *(
            Result(
                f"understanding, {name}",
                _microseconds(understand, text, size),
                _microseconds(normalise, text, size),
                "us",
                "normalising alone",
                {"characters": len(text), "first call ms": round(took() * 1000)},
            )
            for name, text in TEXTS.items()
        ),
    ]


def _never_seen_before(size: Size) -> Result:
    """Labelled texts, each once, after as many others: the patterns' automata still grow with each."""
    texts = [one.text for language in LANGUAGES for one in read("work", language)]
    after = texts[:: max(1, len(texts) // size.count)]
    for text in set(texts) - set(after):
        understand(text)
    return Result(
        "understanding, texts never seen before",
        statistics.median(_once(understand, text) for text in after) * 1e6,
        statistics.median(_once(normalise, text) for text in after) * 1e6,
        "us",
        "normalising alone",
        {"texts": len(after), "characters in the middle": statistics.median(map(len, after))},
    )


def _once(function: Callable[[str], object], text: str) -> float:
    with stopwatch() as took:
        function(text)
    return took()


def _microseconds(function: Callable[[str], object], text: str, size: Size) -> float:
    """The median cost of one call."""
    costs = []
    for _ in range(size.count * size.rounds):
        with stopwatch() as took:
            function(text)
        costs.append(took())
    return statistics.median(costs) * 1e6
