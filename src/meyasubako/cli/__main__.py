"""``python -m meyasubako.cli`` is ``meyasu``."""

from meyasubako.cli import main

main()
