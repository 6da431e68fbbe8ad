"""Every example in the word files is understood as the file says."""

import pytest

from conversations.understanding import Intent, understand
from conversations.understanding.vocabulary import Example, load_vocabulary


def _named(example: Example) -> str:
    return f"{example.entry.file.stem}:{example.entry.line}:{example.intent}:{example.topic or ''}"


EXAMPLES = load_vocabulary().examples


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.wanted], ids=_named)
def test_an_example_is_understood_as_its_file_says(example: Example) -> None:
    meant = understand(example.entry.text)
    assert example.intent in (meant.intent, *meant.also), (example.entry.text, meant)
    assert meant.topic == example.topic or example.intent not in (Intent.ENROLL, Intent.UNENROLL), meant
    assert meant.language in (example.language, None) or example.language is None, (example.entry.text, meant)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if not e.wanted], ids=_named)
def test_a_counter_example_is_not_understood_so(example: Example) -> None:
    meant = understand(example.entry.text)
    understood = example.intent in (meant.intent, *meant.also) and example.topic in (None, meant.topic)
    assert not understood, (example.entry.text, meant)
