"""Sample mail with ground truth: a seeded generator of spam and lawful mail of our own writing.

``generate`` gives the mails of a run, ``write_run`` puts them into a folder that can be taken in. What is true of
each mail stands in its ``Truth``. Nothing here is a statistic of real spam.
"""

from meyasubako.sample.mails import Run, SampleMail, Truth, generate
from meyasubako.sample.providers import routes
from meyasubako.sample.timeline import parse_months
from meyasubako.sample.writing import Summary, write_run

__all__ = ["Run", "SampleMail", "Summary", "Truth", "generate", "parse_months", "routes", "write_run"]
