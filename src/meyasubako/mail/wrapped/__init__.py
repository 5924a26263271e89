"""Takes reports apart: a mail to the report address in, the mails wrapped in it out. Pure; never raises."""

from meyasubako.mail.wrapped.reasons import LOST, REASONS, Wording
from meyasubako.mail.wrapped.types import Kind, Unwrapped, WrapLimits, WrappedMail
from meyasubako.mail.wrapped.unwrap import unwrap, unwrap_file

__all__ = [
    "LOST",
    "REASONS",
    "Kind",
    "Unwrapped",
    "Wording",
    "WrapLimits",
    "WrappedMail",
    "unwrap",
    "unwrap_file",
]
