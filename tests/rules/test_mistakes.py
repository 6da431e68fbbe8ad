"""Every mistake that can be made in a policy is told with file, line, field and what was expected."""

from __future__ import annotations

import pytest

from locales import FOLDER, Catalogs
from rules.policy import POLICIES, BadPolicy, parse
from rules.survey import load_all
from tests.rules.given import DEMO_SOURCE

MESSAGES = frozenset(message_id for message_id, _ in Catalogs.load(FOLDER).sentences)
SURVEYS = frozenset(load_all())
TUCSON_SOURCE = (POLICIES / "tucson.yaml").read_text(encoding="utf-8")
TAMPA_SOURCE = (POLICIES / "tampa.yaml").read_text(encoding="utf-8")


def line_of(source: str, part: str) -> int:
    return source[: source.index(part)].count("\n") + 1


# Every mistake: what to put in the place of what, and the line, the field and the expectation that are told.
MISTAKES = {
    "a missing key": (
        "  name: Saguaro Police\n",
        "",
        "agency",
        "agency.name",
        "is missing; expected a value",
    ),
    "a key nobody knows": (
        "  vine: ",
        "  wine: ",
        None,
        "agency.wine",
        "is not a key of a policy; see rules/policies/template.yaml",
    ),
    "a part that is missing": ("allowed:\n", "alowed:\n", None, "alowed", "is not a key"),
    "an id with capitals": ("id: demo", "id: Demo", None, "agency.id", "should match pattern"),
    "a name too long for a text": (
        "name: Saguaro Police",
        "name: The Saguaro City Police Department",
        None,
        "agency.name",
        "at most 24",
    ),
    "no time zone": (
        "America/Phoenix",
        "Arizona",
        None,
        "agency.time_zone",
        "expected an IANA time zone such as America/Phoenix",
    ),
    "a zone that is a number": ("America/Phoenix", "-7", None, "agency.time_zone", "expected text"),
    "a language we do not speak": (
        "language: en",
        "language: de",
        None,
        "agency.language",
        "'en', 'es', 'fr', 'ar', 'sw' or 'fa'",
    ),
    "no phone": (
        '"+1 520-555-0101"',
        "records desk",
        None,
        "agency.records_phone",
        "expected a phone number such as +15205550100",
    ),
    "a phone without area code": (
        '"+1 520-555-0101"',
        "555-0101",
        None,
        "agency.records_phone",
        "expected a phone number",
    ),
    "911 as a phone": (
        'phone: "+1 520-555-0100"',
        "phone: 911",
        None,
        "agency.phone",
        "expected a phone number",
    ),
    "one phone where a list is": (
        'on_call: ["+1 520-555-0191", "+1 520-555-0192"]',
        'on_call: "+1 520-555-0191"',
        None,
        "agency.on_call",
        "expected a list",
    ),
    "a wrong phone in a list": (
        '"+1 520-555-0192"',
        '"+1 520-555"',
        "on_call",
        "agency.on_call.1",
        "expected a phone number",
    ),
    "a wrong phone deep inside": (
        'fraud: "+1 520-555-0123"',
        "fraud: none",
        None,
        "agency.divisions.east.unit_phones.fraud",
        "expected a phone number",
    ),
    "neither yes nor no": (
        "text_to_911: yes",
        "text_to_911: perhaps",
        None,
        "agency.text_to_911",
        "expected yes or no",
    ),
    "a call type that is never texted": (
        "    - GRAFFITI",
        "    - battery  dv",
        None,
        "allowed.call_types.BATTERY DV",
        "is never texted (domestic_violence in rules/never.yaml)",
    ),
    "an empty call type": (
        "    - GRAFFITI",
        '    - " "',
        None,
        "allowed.call_types.",
        "expected a code",
    ),
    "a call type that is a mapping": (
        "    - GRAFFITI",
        "    - GRAFFITI: yes",
        None,
        "allowed.call_types.",
        "expected a code",
    ),
    "a recipient that is a mapping": (
        "to: [victim, enrolled]",
        "to: [{victim: yes}]",
        None,
        "notices.4.to.0",
        "expected caller",
    ),
    "a call type in both lists": (
        'highest_priority: ["0", "1"]',
        'highest_priority: ["0"]\n  not_texted:\n    - Flooding\n    - theft',
        "    - theft",
        "allowed.not_texted.THEFT",
        "is among call_types too",
    ),
    "a sensitive offense": (
        '    - "220"  # burglary',
        '    - "11A"',
        None,
        "allowed.offenses.11A",
        "expected a NIBRS code that may be texted",
    ),
    "an offense with nobody to tell": (
        '    - "220"  # burglary',
        '    - "35A"',
        None,
        "allowed.offenses.35A",
        "expected a NIBRS code that may be texted",
    ),
    "an offense that nobody knows": (
        '    - "220"  # burglary',
        "    - 22O",
        None,
        "allowed.offenses.22O",
        "expected a NIBRS code that may be texted",
    ),
    "no highest priority": (
        'highest_priority: ["0", "1"]',
        "highest_priority: []",
        None,
        "allowed.highest_priority",
        "expected at least one, or priority_required: no",
    ),
    "a clock that says 25": (
        'begin: "00:00"',
        'begin: "25:00"',
        None,
        "quiet_hours.begin",
        "expected a time of day in quotes, such as '21:00'",
    ),
    "an hour alone": (
        'begin: "00:00"',
        "begin: 21",
        None,
        "quiet_hours.begin",
        "expected a time of day in quotes",
    ),
    "a time with a zone": (
        'end: "00:00"',
        'end: "08:00Z"',
        None,
        "quiet_hours.end",
        "expected a time of day in quotes",
    ),
    "a proof that we can't ask for": (
        "verify_by: birth_date",
        "verify_by: birthday",
        None,
        "conversation.verify_by",
        "'birth_date' or 'last_name'",
    ),
    "a question that is neither asked nor not": (
        "ask_what_to_stop: no",
        "ask_what_to_stop: sometimes",
        None,
        "conversation.ask_what_to_stop",
        "expected yes or no",
    ),
    "an offer of a language we do not speak": (
        "offer_languages: [es, sw]",
        "offer_languages: [es, so]",
        None,
        "conversation.offer_languages.1",
        "'en', 'es', 'fr', 'ar', 'sw' or 'fa'",
    ),
    "an offer that is no list": (
        "offer_languages: [es, sw]",
        "offer_languages: es",
        None,
        "conversation.offer_languages",
        "expected a list",
    ),
    "a language that is offered twice": (
        "offer_languages: [es, sw]",
        "offer_languages: [es, sw, es]",
        None,
        "conversation.offer_languages.2",
        "es is there twice; expected each language once",
    ),
    "accents neither folded nor kept": (
        "fold_accents: no",
        "fold_accents: es",
        None,
        "conversation.fold_accents",
        "expected yes or no",
    ),
    "a key nobody knows about the conversation": (
        "  fold_accents: no",
        "  fold_acents: no",
        None,
        "conversation.fold_acents",
        "is not a key of a policy",
    ),
    "an event that does not exist": (
        "on: call.received",
        "on: call.recieved",
        None,
        "notices.0.on",
        "'call.received'",
    ),
    "a heartbeat as an event": (
        "on: call.closed",
        "on: feed.heartbeat",
        None,
        "notices.2.on",
        "expected another event",
    ),
    "a suspect as the recipient": (
        "to: [victim, enrolled]",
        "to: [victim, suspect]",
        None,
        "notices.4.to.1",
        "expected caller, enrolled, representative, victim",
    ),
    "nobody as the recipient": ("to: [victim, enrolled]", "to: []", None, "notices.4.to", "at least 1 item"),
    "a recipient that is no list": (
        "to: [victim, enrolled]",
        "to: victim",
        None,
        "notices.4.to",
        "expected a list",
    ),
    "a condition that is no CEL": (
        "when: party.wireless",
        "when: party is wireless",
        None,
        "notices.0.when",
        "expected a CEL expression",
    ),
    "a condition about an unknown fact": (
        "when: party.wireless",
        "when: party.mobile",
        None,
        "notices.0.when",
        "party.mobile is unknown; expected party.class_of_service",
    ),
    "a condition that is yes": (
        "when: party.wireless",
        "when: true",
        None,
        "notices.0.when",
        "expected a CEL expression in quotes",
    ),
    "a case in a condition about a call": (
        "when: party.wireless",
        "when: case.unit == 'fraud'",
        None,
        "notices.0.when",
        "call.received is about a call; expected nothing about a case",
    ),
    "no message": ("message: [call.dispatched]", "message: []", None, "notices.1.message", "at least 1 item"),
    "a message that is not in the catalogs": (
        "[call.dispatched]",
        "[call.dispached]",
        None,
        "notices.1.message",
        "no message 'call.dispached' in the catalogs",
    ),
    "neither sentences nor a survey": (
        "    message: [call.dispatched]\n",
        "",
        ("- id: call.dispatched", 1),
        "notices.1.message",
        "is missing; expected sentences, or a survey",
    ),
    "a survey that does not exist": (
        "survey: after_call",
        "survey: after_cal",
        None,
        "notices.6.survey",
        "no survey 'after_cal' in rules/surveys; expected after_call, after_report",
    ),
    "a survey that is a list": (
        "survey: after_call",
        "survey: [after_call]",
        None,
        "notices.6.survey",
        "expected text",
    ),
    "sentences beside a survey": (
        "    survey: after_call\n",
        "    survey: after_call\n    message: [call.closed]\n",
        "    message: [call.closed]\n",
        "notices.6.message",
        "expected none beside a survey",
    ),
    "a survey that is a follow-up": (
        "class: survey",
        "class: follow_up",
        ("class: follow_up", 4),
        "notices.6.class",
        "expected survey, since the notice asks one",
    ),
    "a survey that is owed": (
        "    delay: 3s\n",
        "    delay: 3s\n    owed: yes\n",
        ("    owed: yes", 2),
        "notices.6.owed",
        "a survey is owed to nobody",
    ),
    "a survey with a page": (
        "    on: call.closed\n    to: [caller]\n    survey: after_call\n",
        "    on: case.closed\n    to: [caller]\n    survey: after_call\n    page: yes\n",
        ("    page: yes", 2),
        "notices.6.page",
        "have no link to a page",
    ),
    "someone enrolled for what nobody enrolls for": (
        "to: [victim, caller]",
        "to: [victim, enrolled]",
        None,
        "notices.3.to.1",
        "nobody enrolls for report.filed; expected enrolled only with arrest.made, case.assigned",
    ),
    "a class that does not exist": (
        "class: statutory",
        "class: urgent",
        None,
        "notices.4.class",
        "'statutory'",
    ),
    "a notice that calls itself an answer": (
        "class: statutory",
        "class: answer",
        None,
        "notices.4.class",
        "expected statutory, confirmation, follow_up or survey",
    ),
    "a notice that calls itself a safety message": (
        "class: statutory",
        "class: safety",
        None,
        "notices.4.class",
        "expected statutory",
    ),
    "a statutory notice that is not owed": (
        "    owed: yes\n",
        "    owed: no\n",
        None,
        "notices.4.owed",
        "expected yes",
    ),
    "a duration without a unit": (
        "expires: 20m",
        "expires: 20",
        None,
        "notices.1.expires",
        "expected a duration such as 30s, 20m, 2h or 3d",
    ),
    "a duration in words": (
        "expires: 20m",
        "expires: 20 minutes",
        None,
        "notices.1.expires",
        "expected a duration",
    ),
    "a negative duration": ("delay: 0m", "delay: -5m", None, "notices.3.delay", "expected a duration"),
    "a duration of centuries": (
        "expires: 20m",
        "expires: 99999999999d",
        None,
        "notices.1.expires",
        "expected a duration",
    ),
    "a delay longer than the life": (
        "delay: 0m",
        "delay: 3d",
        "expires: 3d",
        "notices.3.expires",
        "expected a life longer than the delay",
    ),
    "no expiry": ("    expires: 12h\n", "", "- id: call.closed", "notices.2.expires", "is missing"),
    "the same notice twice": (
        "- id: call.dispatched",
        "- id: call.received",
        ("- id: call.received", 2),
        "notices.1.id",
        "call.received is there twice",
    ),
    "an empty policy": (DEMO_SOURCE, "", 1, "", "expected a mapping with agency, allowed and notices"),
    "a policy that is a list": (DEMO_SOURCE, "- agency", 1, "", "expected a mapping"),
    "no YAML": ("to: [victim, enrolled]", "to: [victim, enrolled", None, "", "not YAML"),
    "a key twice": ("  language: en\n", "  language: en\n  language: es\n", None, "", "not YAML"),
    "own words for a message that does not exist": (
        "\nnotices:",
        "\ntexts: {call.close: {en: Done}}\nnotices:",
        "texts",
        "texts.call.close",
        "no message of that name",
    ),
    "own words in a language we do not speak": (
        "\nnotices:",
        "\ntexts: {call.closed: {de: Fertig}}\nnotices:",
        "texts",
        "texts.call.closed.de",
        "'en', 'es'",
    ),
    "own words with an unknown fact": (
        "\nnotices:",
        '\ntexts: {call.closed: {en: "{adress}"}}\nnotices:',
        "texts",
        "texts.call.closed.en",
        "{adress} is no fact; expected advocate_phone, agency",
    ),
    "own words that don't say how to end the texts": (
        "\nnotices:",
        '\ntexts: {footer.stop: {en: "Reply END to leave."}}\nnotices:',
        "texts",
        "texts.footer.stop.en",
        "expected STOP in it",
    ),
    "own words after a stop that don't say whose they are": (
        "\nnotices:",
        '\ntexts: {opt_out.confirmed: {en: "You will get no more texts."}}\nnotices:',
        "texts",
        "texts.opt_out.confirmed.en",
        "expected {agency} in it",
    ),
    "own words about danger without the number to call": (
        "\nnotices:",
        '\ntexts: {distress: {en: "{agency}: please call us."}}\nnotices:',
        "texts",
        "texts.distress.en",
        "expected 911 in it",
    ),
    "own words as long as a letter": (
        "\nnotices:",
        '\ntexts: {call.closed: {en: "' + "word " * 120 + '"}}\nnotices:',
        "texts",
        "texts.call.closed.en",
        "expected at most 480 characters, found 600",
    ),
    "own words with a brace left open": (
        "\nnotices:",
        '\ntexts: {call.closed: {en: "{agency"}}\nnotices:',
        "texts",
        "texts.call.closed.en",
        "expected braces in pairs around a fact: {agency}",
    ),
    "own words that are none": (
        "\nnotices:",
        '\ntexts: {call.closed: {en: " "}}\nnotices:',
        "texts",
        "texts.call.closed.en",
        "expected a sentence",
    ),
    "a name that nobody can see": (
        "name: Saguaro Police",
        'name: "Saguaro\\u202e Police"',
        None,
        "agency.name",
        "expected one line of letters that can be seen",
    ),
    "a call type in another city's spelling of what is never texted": (
        "    - GRAFFITI",
        "    - ASLT F/V",
        None,
        "allowed.call_types.ASLT F/V",
        "is never texted (domestic_violence in rules/never.yaml)",
    ),
    "a sentence twice": (
        "message: [call.dispatched]",
        "message: [call.dispatched, call.dispatched]",
        None,
        "notices.1.message",
        "call.dispatched is there twice; expected each sentence once",
    ),
    "nothing but a footer": (
        "message: [call.dispatched]",
        "message: [footer.stop]",
        None,
        "notices.1.message",
        "expected a sentence that tells something before the footer",
    ),
    "an arrest that is told of a call": (
        "message: [call.dispatched]",
        "message: [arrest.made]",
        None,
        "notices.1.message",
        "arrest.made tells of a case, and call.dispatched is about a call",
    ),
    "an arrest that is told where none was made": (
        "message: [report.filed, footer.stop]",
        "message: [arrest.made, footer.stop]",
        None,
        "notices.3.message",
        "arrest.made tells of an arrest; expected it only on arrest.made",
    ),
    "a conversation's sentence as a notice": (
        "message: [call.dispatched]",
        "message: [distress]",
        None,
        "notices.1.message",
        "distress is no sentence of a notice; expected one that begins with arrest., call.",
    ),
    "a delay that nothing ends": (
        "    until: [call.arrived, call.closed, call.canceled]\n",
        "",
        "- id: call.delayed.not_arrived",
        "notices.8.until",
        "expected the stages that end it",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_file_line_field_and_what_was_expected(name: str) -> None:
    old, new, where, field, expected = MISTAKES[name]
    assert old in DEMO_SOURCE
    source = DEMO_SOURCE.replace(old, new, 1)
    with pytest.raises(BadPolicy) as caught:
        parse(source, "our.yaml", MESSAGES, SURVEYS)
    told = str(caught.value).splitlines()
    mistakes = [line for line in told if f": {field}" in line and expected in line]
    assert mistakes, told
    match where:
        case int():
            line = where
        case (str(part), int(time_found)):
            line = [n for n, text in enumerate(source.splitlines(), 1) if part in text][time_found - 1]
        case str():
            line = line_of(source, where)
        case _:
            line = line_of(source, new.splitlines()[0])
    if "not YAML" not in expected:
        assert mistakes[0].startswith(f"our.yaml:{line}: ")
    else:
        assert mistakes[0].startswith("our.yaml:")


# The keys that came later, as mistakes in Tucson's policy: what to put in the place of what (the first time it stands
# there), the part of the file on whose line it is told, the field, and the expectation.
MISTAKES_OF_TUCSON = {
    "an email address that is none": (
        "email: tidings@tucson-police.example",
        "email: tidings at tucson-police",
        None,
        "agency.email",
        "expected an email address such as tidings@police.example.gov",
    ),
    "a portal that is not encrypted": (
        "portal: https://victims",
        "portal: http://victims",
        None,
        "agency.portal",
        "expected an address such as https://cases.police.example.gov/portal/",
    ),
    "an address on one line": (
        'address: [Tucson Police Department, Records Section, 100 Example Avenue, "Tucson, AZ 85701"]',
        "address: 100 Example Avenue",
        None,
        "agency.address",
        "expected a list: in [brackets], or a line each that begins with a dash",
    ),
    "a right without a sentence": (
        "page.rights.text.4,",
        "page.rights.text.5,",
        None,
        "agency.rights.3",
        "no message 'page.rights.text.5' in the catalogs; did you mean page.rights.text",
    ),
    "a key that is misspelt deep inside": (
        "      substation_phone:",
        "      substation_fone:",
        None,
        "agency.divisions.west.substation_fone",
        "is not a key of a policy; see rules/policies/template.yaml; did you mean substation_phone?",
    ),
    "a key of a notice that is misspelt": (
        "    together: yes",
        "    togeter: yes",
        None,
        "notices.0.togeter",
        "did you mean together?",
    ),
    "a part that is misspelt": ("channels:\n", "chanels:\n", None, "chanels", "did you mean channels?"),
    "a zone that is misspelt": (
        "America/Phoenix",
        "America/Phenix",
        None,
        "agency.time_zone",
        "expected an IANA time zone such as America/Phoenix; did you mean America/Phoenix?",
    ),
    "an event that is misspelt": (
        "on: report.filed",
        "on: report.field",
        None,
        "notices.0.on",
        "did you mean report.filed?",
    ),
    "a recipient that is misspelt": (
        "to: [victim]",
        "to: [victm]",
        None,
        "notices.0.to.0",
        "did you mean victim?",
    ),
    "a class that is misspelt": (
        "class: follow_up",
        "class: followup",
        None,
        "notices.0.class",
        "did you mean follow_up?",
    ),
    "a message that is misspelt": (
        "message: [rights.notice,",
        "message: [rigths.notice,",
        None,
        "notices.2.message",
        "no message 'rigths.notice' in the catalogs; did you mean rights.notice?",
    ),
    "a survey that is misspelt": (
        "survey: after_report",
        "survey: after_reports",
        None,
        "notices.7.survey",
        "did you mean after_report?",
    ),
    "a channel that does not exist": (
        "by: [text, email, letter]",
        "by: [text, emial, letter]",
        None,
        "notices.0.by.1",
        "did you mean email?",
    ),
    "no channel at all": (
        "by: [text, email, letter]",
        "by: []",
        None,
        "notices.0.by",
        "expected text, email or letter",
    ),
    "a channel twice": (
        "by: [text, email, letter]",
        "by: [text, text]",
        None,
        "notices.0.by.1",
        "text is there twice; expected each channel once",
    ),
    "a letter before an email": (
        "by: [text, email, letter]",
        "by: [letter, text, email]",
        None,
        "notices.0.by",
        "expected the letter last: nobody is told whether it arrived",
    ),
    "emails of an agency that has no address for them": (
        "  email: tidings@tucson-police.example\n",
        "",
        "    by: [text, email, letter]",
        "notices.0.by.1",
        "expected agency.email beside it",
    ),
    "letters of an agency that has no address": (
        '  address: [Tucson Police Department, Records Section, 100 Example Avenue, "Tucson, AZ 85701"]\n',
        "",
        "    by: [text, email, letter]",
        "notices.0.by.2",
        "expected agency.address beside it: a letter needs a sender",
    ),
    "text and email at once without email": (
        "by: [text, email, letter]",
        "by: [text, letter]",
        "    together: yes",
        "notices.0.together",
        "expected text and email among its channels",
    ),
    "a survey by email": (
        "    survey: after_report\n",
        "    survey: after_report\n    by: [text, email]\n",
        "    by: [text, email]\n    class: survey",
        "notices.7.by",
        "expected text: a survey is asked question by question",
    ),
    "an end of a notice about a report": (
        "    study: yes\n",
        "    study: yes\n    until: [call.arrived]\n",
        "    until: [call.arrived]",
        "notices.0.until",
        "only a call has stages that end a notice",
    ),
    "the same as a notice that does not exist": (
        "same_as: report.filed",
        "same_as: report.field",
        None,
        "notices.1.same_as",
        "there is no notice 'report.field'; expected the id of another one; did you mean report.filed?",
    ),
    "a study that keeps somebody's rights from them": (
        "    owed: yes\n    task_within: 3d",
        "    owed: yes\n    study: yes\n    task_within: 3d",
        "    study: yes\n    task_within",
        "notices.2.study",
        "expected no: a study keeps no right",
    ),
    "a share of nobody": ("without: 0.5", "without: 0", None, "studies.0.without", "greater than 0"),
    "a negative share": ("without: 0.5", "without: -0.5", None, "studies.0.without", "greater than 0"),
    "a share of everybody": ("without: 0.5", "without: 1", None, "studies.0.without", "less than 1"),
    "a share in words": ("without: 0.5", "without: half", None, "studies.0.without", "expected a number"),
    "a study that ends before it begins": (
        "end: 2026-05-31",
        "end: 2026-02-28",
        None,
        "studies.0.end",
        "lies before its begin; expected the last day of the study",
    ),
    "a date in another order": (
        "begin: 2026-03-01",
        "begin: 03/01/2026",
        None,
        "studies.0.begin",
        "expected a date such as 2026-03-01",
    ),
    "a study of a division that does not exist": (
        "divisions: [west, south]",
        "divisions: [west, suoth]",
        None,
        "studies.0.divisions",
        "no division 'suoth' in agency.divisions; expected east, midtown, south, west; did you mean south?",
    ),
    "a study with capitals": (
        "name: messages-2026",
        "name: Messages 2026",
        None,
        "studies.0.name",
        "should match pattern",
    ),
    "two studies of a division at once": (
        "    without: 0.5\n",
        "    without: 0.5\n  - {name: again, begin: 2026-05-01, end: 2026-06-30, without: 0.1}\n",
        "  - {name: again",
        "studies.1.begin",
        "overlaps with messages-2026; expected one study a division and day",
    ),
    "a surge of nobody": (
        "at_least: 40",
        "at_least: 0",
        None,
        "surge.at_least",
        "greater than or equal to 1",
    ),
    "a surge of half a person": (
        "hourly: 100",
        "hourly: 99.5",
        None,
        "surge.hourly",
        "expected a whole number",
    ),
    "a surge in words": (
        "times_usual: 5",
        "times_usual: many",
        None,
        "surge.times_usual",
        "expected a number",
    ),
    "a duration in another unit": (
        "undelivered_after: 6h",
        "undelivered_after: 6hr",
        None,
        "channels.undelivered_after",
        "expected a duration such as 30s, 20m, 2h or 3d",
    ),
    "a code that YAML reads as a number": (
        '    - "240"',
        "    - 240",
        None,
        "allowed.offenses.15",
        'expected a code in quotes, such as "240": without them it was read as 240',
    ),
    "a code whose zero YAML drops": (
        '    - "240"',
        "    - 09",
        None,
        "allowed.offenses.15",
        'expected a code in quotes, such as "240": without them it was read as 9',
    ),
    "a code that YAML reads as a thousand": (
        '    - "240"',
        "    - 1e3",
        None,
        "allowed.offenses.15",
        "without them it was read as 1000.0",
    ),
    "a code that YAML reads as a day": (
        '    - "240"',
        "    - 2026-01-02",
        None,
        "allowed.offenses.15",
        "expected a code in quotes",
    ),
    "a code that is a yes": (
        '    - "240"',
        "    - true",
        None,
        "allowed.offenses.15",
        "expected a code in quotes",
    ),
    "a code that is nothing": (
        '    - "240"',
        "    -",
        "    -  #",
        "allowed.offenses.15",
        "expected a code in quotes",
    ),
    "a topic that nobody knows": (
        "  priority_required: no",
        "  priority_required: no\n  topics: {THEFT: thefts}",
        "  topics:",
        "allowed.topics.THEFT",
        "no topic 'thefts' in rules/topics.yaml; expected abandoned_vehicle,",
    ),
    "a topic of a type that is not texted": (
        "  priority_required: no",
        "  priority_required: no\n  topics: {THEFT: theft}",
        "  topics:",
        "allowed.topics.THEFT",
        "is not among call_types; expected a call type that is texted",
    ),
    "own words with a misspelt fact": (
        "you may call {phone} for",
        "you may call {fone} for",
        None,
        "texts.rights.thirty_days.en",
        "did you mean phone?",
    ),
    "own words for a misspelt message": (
        "texts:\n  rights.thirty_days:",
        "texts:\n  rights.thirty_day:",
        "  rights.thirty_day:",
        "texts.rights.thirty_day",
        "no message of that name in the catalogs; did you mean rights.thirty_days?",
    ),
    "a tab": (
        "  name: Tucson Police",
        "\tname: Tucson Police",
        None,
        "",
        "expected spaces at the beginning of a line",
    ),
    "a colon in a value": (
        "name: Tucson Police",
        "name: Tucson: Police",
        None,
        "",
        "a value that has a colon in it is expected in quotes",
    ),
    "a quotation mark that is not closed": (
        'phone: "+1 520-555-0100"',
        'phone: "+1 520-555-0100',
        None,
        "",
        "not YAML",
    ),
    "a list that is not closed": ("to: [victim]", "to: [victim", None, "", "expected ] at the end of a list"),
    "a list in the place of keys": (
        "surge:\n",
        "surge: []\nnone:\n",
        None,
        "surge",
        "expected keys below it",
    ),
}


@pytest.mark.parametrize("name", MISTAKES_OF_TUCSON)
def test_a_mistake_in_a_whole_policy_is_told_with_line_field_and_what_was_expected(name: str) -> None:
    old, new, where, field, expected = MISTAKES_OF_TUCSON[name]
    assert old in TUCSON_SOURCE
    source = TUCSON_SOURCE.replace(old, new, 1)
    with pytest.raises(BadPolicy) as caught:
        parse(source, "our.yaml", MESSAGES, SURVEYS)
    told = str(caught.value).splitlines()
    mistakes = [line for line in told if f": {field}" in line and expected in line]
    assert mistakes, told
    if field:
        assert mistakes[0].startswith(f"our.yaml:{line_of(source, where or new.splitlines()[0])}: "), told


def test_a_portal_to_which_texts_invite_must_have_an_address() -> None:
    source = (POLICIES / "phoenix.yaml").read_text(encoding="utf-8")
    with pytest.raises(
        BadPolicy, match=r"notices\.6\.message: expected agency\.portal beside portal\.invited"
    ):
        parse(source.replace("  portal: https", "  # https"), "our.yaml", MESSAGES, SURVEYS)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("until: [call.dispatched,", "until: [call.reclassified,", "call.reclassified is no stage of a call"),
        ("until: [call.dispatched,", "until: [call.received,", "call.received begins it, so it can't end it"),
        ("until: [call.dispatched,", "until: [report.filed,", "report.filed is no stage of a call"),
        (
            "same_as: call.delayed",
            "same_as: case.updated",
            "case.updated is about a case; expected one about the same",
        ),
        (
            "same_as: call.delayed",
            "same_as: call.delayed.not_arrived",
            "expected another notice, that is not itself the same as a third",
        ),
        (
            "delay: 30m\n    expires: 50m",
            "delay: 50m\n    expires: 50m",
            "expected a life longer than the delay",
        ),
        ("- STOLEN VEHICLE", "- SHOTS FIRED", "is never texted (shooting in rules/never.yaml)"),
        ("    - FRAUD\n", "    - GRAND THEFT\n", "is among call_types too; expected it in one list"),
        ('offenses: ["220",', 'offenses: ["11A",', "expected a NIBRS code that may be texted"),
        (
            'when: "!has(call.report_number)"',
            "when: '!has(call.reportnumber)'",
            "call.reportnumber is unknown",
        ),
        ('when: "!has(call.report_number)"', "when: '!has(call.report_number'", "expected a CEL expression"),
    ],
)
def test_a_mistake_about_calls_is_told(old: str, new: str, told: str) -> None:
    assert old in TAMPA_SOURCE
    with pytest.raises(BadPolicy) as caught:
        parse(TAMPA_SOURCE.replace(old, new, 1), "our.yaml", MESSAGES, SURVEYS)
    assert told in str(caught.value)


def test_several_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    source = (
        TUCSON_SOURCE.replace("America/Phoenix", "Arizona")
        .replace("without: 0.5", "without: 2")
        .replace("    together", "    togeter", 1)
        .replace("  vine:", "  wine:")
    )
    with pytest.raises(BadPolicy) as caught:
        parse(source, "our.yaml", MESSAGES, SURVEYS)
    told = str(caught.value).splitlines()
    assert [line.split(": ")[1] for line in told] == [
        "agency.time_zone",
        "agency.wine",
        "studies.0.without",
        "notices.0.togeter",
    ]
    lines = [int(line.split(":")[1]) for line in told]
    assert lines == sorted(lines)


def test_what_is_wrong_together_is_told_at_once_too() -> None:
    source = TUCSON_SOURCE.replace("by: [text, email, letter]", "by: [letter, text, email]").replace(
        "divisions: [west, south]", "divisions: [west, suoth]"
    )
    with pytest.raises(BadPolicy) as caught:
        parse(source, "our.yaml", MESSAGES, SURVEYS)
    assert len(str(caught.value).splitlines()) == 4


def test_there_are_more_than_forty_kinds_of_mistakes_here() -> None:
    assert len(MISTAKES | MISTAKES_OF_TUCSON) > 100
