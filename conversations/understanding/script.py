"""Arabic or Persian, told by letters that only one of them writes."""

_PERSIAN = frozenset("پچژگکی")
"""U+06A9 and U+06CC are keheh and the Persian yeh: Arabic keyboards have others."""
_ARABIC = frozenset("ةىكيأإؤ")


def language_of_script(text: str) -> str | None:
    """`fa` or `ar` by the letters; None for letters of neither, or of both."""
    letters = set(text)
    persian, arabic = bool(letters & _PERSIAN), bool(letters & _ARABIC)
    if persian == arabic:
        return None
    return "fa" if persian else "ar"
