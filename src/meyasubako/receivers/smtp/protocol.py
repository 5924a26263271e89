"""The receiving side of SMTP and LMTP as a state machine without I/O: bytes in, events and bytes out.

    session.receive(data)                        # what the client sent
    while (event := session.next_event()):       # what it means; None: more bytes or an answer are needed
        ...                                      # MailBegins, Recipient, Delivery wait for session.answer(reply)
    transport.write(session.take_output())

How the bytes were cut into pieces changes nothing: neither events nor answers. Nothing is raised whatever comes in.
A mail ends at CR LF . CR LF and nowhere else; a CR or LF that stands alone, in a command or in a mail, ends the
session, so that no two servers can see different mails in the same bytes (RFC 5321 section 2.3.8, RFC 5321 section 4.1.1.4).

Standards: RFC 5321, RFC 2033 (LMTP), RFC 2920 (PIPELINING), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8), RFC 1870 (SIZE),
RFC 2034 (ENHANCEDSTATUSCODES), RFC 3207 (STARTTLS). Left to others: who may connect, for how long, what is an address of
ours, and the handshake of TLS.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import ClassVar, NamedTuple

from meyasubako.receivers.smtp import replies
from meyasubako.receivers.smtp.commands import (
    Forwarded,
    Sender,
    read_forwarded,
    read_name,
    read_recipient,
    read_sender,
    split_command,
)
from meyasubako.receivers.smtp.limits import LIMITS, Limits
from meyasubako.receivers.smtp.replies import Reply
from meyasubako.receivers.smtp.text import Text

_BROWSERS = (b"GET", b"POST", b"HEAD", b"PUT", b"CONNECT", b"OPTIONS")


class Dialect(Enum):
    """Which of the two protocols is spoken."""

    SMTP = "ESMTP"
    LMTP = "LMTP"


class MailBegins(NamedTuple):
    """A mail is about to come. Answer: SENDER_OK, or why not now."""

    sender: Sender


class Recipient(NamedTuple):
    """An address it is for, as the client wrote it. Answer: RECIPIENT_OK, or a refusal."""

    address: str


class Delivery(NamedTuple):
    """The whole mail, dot-stuffing undone. Answer when it is safe: one reply, or in LMTP one a recipient."""

    sender: Sender
    recipients: tuple[str, ...]
    raw: bytes


class StartTls(NamedTuple):
    """Write what there is to write, shake hands, then call ``tls_started``; bytes until then are thrown away."""


class Closed(NamedTuple):
    """The session is over: write what there is to write and close. ``reason`` is a word for logs."""

    reason: str


Event = MailBegins | Recipient | Delivery | StartTls | Closed
_ANSWERED = (MailBegins, Recipient, Delivery)
_Perform = Callable[["Session", bytes], Event | None]


class _State(Enum):
    COMMAND = "command"
    HANDSHAKE = "handshake"
    CLOSED = "closed"


class Session:
    """One connection, from the greeting to the end."""

    def __init__(
        self,
        hostname: str,
        dialect: Dialect = Dialect.SMTP,
        limits: Limits = LIMITS,
        *,
        tls_offered: bool = False,
        forwards: bool = False,
    ) -> None:
        """``forwards``: believe what the client says of its own client (XFORWARD)."""
        self.helo: str | None = None
        self.tls: str | None = None
        self.forwarded = Forwarded()
        self._hostname = hostname
        self._dialect = dialect
        self._commands = self._COMMANDS[dialect]
        self._limits = limits
        self._tls_offered = tls_offered
        self._forwards = forwards
        self._state = _State.COMMAND
        self._input = bytearray()
        self._looked = 0
        self._text: Text | None = None
        self._output = [Reply(220, "", f"{hostname} {dialect.value} Meyasubako").encode()]
        self._awaited: Event | None = None
        self._closing: Closed | None = None
        self._draining = False
        self._overlong = False
        self._sender: Sender | None = None
        self._recipients: list[str] = []
        self._idle_commands = self._errors = self._refused = 0

    # What the server asks

    @property
    def held(self) -> int:
        """Bytes held of what the client sent."""
        return len(self._input) + (len(self._text) if self._text is not None else 0)

    @property
    def is_in_mail(self) -> bool:
        """Whether the text of a mail is coming in."""
        return self._text is not None

    @property
    def is_waiting(self) -> bool:
        """Whether an event waits for its answer."""
        return self._awaited is not None

    def take_output(self) -> bytes:
        """What is to be sent to the client now: replies to commands that came together (RFC 2920 section 3.2)."""
        output = b"".join(self._output)
        self._output.clear()
        return output

    # What the server tells

    def receive(self, data: bytes) -> None:
        """Bytes from the client, cut in any way."""
        if self._text is not None:
            self._text.receive(data)
        elif self._state is _State.COMMAND:
            self._input += data
        # Until TLS speaks, what comes is what somebody slipped in before it (RFC 3207 section 4.2)

    def next_event(self) -> Event | None:
        """What comes next; None when more bytes, an answer or a handshake must come first."""
        event: Event | None = None
        while event is None and self._awaited is None and self._closing is None:
            if self._text is not None:
                if self._text.is_whole():
                    event = self._take_mail(self._text)
                elif self._text.is_bare:
                    self.close(replies.BARE_LINE_END, "bare line end")
                else:
                    break
            elif self._state is _State.COMMAND:
                line = self._line()
                if line is None:
                    break
                event = self._command(line)
            else:
                break
        if self._closing is not None:
            event, self._closing = self._closing, None
        elif isinstance(event, _ANSWERED):
            self._awaited = event
        return event

    def answer(self, *answers: Reply) -> None:
        """Answer the event that waits. LMTP takes one reply a recipient, or one for all (RFC 2033 section 4.2)."""
        awaited, self._awaited = self._awaited, None
        if isinstance(awaited, Delivery):
            if self._dialect is Dialect.LMTP and len(answers) == 1:
                answers *= len(awaited.recipients)
            self._idle_commands = 0
            self._reset()
        self._output.extend(reply.encode() for reply in answers)
        if isinstance(awaited, Recipient):
            if answers[0].is_positive:
                self._recipients.append(awaited.address)
            else:
                self._count_refused()
        elif isinstance(awaited, MailBegins):
            if answers[0].is_positive:
                self._sender = awaited.sender
        elif self._draining:
            self.close(replies.SHUTTING_DOWN, "drained")

    def refuse_mail(self, reply: Reply) -> None:
        """Keep nothing more of the mail that is coming in, and answer its end with this."""
        if self._text is not None:
            self._text.refuse(reply)

    def tls_started(self, described: str) -> None:
        """The handshake is done: all that was said before is forgotten (RFC 3207 section 4.2)."""
        self.tls = described
        self.helo = None
        self._reset()
        self._state = _State.COMMAND

    def drain(self) -> None:
        """Finish the mail that is coming in, if one is; take no other."""
        self._draining = True
        if self._text is None and not isinstance(self._awaited, Delivery):
            self.close(replies.SHUTTING_DOWN, "drained")

    def close(self, reply: Reply | None, reason: str) -> None:
        """End the session, with a last reply where one is due; ``Closed`` is the next event."""
        if self._state is _State.CLOSED:
            return
        if reply is not None:
            self._output.append(reply.encode())
        self._state = _State.CLOSED
        self._awaited = self._text = None
        self._input.clear()
        self._reset()
        self._closing = Closed(reason)

    # Lines

    def _line(self) -> bytes | None:
        """The next whole command line, without its end; None when there is none yet."""
        place = self._input.find(b"\n", self._looked)
        most = self._limits.command_line
        if (place if place >= 0 else len(self._input)) >= most:
            self._overlong = True
        if place < 0:
            if self._overlong:
                del self._input[:-1]  # its last byte may be the CR of its end
            self._looked = len(self._input)
            return None
        line = bytes(self._input[:place])
        del self._input[: place + 1]
        self._looked = 0
        if not line.endswith(b"\r"):
            self.close(replies.BARE_LINE_END, "bare line end")
            return None
        overlong, self._overlong = self._overlong, False
        if overlong:
            self._error(replies.LINE_TOO_LONG)
            return self._line() if self._state is _State.COMMAND else None
        return line[:-1]

    def _command(self, line: bytes) -> Event | None:
        if b"\r" in line:
            self.close(replies.BARE_LINE_END, "bare line end")
            return None
        if self._draining:
            self.close(replies.SHUTTING_DOWN, "drained")
            return None
        verb, rest = split_command(line)
        perform = self._commands.get(verb)
        if perform is not None:
            return perform(self, rest)
        if verb in _BROWSERS:  # a page in somebody's browser that posts to our port
            self.close(replies.NO_BROWSERS, "browser")
        else:
            self._error(replies.UNKNOWN_COMMAND)
        return None

    def _say(self, reply: Reply) -> None:
        self._output.append(reply.encode())

    def _error(self, reply: Reply) -> None:
        """A command that is none, or not now: answer, and after too many of them end."""
        self._errors += 1
        if self._errors > self._limits.errors:
            self.close(replies.TOO_MANY_ERRORS, "errors")
        else:
            self._say(reply)

    def _is_patience_over(self) -> bool:
        """Count a command that brings no mail nearer; whether there were too many."""
        self._idle_commands += 1
        if self._idle_commands > self._limits.idle_commands:
            self.close(replies.TOO_MANY_COMMANDS, "commands")
            return True
        return False

    def _reset(self) -> None:
        """Forget the mail under way (RFC 5321 section 4.1.1.5)."""
        self._sender = None
        self._recipients = []
        self.forwarded = Forwarded()

    # Commands

    def _helo(self, rest: bytes) -> None:
        """HELO (RFC 5321 section 4.1.1.1): also a reset (RFC 5321 section 4.1.4)."""
        if self._named(rest):
            self._say(Reply(250, "", self._hostname))

    def _ehlo(self, rest: bytes) -> None:
        """EHLO, and LHLO which is the same (RFC 2033 section 4.1)."""
        if not self._named(rest):
            return
        words = [self._hostname, "PIPELINING", f"SIZE {self._limits.size}"]
        if self._tls_offered and self.tls is None:  # not offered twice: RFC 3207 section 4.2
            words.append("STARTTLS")
        if self._forwards:
            words.append("XFORWARD ADDR PORT HELO")
        words += ["ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8"]
        lines = [f"250-{word}\r\n" for word in words[:-1]] + [f"250 {words[-1]}\r\n"]
        self._output.append("".join(lines).encode())

    def _named(self, rest: bytes) -> bool:
        name = read_name(rest)
        if name is None:
            self._error(replies.SYNTAX)
        elif not self._is_patience_over():
            self._reset()
            self.helo = name
            return True
        return False

    def _mail_from(self, rest: bytes) -> Event | None:
        """MAIL (RFC 5321 section 4.1.1.2). A size beyond ours is refused now (RFC 1870 section 6.1)."""
        if self.helo is None:
            self._error(replies.HELLO_FIRST)
        elif self._sender is not None:
            self._error(replies.NESTED_MAIL)
        elif not self._is_patience_over():
            sender = read_sender(rest, self._limits.path)
            if isinstance(sender, Reply):
                self._error(sender)
            elif sender.size > self._limits.size:
                self._say(replies.TOO_LARGE)
            else:
                return MailBegins(sender)
        return None

    def _rcpt_to(self, rest: bytes) -> Event | None:
        """RCPT (RFC 5321 section 4.1.1.3); too many are put off to another mail (RFC 5321 section 4.5.3.1.10)."""
        if self._sender is None:
            self._error(replies.MAIL_FIRST)
            return None
        address = read_recipient(rest, self._limits.path, utf8=self._sender.utf8)
        if isinstance(address, Reply):
            self._error(address)
        elif len(self._recipients) >= self._limits.recipients:
            self._say(replies.TOO_MANY_RECIPIENTS)
            self._count_refused()
        else:
            return Recipient(address)
        return None

    def _count_refused(self) -> None:
        self._refused += 1
        if self._refused > self._limits.refused:
            self.close(replies.TOO_MANY_REFUSED, "unknown recipients")

    def _data(self, rest: bytes) -> None:
        """DATA (RFC 5321 section 4.1.1.4); without a recipient there is none (RFC 2033 section 4.2)."""
        if rest:
            self._error(replies.SYNTAX)
        elif not self._recipients:
            self._error(replies.RECIPIENT_FIRST if self._sender is not None else replies.MAIL_FIRST)
        else:
            self._say(replies.GO_AHEAD)
            self._text = Text(self._limits, self._input)
            self._input = bytearray()

    def _rset(self, rest: bytes) -> None:
        if rest:
            self._error(replies.SYNTAX)
        elif not self._is_patience_over():
            self._reset()
            self._say(replies.OK)

    def _noop(self, _rest: bytes) -> None:
        if not self._is_patience_over():
            self._say(replies.OK)

    def _vrfy(self, _rest: bytes) -> None:
        """VRFY tells nothing (RFC 5321 section 7.3)."""
        if not self._is_patience_over():
            self._say(replies.CANNOT_VERIFY)

    def _help(self, _rest: bytes) -> None:
        if not self._is_patience_over():
            self._say(replies.HELP)

    def _not_offered(self, _rest: bytes) -> None:
        self._error(replies.NOT_OFFERED)

    def _quit(self, rest: bytes) -> None:
        if rest:
            self._error(replies.SYNTAX)
        else:
            self.close(replies.BYE, "quit")

    def _starttls(self, rest: bytes) -> Event | None:
        """STARTTLS (RFC 3207 section 4): what was sent behind it in the clear is thrown away, never obeyed."""
        if not self._tls_offered or self.tls is not None:
            self._error(replies.NOT_OFFERED)
        elif rest:
            self._error(replies.SYNTAX)
        else:
            self._say(replies.READY_FOR_TLS)
            self._state = _State.HANDSHAKE
            self._input.clear()
            self._looked = 0
            return StartTls()
        return None

    def _xforward(self, rest: bytes) -> None:
        if not self._forwards or self._sender is not None:
            self._error(replies.NOT_OFFERED)
            return
        said = read_forwarded(rest, self.forwarded)
        if isinstance(said, Reply):
            self._error(said)
        elif not self._is_patience_over():
            self.forwarded = said
            self._say(replies.OK)

    # The text of a mail

    def _take_mail(self, text: Text) -> Event | None:
        """The mail whose text is whole: an event, or its refusal."""
        raw, self._input = text.take()
        self._looked = 0
        self._text = None
        assert self._sender is not None
        delivery = Delivery(self._sender, tuple(self._recipients), raw)
        if text.refusal is None:
            return delivery
        self._awaited = delivery
        self.answer(text.refusal)
        return None

    _SHARED: ClassVar[dict[bytes, _Perform]] = {
        b"MAIL": _mail_from,
        b"RCPT": _rcpt_to,
        b"DATA": _data,
        b"RSET": _rset,
        b"NOOP": _noop,
        b"QUIT": _quit,
        b"VRFY": _vrfy,
        b"HELP": _help,
        b"STARTTLS": _starttls,
        b"XFORWARD": _xforward,
        b"AUTH": _not_offered,
        b"BDAT": _not_offered,
        b"ETRN": _not_offered,
        b"EXPN": _not_offered,
        b"TURN": _not_offered,
    }
    _COMMANDS: ClassVar[dict[Dialect, dict[bytes, _Perform]]] = {
        Dialect.SMTP: {b"EHLO": _ehlo, b"HELO": _helo, **_SHARED},
        Dialect.LMTP: {b"LHLO": _ehlo, **_SHARED},
    }
