"""What script a text is in, as far as it decides which words are sought in it."""

from __future__ import annotations

import cython

HEAD, TAIL = 3000, 1000
SAMPLE = 2000


def holds_kana(text: str) -> bool:
    """Whether kana stand in the head or the tail of a text."""
    if text.isascii():
        return False
    code: cython.Py_ssize_t
    for sign in text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}{text[-TAIL:]}":
        code = ord(sign)
        if code >= 0x3040 and (code <= 0x30FF or 0xFF66 <= code <= 0xFF9F):
            return True
    return False


def is_unread(text: str) -> bool:
    """Whether a quarter of a text without kana is in scripts that no word list covers: Greek to Thai, Chinese, Korean."""
    sample: str = text[:SAMPLE]
    if sample.isascii():
        return False
    code: cython.Py_ssize_t
    unread: cython.Py_ssize_t = 0
    for sign in sample:
        code = ord(sign)
        if code >= 0x370 and (
            code <= 0x6FF
            or 0x900 <= code <= 0xDFF
            or 0xE00 <= code <= 0xE7F
            or 0x3400 <= code <= 0x9FFF
            or 0xAC00 <= code <= 0xD7AF
        ):
            unread += 1
    return unread * 4 > len(sample)
