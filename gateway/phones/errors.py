"""Twilio's error codes, as its REST API words them.

Source: the error dictionary at https://www.twilio.com/docs/api/errors. The texts are for people; programs
go by the code.
"""

from collections.abc import Mapping

MORE_INFO = "https://www.twilio.com/docs/errors/{code}"

# code -> (HTTP status, message): refused at once, in the answer to the request.
REFUSALS: Mapping[int, tuple[int, str]] = {
    20001: (400, "Bad request"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid 'From' Number"),
    21266: (400, "'To' and 'From' number cannot be the same"),
    21408: (400, "Permission to send an SMS has not been enabled for the region of the 'To' number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number is not a valid, message-capable Twilio phone number"),
    21609: (400, "Invalid 'StatusCallback' URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number is not currently reachable using the 'From' phone number via SMS"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21635: (400, "'To' number cannot be a landline"),
    21703: (400, "The Messaging Service does not have a phone number available to send a message"),
    21704: (400, "The Messaging Service does not contain a sender for this channel"),
    21705: (400, "The Messaging Service Sid is invalid"),
}

# code -> message: accepted, and then not delivered (status `failed` or `undelivered`).
FAILURES: Mapping[int, str] = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30017: "Carrier network congestion",
    30022: "Carrier throughput limit exceeded",
    30023: "Daily message cap reached",
    30027: "Daily message limit reached at the carrier",
    30032: "Toll-free number has not been verified",
    30034: "Message from an unregistered number",
    30036: "Validity period expired",
    30500: "Internal failure",
}


class Refusal(Exception):
    """The request is refused: answered with Twilio's error JSON, and nothing is kept.

    `code` may be one the table does not hold (a test may want any); it is then a 400.
    """

    def __init__(self, code: int, message: str | None = None) -> None:
        self.code = code
        self.status, said = REFUSALS.get(code, (400, f"Error {code}"))
        self.message = message or said
        super().__init__(f"{code} {self.message}")

    def body(self) -> dict[str, object]:
        """Twilio's error JSON."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": MORE_INFO.format(code=self.code),
            "status": self.status,
        }


def failure_text(code: int | None) -> str | None:
    """What `error_message` says for a delivery error; None while there is none."""
    return None if code is None else FAILURES.get(code, f"Error {code}")
