"""Arabic and Persian texts, as phones show them."""

import re
from zoneinfo import ZoneInfo

import pytest

from locales import FOLDER, Catalogs, load_samples, render
from locales.bidi import isolate_rtl_names, isolate_runs
from locales.samples import sample_facts
from tests.locales.bidi_reference import arranged, first_strong, seen, unicodedata

SHIPPED = Catalogs.load(FOLDER)
SAMPLES = load_samples()
SENTENCES = [
    (entry.sentence.language, entry.sentence.message_id)
    for entry in SHIPPED.entries
    if entry.approved and entry.sentence.language in {"ar", "fa"}
]
RUN = re.compile(r"https:\S+|[A-Za-z0-9]+(?:[-:.][A-Za-z0-9]+)*")


def rendered(language, message_id):
    sentences = [entry.sentence for entry in SHIPPED.entries if entry.sentence.language == language]
    return render(SHIPPED, [message_id], language, sample_facts(SAMPLES, sentences), ZoneInfo("UTC")).text


def test_without_isolates_a_phone_number_is_shown_backwards():
    assert seen("اتصل 520-555-0100") == "0100-555-520 لصتا"


@pytest.mark.parametrize(("language", "message_id"), SENTENCES)
def test_every_shipped_sentence_begins_at_the_right(language, message_id):
    text = rendered(language, message_id)
    kinds = [unicodedata.bidirectional(character) for character in text]
    assert first_strong(kinds, 0, len(kinds)) == 1


@pytest.mark.parametrize(("language", "message_id"), SENTENCES)
def test_numbers_links_and_latin_words_stay_whole_in_every_shipped_sentence(language, message_id):
    text = rendered(language, message_id)
    screen = {position: place for place, (position, _level) in enumerate(arranged(text))}
    for run in RUN.finditer(text):
        places = [screen[position] for position in range(*run.span())]
        assert places == list(range(places[0], places[0] + len(places)))


@pytest.mark.parametrize(
    ("text", "on_screen"),
    [
        ("أرسل STOP.", ".STOP لسرأ"),
        ("اتصل 911.", ".911 لصتا"),
        ("اتصل 520-555-0100.", ".520-555-0100 لصتا"),
        ("أرسل STATUS، ALERTS، HELP أو STOP.", ".STOP وأ HELP ،ALERTS ،STATUS لسرأ"),
        ("STOP: أرسل", "لسرأ :STOP"),
        ("خدمة (VINE): أرسل", "لسرأ :(VINE) ةمدخ"),
        ("أرسل STOP، 911.", ".911 ،STOP لسرأ"),
        ("خلال 24 ساعة", "ةعاس 24 لالخ"),
    ],
)
def test_what_a_sentence_says_itself_is_read_in_order(text, on_screen):
    assert seen(isolate_runs(text)) == on_screen


@pytest.mark.parametrize("text", ["أرسل STOP.", "اتصل 911 أو 988.", "أرسل HELP أو STOP."])
def test_what_reads_rightly_anyway_costs_no_isolates(text):
    assert isolate_runs(text) == text


def test_a_right_to_left_name_in_a_left_to_right_text_keeps_the_numbers_beside_it_in_place():
    assert (
        seen(isolate_rtl_names("3 Français, 4 العربية, 5 Kiswahili")) == "3 Français, 4 ةيبرعلا, 5 Kiswahili"
    )
