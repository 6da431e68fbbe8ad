"""What the application's answer to a webhook asks the carrier to send."""

from xml.etree import ElementTree


class NotTwiml(ValueError):
    """The answer has a body that is not TwiML; Twilio raises an alert and sends nothing."""


def messages_in(answer: str) -> list[str]:
    """The texts of the <Message> elements, in order. Nothing, or an empty <Response/>, asks for nothing.

    Raises NotTwiml.
    """
    if not answer.strip():
        return []
    try:
        root = ElementTree.fromstring(answer)  # noqa: S314 # nosec B314 - the application under test
    except ElementTree.ParseError as error:
        raise NotTwiml(str(error)) from error
    if root.tag != "Response":
        raise NotTwiml(f"root element is <{root.tag}>; expected <Response>")
    return ["".join(element.itertext()).strip() for element in root.iter("Message")]
