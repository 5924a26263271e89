"""The systemd units: sound, confined, and starting what there is."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from meyasubako.cli.services import METRICS_PORT, SERVICES
from meyasubako.cli.verbs import VERBS

ROOT = Path(__file__).resolve().parents[3]
UNITS = ROOT / "deploy" / "systemd"
DISTRIBUTION = Path("/usr/lib/systemd/system")
NAMES = sorted(path.stem.removeprefix("meyasubako-") for path in UNITS.glob("meyasubako-*.service"))
EXPOSURE = 2.0
"""Of 10: what `systemd-analyze security` calls OK goes up to 4.9."""


class Unit(configparser.RawConfigParser):
    """A unit file; of a key that stands twice the values are joined."""

    def __init__(self, name: str) -> None:
        super().__init__(strict=False, interpolation=None)
        self.read(UNITS / f"meyasubako-{name}.service")

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with the units, the distribution's own, and programs of the names they start."""
    folder = tmp_path_factory.mktemp("root")
    shutil.copytree(UNITS, folder / "etc" / "systemd" / "system")
    shutil.copytree(DISTRIBUTION, folder / "usr" / "lib" / "systemd" / "system", symlinks=True)
    programs = folder / "opt" / "meyasubako" / "bin"
    programs.mkdir(parents=True)
    for name in ("meyasu", "python"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    return folder


def test_there_is_a_unit_for_each_service_and_one_that_prepares() -> None:
    assert set(NAMES) == {service.name for service in SERVICES} | {"prepare"}


def test_systemd_takes_them(root: Path) -> None:
    names = [f"meyasubako-{name}.service" for name in NAMES]
    sockets = [path.name for path in UNITS.glob("*.socket")]
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={root}", *names, *sockets, "meyasubako.target"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_each_is_confined(root: Path, name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--root={root}", f"meyasubako-{name}.service"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure is not None, done.stderr
    assert float(exposure[1]) <= EXPOSURE


@pytest.mark.parametrize("name", NAMES)
def test_each_starts_what_there_is(name: str) -> None:
    words = Unit(name)["Service"]["ExecStart"].split()
    if words[0].endswith("/meyasu"):
        assert words[1] == name
        assert words[1] in VERBS
    else:
        module = words[words.index("-m") + 1]
        assert find_spec(module) is not None
        if module == "gunicorn":
            application, _, _ = words[-1].partition(":")
            assert application == next(service.web for service in SERVICES if service.name == name)
            assert find_spec(application) is not None


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_each_says_who_it_is_and_shows_its_metrics(service: object) -> None:
    place = SERVICES.index(service)  # type: ignore[arg-type]
    name = SERVICES[place].name
    said = Unit(name)["Service"]["Environment"]
    assert said == f"MEYASU_PROCESS={name} MEYASU_METRICS=127.0.0.1:{METRICS_PORT + place}"


def test_only_what_needs_it_is_allowed() -> None:
    may_write_code = {name for name in NAMES if Unit(name)["Service"]["MemoryDenyWriteExecute"] == "no"}
    assert may_write_code == {"prepare", "site"}
    capable = {name for name in NAMES if Unit(name)["Service"]["CapabilityBoundingSet"]}
    assert capable == {"smtp"}
    assert all(Unit(name)["Service"]["MemoryMax"] for name in NAMES)
