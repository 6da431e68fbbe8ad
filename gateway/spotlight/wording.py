"""What staff read: a sentence for every reason, kind of task, state and meaning. Tables, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conversations.understanding.intents import Intent
from gateway.outbox import elsewhere
from gateway.outbox.reactions import Reaction
from gateway.store import letters
from gateway.store.states import State
from rules.suppression import Reason


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of task: what happened, and what a person is asked to do."""

    title: str
    ask: str


TASKS: Mapping[str, Kind] = {
    "distress": Kind(
        "Someone may be in danger",
        "They were told to call 911; nobody was told that police are coming. Read what they wrote and act on it.",
    ),
    "owed_notice": Kind(
        "A notice is owed and did not go out by text",
        "Tell this person by phone, email or letter before it is due.",
    ),
    "callback": Kind("Someone asks to be called", "Call this person back."),
    "unclear_opt_out": Kind(
        "Someone may want no more texts",
        "Read what they wrote. Automated texts to this number wait for a day at most.",
    ),
    "wrong_number": Kind(
        "A number belongs to someone else",
        "It was taken off its cases and gets no more notices. Find the right number and correct the report.",
    ),
    "alerts_by_person": Kind(
        "Someone wants to be told of an arrest",
        "On this case alerts are not automated; the person was promised a call.",
    ),
    "new_contact": Kind(
        "A new phone asks about a case",
        "Whoever has it knows the report number and the birth date; so may the offender. Speak with the victim on a "
        "number that you know, then agree or refuse.",
    ),
    "contact_disputed": Kind(
        "Someone says that a new phone on their case is not theirs",
        "It was taken off the case. Call this person: somebody else may know about their report.",
    ),
    "shared_number": Kind(
        "A number that is also a suspect's asks about the case",
        "It was told to call, and nothing else. Speak with the victim on another number.",
    ),
    "unknown_code": Kind(
        "A code that the policy does not know",
        "Nothing is sent for it. Decide whether it may be texted, and put it in the policy.",
    ),
    "missing_fact": Kind(
        "A fact is missing on a report",
        "A sentence was left out of a message. Complete the report in the records system.",
    ),
    "reach_otherwise": Kind(
        "A phone can't be reached by text",
        "The carrier can't deliver to this number. Use email, a letter or a call.",
    ),
    "message_refused": Kind(
        "The carrier refused a message", "It is not tried again. Tell the person otherwise, and the engineer."
    ),
    "sender_held": Kind(
        "One of our numbers may not send",
        "The carrier rejects it; its messages wait. The engineer mends the registration and releases it.",
    ),
    "credentials_refused": Kind(
        "The carrier does not accept our account", "Nothing at all is sent. Call the engineer now."
    ),
    "answer_blocked": Kind(
        "An answer to a call for help was blocked",
        "The carrier does not let us text this number, which said stop before. Call this person now.",
    ),
    "surge": Kind(
        "Notices are held: there are abnormally many",
        "Look at some of them. Release them if they are right; discard them if an import went wrong.",
    ),
    "feed_silent": Kind(
        "Nothing comes from dispatch",
        "Nobody is told of delays until it does. Ask dispatch or the engineer whether the feed is down. This closes by "
        "itself when dispatch is heard again.",
    ),
    "recalled_elsewhere": Kind(
        "A recalled notice went out by email or letter",
        "The line can't write that way any more, so these people still believe it. Write to them, or call them.",
    ),
    "file_unreadable": Kind(
        "A file from dispatch or records could not be read",
        "Nothing after the place that is named counts. Correct the export or its mapping, and drop the file again.",
    ),
    "rows_rejected": Kind(
        "Rows of a file from dispatch or records were rejected",
        "They lie in the archive under the file's name and .rejected.csv, with the reasons beside them. Correct and "
        "drop them again.",
    ),
    "event_failed": Kind(
        "An event from dispatch or records could not be read",
        "It was set aside, and nothing was sent for it. The engineer finds it by its number.",
    ),
}


def kind_of(task: str) -> Kind:
    """A kind that has no words yet is still shown."""
    return TASKS.get(task) or Kind(task.replace("_", " ").capitalize(), "A person has to look at this.")


REASONS: Mapping[str, str] = {
    Reason.UNKNOWN_CODE: "The policy does not know this code, so nothing is sent for it.",
    Reason.NOT_ALLOWED: "The policy does not allow texts for this code.",
    Reason.NEVER_AUTOMATED: "This kind of call is never texted automatically.",
    Reason.HIGHEST_PRIORITY: "Calls of the highest priority are never texted.",
    Reason.PRIORITY_UNKNOWN: "The call has no priority, and without one nothing is sent.",
    Reason.IN_PROGRESS: "The call is in progress.",
    Reason.HANG_UP: "The call was a hang-up.",
    Reason.OFFICER_INITIATED: "An officer opened the call; nobody called.",
    Reason.DOMESTIC_VIOLENCE: "It is, or may be, domestic violence.",
    Reason.SENSITIVE_OFFENSE: "The offense is one that is never texted automatically.",
    Reason.OFFENSE_UNKNOWN: "The report names no offense yet.",
    Reason.ROLE: "This person is neither caller, victim nor representative.",
    Reason.ACCUSED_NUMBER: "The number also belongs to someone who is accused.",
    Reason.AGENCY_NUMBER: "The number is one of the agency's own.",
    Reason.OFFICER_VICTIM: "The victim is an officer.",
    Reason.MINOR: "The person is a minor.",
    Reason.AGE_UNKNOWN: "The victim's age is not known, and it may be a child.",
    Reason.NO_PARTY: "Nobody on the record is to be told.",
    Reason.NO_PHONE: "There is no phone number.",
    Reason.NOT_WIRELESS: "The phone is not a mobile phone.",
    Reason.SAME_NUMBER: "The same number was told already.",
    Reason.SURVEY_CAP: "This number was sent a survey in the last 30 days.",
    Reason.CONDITION: "The condition in the policy did not hold.",
    Reason.NO_EMAIL: "The record has no email address for this person.",
    Reason.NO_ADDRESS: "The record has no postal address for this person, or it is the accused person's too.",
    Reason.STUDY: "The report is in the group of a study that gets no notices.",
    Reason.FEED_SILENT: "Dispatch has not been heard of for a while, so that what happened meanwhile is not known.",
    Reason.SURGE: "There were abnormally many of these notices, and a person discarded those that waited.",
    Reason.RECALLED: "The notice was recalled.",
    Reason.STALE: "It was too late: the message would have come stale.",
    Reason.OVERTAKEN: "The call had moved on already.",
    Reason.OPTED_OUT: "The person said stop.",
    Reason.UNCLEAR_OPT_OUT: "The person may have said stop; somebody has to decide.",
    Reason.QUIET_HOURS: "It was night where the person is.",
    Reason.WRONG_NUMBER: "The person said that this is a wrong number.",
    Reason.SENDER_HELD: "Our number may not send at present.",
    Reaction.OPT_OUT: "The person said stop to the carrier.",
    Reaction.NO_SUCH_PHONE: "The carrier says that this is not a number that can be texted.",
    Reaction.OUT_OF_REACH: "The phone could not be reached.",
    Reaction.FILTERED: "The carrier took the message for spam.",
    Reaction.HOLD_SENDER: "The carrier rejected our number.",
    Reaction.TOO_LATE: "Its time was over before the carrier sent it.",
    Reaction.SLOW_DOWN: "The carrier asked us to send more slowly.",
    Reaction.STOP_EVERYTHING: "The carrier did not accept our account.",
    elsewhere.NO_WORD: "Nobody said in time that it was delivered.",
    elsewhere.MAIL_REFUSED: "The mail server refused the email.",
    elsewhere.RETURNED: "The post brought the letter back.",
    Reaction.GIVE_UP: "The carrier refused it for a reason that we do not know.",
}


def sentence_of(reason: str | None) -> str:
    """Why something was not sent."""
    return REASONS.get(reason or "", reason or "")


@dataclass(frozen=True, slots=True)
class Word:
    """A word for staff, and how it looks: `good`, `bad`, `waiting` or `quiet`."""

    text: str
    tone: str = "quiet"


STATES: Mapping[str, Word] = {
    State.DELIVERED: Word("Delivered", "good"),
    State.SENT: Word("Sent, not yet confirmed", "waiting"),
    State.QUEUED: Word("Waiting to be sent", "waiting"),
    State.LEASED: Word("About to be sent", "waiting"),
    State.SENDING: Word("Being sent", "waiting"),
    State.DOUBTFUL: Word("Sent or not: being asked", "waiting"),
    State.UNDELIVERED: Word("Could not be delivered", "bad"),
    State.FAILED: Word("Refused by the carrier", "bad"),
    State.SUPPRESSED: Word("Held back by a rule"),
    State.CANCELED: Word("Taken back"),
    letters.State.TO_PRINT: Word("Waiting to be printed", "waiting"),
    letters.State.PRINTED: Word("Printed", "good"),
    letters.State.RETURNED: Word("Returned by the post", "bad"),
}
"""Of texts, emails and letters."""

INTENTS: Mapping[str, Word] = {
    Intent.DISTRESS: Word("In danger", "bad"),
    Intent.OPT_OUT: Word("Stop"),
    Intent.UNCLEAR_OPT_OUT: Word("Perhaps stop", "waiting"),
    Intent.OPT_IN: Word("Start again"),
    Intent.HELP: Word("Help"),
    Intent.WRONG_NUMBER: Word("Wrong number", "waiting"),
    Intent.LANGUAGE: Word("Another language"),
    Intent.STATUS: Word("Status of the case"),
    Intent.ENROLL: Word("Arrest alerts on"),
    Intent.UNENROLL: Word("Arrest alerts off"),
    Intent.CALLBACK: Word("Call me", "waiting"),
    Intent.THANKS: Word("Thanks", "good"),
    Intent.MENU: Word("Hello, or what can I write"),
    Intent.ANSWER: Word("Answer to a question"),
    Intent.UNKNOWN: Word("Not understood", "waiting"),
}

DETAILS: Mapping[str, str] = {
    "number": "Report or call",
    "notice": "Notice",
    "code": "Code",
    "day": "Day",
    "reason": "Why",
    "party": "To",
    "left_out": "Left out",
    "event": "Event",
    "error": "Error",
    "seen": "Written in an hour",
    "usual": "Usual at most",
    "feed": "Feed",
    "heard": "Last heard",
    "emails": "Emails that left",
    "letters": "Letters printed",
}
"""What a task's detail is called; keys that are not here are for machines."""
