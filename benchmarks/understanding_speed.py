"""What it costs to understand a text, beside its floor: normalising alone, with nothing looked for.

Run: python benchmarks/understanding_speed.py
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conversations.understanding import normalise, understand

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
ROUNDS = 300


def microseconds(function: Callable[[str], object], text: str) -> float:
    """Return the median cost of one call."""
    costs = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        function(text)
        costs.append(time.perf_counter() - began)
    return statistics.median(costs) * 1e6


def main() -> None:
    """Print one line a text: characters, floor, cost, ratio."""
    began = time.perf_counter()
    understand("warm up")
    print(f"first call (reads and compiles the word files): {(time.perf_counter() - began) * 1e3:.0f} ms")
    print(f"{'text':8}{'chars':>6}{'normalise us':>14}{'understand us':>15}{'ratio':>7}")
    for name, text in TEXTS.items():
        understand(text)
        floor, cost = microseconds(normalise, text), microseconds(understand, text)
        print(f"{name:8}{len(text):>6}{floor:>14.1f}{cost:>15.1f}{cost / floor:>7.1f}")


if __name__ == "__main__":
    main()
