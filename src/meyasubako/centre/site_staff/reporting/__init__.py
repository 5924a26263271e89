"""Pages about reports and petitions: the queue, the holding pen, one report, and many at once.

What may be done, and what is recorded of it, is decided in ``centre.reports``; who reported is never shown unless
somebody who may asks, with a purpose.
"""
