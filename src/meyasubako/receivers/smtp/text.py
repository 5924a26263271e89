"""The text of one mail while it comes in: where it ends, what is wrong with it, and its bytes.

It ends at CR LF . CR LF and nowhere else (RFC 5321 section 4.1.1.4). A CR or LF that stands alone is noticed as
soon as it is there (RFC 5321 section 2.3.8): servers that took such a line end for a real one, behind servers that
did not, let mails be smuggled inside mails. Beyond the largest size nothing is kept and nothing looked at but the end.
"""

from __future__ import annotations

from meyasubako.receivers.smtp import replies
from meyasubako.receivers.smtp.limits import Limits
from meyasubako.receivers.smtp.replies import Reply

END = b"\r\n.\r\n"
LINE_END = b"\r\n"


class Text:
    """Made when DATA is answered. Positions count a CR LF put before the text: its very first line may be the dot."""

    def __init__(self, limits: Limits, begun: bytearray) -> None:
        """``begun`` is what came behind DATA already."""
        self.refusal: Reply | None = None
        self.is_bare = False
        """Whether a CR or LF stood alone: the session must end."""
        self._limits = limits
        self._bytes = bytearray(LINE_END) + begun
        self._looked = 0
        self._end = -1

    def __len__(self) -> int:
        return len(self._bytes)

    def receive(self, data: bytes) -> None:
        """More of it."""
        self._bytes += data

    def is_whole(self) -> bool:
        """Look at what is new: whether the end has come. ``is_bare`` and ``refusal`` may be set by it."""
        text, most = self._bytes, self._limits.size + len(LINE_END)
        end = text.find(END, max(0, self._looked - len(END) + 1))
        stop = end + len(LINE_END) if end >= 0 else len(text)
        if self.refusal is None:
            upto = min(stop, most)
            if text[upto - 1 : upto] == b"\r":  # its LF may come yet
                upto -= 1
            lines = text.count(LINE_END, self._looked, upto)
            if not lines == text.count(b"\n", self._looked, upto) == text.count(b"\r", self._looked, upto):
                self.is_bare = True
                return False
            self._looked = upto
            if stop > (most if end >= 0 else most + 2):  # two more bytes may belong to the end
                self.refusal = replies.TOO_LARGE
        if end < 0 and self.refusal is not None:
            self._forget()
        self._end = end
        return end >= 0

    def refuse(self, reply: Reply) -> None:
        """Keep nothing more; its end will be answered with this."""
        if self.refusal is None:
            self.refusal = reply
            self._forget()

    def _forget(self) -> None:
        """Keep only what may be the beginning of the end."""
        del self._bytes[: -(len(END) - 1)]
        self._looked = 0

    def take(self) -> tuple[bytes, bytearray]:
        """The whole mail, dot-stuffing undone, and what came behind it. ``refusal`` says whether it may be taken."""
        raw = b""
        if self.refusal is None:
            with memoryview(self._bytes) as view:
                raw = bytes(view[len(LINE_END) : self._end + len(LINE_END)])
            self.refusal = fault_of(raw, self._limits)
        return unstuffed(raw), self._bytes[self._end + len(END) :]


def fault_of(raw: bytes, limits: Limits) -> Reply | None:
    """Why a mail is not taken though its size is right; None for the usual one."""
    if len(raw) > limits.header and raw.find(b"\r\n\r\n", 0, limits.header) < 0:
        return replies.HEADER_TOO_LARGE
    start = 0
    while len(raw) - start > limits.text_line:
        end = raw.rfind(LINE_END, start, start + limits.text_line)
        if end < 0:
            return replies.TEXT_LINE_TOO_LONG
        start = end + len(LINE_END)
    return None


def unstuffed(raw: bytes) -> bytes:
    """A mail without the dots that were put before its lines (RFC 5321 section 4.5.2)."""
    if raw.startswith(b"."):
        raw = raw[1:]
    return raw.replace(b"\r\n.", b"\r\n")
