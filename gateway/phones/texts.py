"""A person types: the text becomes a signed webhook, and what the application answers comes back."""

import logging
from functools import partial

from gateway.phones.agenda import Agenda
from gateway.phones.archive import Archive
from gateway.phones.behaviour import Behaviour, Rulebook
from gateway.phones.contract import API_VERSION
from gateway.phones.courier import Courier
from gateway.phones.message import Message, Post, new_sid, now
from gateway.phones.optout import REPLIES, OptOut, OptOutList, keyword
from gateway.phones.receipts import COURSES, Outcome
from gateway.phones.segments import count_segments
from gateway.phones.settings import Line
from gateway.phones.twiml import NotTwiml, messages_in

log = logging.getLogger("phones")

# Twilio guesses these from the number; an application must not believe them.
PLACES = {
    "FromCity": "TUCSON",
    "FromState": "AZ",
    "FromZip": "85701",
    "FromCountry": "US",
    "ToCity": "TUCSON",
    "ToState": "AZ",
    "ToZip": "85701",
    "ToCountry": "US",
}


def inbound_params(text: Message, asked: OptOut | None) -> dict[str, str]:
    """The form of the webhook; `asked` is set when the carrier has already answered a keyword itself."""
    params = {
        "ToCountry": PLACES["ToCountry"],
        "SmsMessageSid": text.sid,
        "NumMedia": "0",
        "SmsSid": text.sid,
        "SmsStatus": "received",
        "Body": text.body,
        "To": text.to,
        "NumSegments": str(text.segments),
        "MessageSid": text.sid,
        "AccountSid": text.account_sid,
        "From": text.sender,
        "ApiVersion": API_VERSION,
        **PLACES,
    }
    if text.service_sid:
        params["MessagingServiceSid"] = text.service_sid
    if asked is not None:
        params["OptOutType"] = asked.value
    return params


class Texts:
    """Takes what people type and brings it to the application."""

    def __init__(
        self,
        line: Line,
        rules: Rulebook,
        archive: Archive,
        agenda: Agenda,
        courier: Courier,
        opt_outs: OptOutList,
    ) -> None:
        self.line = line
        self._rules, self._archive, self._agenda = rules, archive, agenda
        self._courier, self._opt_outs = courier, opt_outs

    def receive(self, sender: str, to: str, body: str) -> Message:
        """The carrier has the text; nobody else has, yet."""
        text = Message(
            sid=new_sid(),
            account_sid=self.line.account_sid,
            sender=sender,
            to=to,
            body=body,
            direction="inbound",
            status="received",
            segments=count_segments(body),
            created=now(),
            service_sid=self.line.messaging_service_sid,
        )
        text.move("received", text.created)
        self._archive.keep(text)
        return text

    async def deliver(self, text: Message) -> None:
        """Posts the webhook, and acts on the answer; copies follow later, if the behaviour wants them."""
        behaviour = self._rules.of(text.sender)
        params = inbound_params(text, self._keyword(text, behaviour))
        await self._bring(text, params)
        gap = behaviour.text_copy_delay_ms / 1000
        for copy in range(1, behaviour.text_copies):
            self._agenda.later(gap * copy, partial(self._bring, text, params))

    def _keyword(self, text: Message, behaviour: Behaviour) -> OptOut | None:
        asked = keyword(text.body)
        if behaviour.advanced_opt_out or behaviour.blocks_after_stop:
            self._opt_outs.note(text.sender, text.to, asked)
        if asked is None or not behaviour.advanced_opt_out:
            return None
        self._reply(text, REPLIES[asked])
        return asked

    async def _bring(self, text: Message, params: dict[str, str]) -> None:
        """One delivery of the webhook; the fallback URL gets its chance when the first one fails."""
        for url in (self.line.sms_url, self.line.fallback_url):
            if url is None:
                continue
            post, body = await self._courier.post(text, url, params)
            self._archive.touch(text)
            if _taken(post):
                self._answer(text, body)
                return

    def _answer(self, text: Message, body: str) -> None:
        try:
            replies = messages_in(body)
        except NotTwiml as error:
            log.warning("%s was answered with something that is not TwiML: %s", text.sid, error)
            text.posts[-1].trouble = "NotTwiml"
            return
        for reply in replies:
            self._reply(text, reply)

    def _reply(self, text: Message, body: str) -> None:
        """A message that answers the text; it arrives at once and nobody is told."""
        at = now()
        reply = Message(
            sid=new_sid(),
            account_sid=self.line.account_sid,
            sender=text.to,
            to=text.sender,
            body=body,
            direction="outbound-reply",
            status="queued",
            segments=count_segments(body),
            created=at,
            service_sid=self.line.messaging_service_sid,
        )
        for status in COURSES[Outcome.DELIVERED]:
            reply.move(status, at)
        self._archive.keep(reply)


def _taken(post: Post) -> bool:
    return post.answer is not None and 200 <= post.answer < 300
