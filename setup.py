"""The modules that are compiled: every one that imports ``cython`` (ADR 10). All else stands in ``pyproject.toml``."""

import os
import re
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

SOURCES = Path(__file__).resolve().parent / "src"
COMPILED = re.compile(r"^import cython$", re.MULTILINE)


def compiled_modules() -> list[Extension]:
    """One extension a module, named as its package names it."""
    found = sorted(path for path in SOURCES.rglob("*.py") if COMPILED.search(path.read_text("utf-8")))
    return [
        Extension(
            ".".join(path.relative_to(SOURCES).with_suffix("").parts),
            [str(path.relative_to(SOURCES.parent))],
            extra_compile_args=["-O2", "-fno-strict-overflow", "-Wno-unused-function"],
        )
        for path in found
    ]


def compiled() -> list[Extension]:
    """What is to be compiled: nothing where ``tools/compile`` does it, on all cores at once, after an editable install."""
    if os.environ.get("MEYASU_COMPILE") == "later":
        return []
    extensions: list[Extension] = cythonize(
        compiled_modules(),
        build_dir="build/cython",
        nthreads=os.cpu_count() or 1,
        # Mail is hostile: what is out of bounds raises, as in Python.
        compiler_directives={
            "language_level": 3,
            "boundscheck": True,
            "wraparound": True,
            "cdivision": False,
        },
    )
    return extensions


setup(ext_modules=compiled())
