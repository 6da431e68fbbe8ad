"""Making small catalogs for a test."""

from pathlib import Path

from locales import Catalogs


def catalogs(folder: Path, **languages: str) -> Catalogs:
    """Catalogs from the bodies of PO files, by language code."""
    for language, body in languages.items():
        place = folder / language / "LC_MESSAGES"
        place.mkdir(parents=True)
        header = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n'
        if "Plural-Forms" not in body:
            header += '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
        (place / "texts.po").write_text(header + body, encoding="utf-8")
    return Catalogs.load(folder)


def message(message_id: str, text: str, comment: str = "") -> str:
    """One entry of a PO file."""
    told = f"#. {comment}\n" if comment else ""
    return f'\n{told}msgid "{message_id}"\nmsgstr "{text}"\n'
