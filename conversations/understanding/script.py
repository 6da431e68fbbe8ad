"""Arabic or Persian, told by letters that only one of them writes, else by the digits."""

# U+06A9 and U+06CC are keheh and the Persian yeh: Arabic keyboards have others.
_TELLING = (
    {"fa": frozenset("پچژگکی"), "ar": frozenset("ةىكيأإؤ")},
    {"fa": frozenset("۰۱۲۳۴۵۶۷۸۹"), "ar": frozenset("٠١٢٣٤٥٦٧٨٩")},
)


def language_of_script(text: str) -> str | None:
    """`fa` or `ar`; None for a text in other letters, or in those of both."""
    written = set(text)
    for signs in _TELLING:
        found = [language for language, own in signs.items() if own & written]
        if found:
            return found[0] if len(found) == 1 else None
    return None
