"""What the server answers: a code, an enhanced status code (RFC 2034 section 3) and a text, in one place.

Texts are fixed ASCII: nothing that a client said is ever said back.
"""

from __future__ import annotations

from typing import NamedTuple


class Reply(NamedTuple):
    """One reply (RFC 5321 section 4.2). ``enhanced`` is empty where none belongs: greeting, EHLO, 354."""

    code: int
    enhanced: str
    text: str

    def encode(self) -> bytes:
        """The line, its end included."""
        status = f"{self.code} {self.enhanced} " if self.enhanced else f"{self.code} "
        return f"{status}{self.text}\r\n".encode()

    @property
    def is_positive(self) -> bool:
        """Whether the client's wish was granted."""
        return self.code < 400


OK = Reply(250, "2.0.0", "OK")
SENDER_OK = Reply(250, "2.1.0", "Sender OK")
RECIPIENT_OK = Reply(250, "2.1.5", "Recipient OK")
ACCEPTED = Reply(250, "2.6.0", "Accepted: on the disk")
GO_AHEAD = Reply(354, "", "End data with <CR><LF>.<CR><LF>")
BYE = Reply(221, "2.0.0", "Bye")
READY_FOR_TLS = Reply(220, "2.0.0", "Ready to start TLS")
CANNOT_VERIFY = Reply(252, "2.5.2", "Cannot verify; send a mail and see")
HELP = Reply(214, "2.0.0", "This server takes mail for its own addresses and relays none")

# For a while (RFC 5321 section 4.2.1: the client tries again)
SHUTTING_DOWN = Reply(421, "4.3.2", "Shutting down; try again soon")
TIMED_OUT = Reply(421, "4.4.2", "Timed out")
TOO_SLOW = Reply(421, "4.4.2", "Too slow")
TOO_MANY_CONNECTIONS = Reply(421, "4.7.0", "Too many connections")
TOO_MANY_ERRORS = Reply(421, "4.7.0", "Too many errors")
TOO_MANY_COMMANDS = Reply(421, "4.7.0", "Too many commands without a mail")
TOO_MANY_REFUSED = Reply(421, "4.7.0", "Too many unknown recipients")
TOO_MANY_MAILS = Reply(450, "4.7.1", "Too many mails from your network; try again later")
NO_ROOM = Reply(452, "4.3.1", "No room at present; try again later")
TOO_MANY_RECIPIENTS = Reply(452, "4.5.3", "Too many recipients; send to the others in another mail")
OTHER_KIND = Reply(452, "4.5.3", "Another kind of address; send to it in another mail")

# For good
LINE_TOO_LONG = Reply(500, "5.5.2", "Line too long")
BARE_LINE_END = Reply(550, "5.5.2", "Bare CR or LF: lines end with CR LF (RFC 5321 section 2.3.8)")
UNKNOWN_COMMAND = Reply(500, "5.5.1", "Unknown command")
NOT_OFFERED = Reply(502, "5.5.1", "Not offered here")
SYNTAX = Reply(501, "5.5.4", "Syntax error in the argument")
BAD_ADDRESS = Reply(501, "5.1.3", "Not an address")
BAD_SENDER = Reply(501, "5.1.7", "Not an address")
NEEDS_UTF8 = Reply(553, "5.6.7", "Addresses beyond ASCII need SMTPUTF8")
BAD_PARAMETER = Reply(555, "5.5.4", "Unknown parameter")
HELLO_FIRST = Reply(503, "5.5.1", "Say hello first")
MAIL_FIRST = Reply(503, "5.5.1", "MAIL first")
RECIPIENT_FIRST = Reply(503, "5.5.1", "RCPT first")
NESTED_MAIL = Reply(503, "5.5.1", "One mail at a time; RSET gives it up")
UNKNOWN_RECIPIENT = Reply(550, "5.1.1", "No such address")
NO_RELAYING = Reply(550, "5.7.1", "This server relays no mail")
TOO_LARGE = Reply(552, "5.3.4", "The mail is too large")
HEADER_TOO_LARGE = Reply(554, "5.6.0", "The header is too large")
TEXT_LINE_TOO_LONG = Reply(554, "5.6.0", "A line of the mail is too long")
NO_BROWSERS = Reply(554, "5.5.1", "This is no web server")
