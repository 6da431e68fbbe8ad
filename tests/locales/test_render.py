from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import FOLDER, Catalogs, Link, MissingFact, Phone, Say, UnknownMessage, render
from locales.bidi import FSI, LRI, PDI, RLI
from tests.locales.catalogs import catalogs, message

PHOENIX = ZoneInfo("America/Phoenix")
SHIPPED = Catalogs.load(FOLDER)
WHEN = datetime(2018, 8, 10, 23, 5, tzinfo=UTC)

any_text = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "{phone}",
        "{agency}",
        "{",
        "}",
        "\u202e",
        "\u2066",
        "شرطة تامبا",
        "Tampa شرطة",
        "a\nb",
        "{0}",
        "{agency.x}",
    ]
)


def said(language, facts, *parts, known=SHIPPED, overrides=None):
    return render(known, parts, language, facts, PHOENIX, overrides)


def one(tmp_path, text, fact, language="en"):
    return said(
        language, {"fact": fact}, "one", known=catalogs(tmp_path, **{language: message("one", text)})
    ).text


def test_parts_are_joined_by_a_space():
    facts = {"agency": "Tampa Police", "call_number": "P1"}
    assert said("en", facts, "call.closed", "footer.stop").text == (
        "Tampa Police: We have finished with your call P1. Reply STOP to end texts."
    )


@pytest.mark.parametrize("officer", [{}, {"officer": None}], ids=["absent", "None"])
def test_a_part_without_its_fact_is_left_out_and_named(officer):
    facts = {"agency": "Tampa Police", "call_number": "P1"} | officer
    rendered = said("en", facts, "call.closed", "call.closed.officer", "footer.stop")
    assert rendered.left_out == ("call.closed.officer",)
    assert "Officer" not in rendered.text


def test_a_first_part_without_its_fact_is_an_error_that_names_both():
    with pytest.raises(MissingFact) as raised:
        said("en", {"agency": "Tampa Police"}, "call.closed")
    assert (raised.value.message_id, raised.value.fact) == ("call.closed", "call_number")


def test_a_part_that_no_catalog_has_is_an_error():
    with pytest.raises(UnknownMessage):
        said("en", {}, "footer.stop", "no.such.part")


def test_a_text_of_no_parts_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        said("en", {})


def test_a_phone_is_shown_so_that_it_can_be_tapped(tmp_path):
    assert one(tmp_path, "Call {fact}.", Phone("+15205550100")) == "Call 520-555-0100."


def test_a_phone_of_another_country_keeps_its_country(tmp_path):
    assert one(tmp_path, "{fact}", Phone("+442083661177")) == "+44 20 8366 1177"


def test_a_phone_that_is_none_is_refused_without_repeating_it():
    with pytest.raises(ValueError, match=r"E\.164") as raised:
        Phone("520-555-7788")
    assert "7788" not in str(raised.value)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "Aug 10, 2018, 4:05 PM"),
        ("es", "10 ago 2018, 4:05 p.m."),
        ("fr", "10 août 2018, 16:05"),
        ("sw", "10 Ago 2018 16:05"),
    ],
)
def test_a_time_is_told_in_the_form_of_the_language_and_in_the_zone(tmp_path, language, shown):
    assert one(tmp_path, "{fact}", WHEN, language) == shown


def test_a_time_in_arabic_keeps_its_own_direction(tmp_path):
    assert one(tmp_path, "يوم {fact}", WHEN, "ar") == f"يوم {RLI}10 أغسطس 2018، 4:05 م{PDI}"


def test_a_time_without_a_zone_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no time zone"):
        one(tmp_path, "{fact}", WHEN.replace(tzinfo=None))


def test_a_number_stays_in_latin_digits(tmp_path):
    assert one(tmp_path, "{fact}", 1300) == "1300"


def test_another_message_is_said_in_the_same_language():
    facts = {"agency": "T", "report_number": "1", "status": Say("case_status.closed")}
    assert said("en", facts, "status.one").text == "T: Report 1: It is closed."
    closed = SHIPPED.find("case_status.closed", "fa").forms[0]
    assert said("fa", facts, "status.one").text.endswith(closed)


def test_messages_that_say_each_other_end_in_a_missing_fact(tmp_path):
    known = catalogs(tmp_path, en=message("one", "{fact}"))
    with pytest.raises(MissingFact):
        said("en", {"fact": Say("one")}, "one", known=known)


def test_a_plural_is_chosen_by_the_fact_named_count(tmp_path):
    plural = '\nmsgid "days"\nmsgid_plural "days"\nmsgstr[0] "{count} day"\nmsgstr[1] "{count} days"\n'
    known = catalogs(tmp_path, en=plural)
    assert [said("en", {"count": count}, "days", known=known).text for count in (1, 3)] == ["1 day", "3 days"]
    with pytest.raises(MissingFact):
        said("en", {}, "days", known=known)


def test_an_agencys_own_wording_is_filled_in_too():
    own = {("call.closed", "en"): "{agency} is done."}
    assert said("en", {"agency": "T"}, "call.closed", overrides=own).text == "T is done."


def test_a_part_that_is_not_translated_is_english_isolated_from_arabic(tmp_path):
    known = catalogs(tmp_path, en=message("a", "A") + message("b", "Hello, {fact}."), ar=message("a", "أهلا"))
    rendered = said("ar", {"fact": "Jo"}, "a", "b", known=known)
    assert (rendered.text, rendered.language) == (f"أهلا {LRI}Hello, Jo.{PDI}", "ar")


@given(any_text, any_text)
def test_what_is_put_in_is_never_taken_for_a_placeholder(agency, number):
    text = said(
        "en", {"agency": f"<{agency}>", "call_number": f"<{number}>", "phone": "SECRET"}, "call.closed"
    ).text
    assert "SECRET" not in text
    for name in ("{agency}", "{call_number}", "{phone}"):
        assert text.count(name) == agency.count(name) + number.count(name)


@given(any_text, st.sampled_from(["en", "ar"]))
def test_what_is_put_in_cannot_break_the_line_or_turn_the_direction(value, language):
    text = said(language, {"agency": value, "call_number": "1"}, "call.closed").text
    assert "\n" not in text
    assert not {"\u202a", "\u202b", "\u202d", "\u202e", "\u200e", "\u200f", "\u0000", "\u2028"} & set(text)
    depth = 0
    for character in text:
        depth += (character in {LRI, RLI, FSI}) - (character == PDI)
        assert depth in {0, 1}
    assert depth == 0


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_left_to_right_texts_carry_no_isolates_for_latin_values(value):
    assert not {LRI, RLI, FSI, PDI} & set(
        said("es", {"agency": value, "call_number": "1"}, "call.closed").text
    )


def test_an_arabic_name_in_an_english_text_is_isolated():
    assert said("en", {"agency": "شرطة", "call_number": "1"}, "call.closed").text.startswith(
        f"{FSI}شرطة{PDI}: We"
    )


def test_a_link_in_arabic_ends_before_the_isolate_does():
    facts = {"agency": "T", "report_number": "1", "link": Link("https://t.gov/m/x")}
    assert said("ar", facts, "report.filed").text.endswith(f"{LRI}https://t.gov/m/x {PDI}")


def test_the_joiners_that_persian_words_need_are_kept(tmp_path):
    assert "می\u200cرود" in one(tmp_path, "او {fact}", "می\u200cرود", "fa")
