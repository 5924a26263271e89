"""A run in a folder: its layout, its quoting, its truth, and that it is the same twice."""

from __future__ import annotations

import json
import mailbox
from hashlib import sha256
from pathlib import Path

from iptocc import country_code

from meyasubako.sample import generate, routes, write_run
from meyasubako.sample.mails import SampleMail
from meyasubako.sample.networks import load_ranges
from meyasubako.sample.writing import mbox_entry


def folder_hash(folder: Path) -> str:
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


def test_layout_truth_and_bytes(tmp_path: Path) -> None:
    heard: list[int] = []
    summary = write_run(generate(3, 500, "2008-11..2008-12"), tmp_path / "a", heard.append)
    write_run(generate(3, 500, "2008-11..2008-12"), tmp_path / "b")
    assert folder_hash(tmp_path / "a") == folder_hash(tmp_path / "b")
    assert heard == [100, 200, 300, 400, 500]
    assert summary.mails == 500 == summary.monitor + summary.report
    rows = [json.loads(row) for row in (tmp_path / "a" / "truth.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 500
    assert json.loads((tmp_path / "a" / "routes.json").read_text("utf-8")) == routes()
    boxes: dict[str, list[bytes]] = {}
    for row in rows:
        if row["path"] not in boxes:
            box = mailbox.mbox(tmp_path / "a" / row["path"], create=False)
            boxes[row["path"]] = [box.get_bytes(key) for key in box.iterkeys()]
            box.close()
        raw = boxes[row["path"]][row["place"]]
        assert sha256(raw).hexdigest() == row["sha256"]
        expected = (
            f"monitor/{row['monitor']}/{row['month']}.mbox"
            if row["monitor"]
            else f"report/{row['month']}.mbox"
        )
        assert row["path"] == expected
        assert row["monitor"] is None or row["monitor"] in routes()["monitors"]
    assert sum(map(len, boxes.values())) == 500


def test_from_lines_are_quoted() -> None:
    mail = next(iter(generate(1, 1, "2008-04")))
    quoted = mbox_entry(mail._replace(raw=b"Subject: x\n\nFrom here\n>From there\nfrom\n"))
    assert quoted.partition(b"\n")[2] == b"Subject: x\n\n>From here\n>>From there\nfrom\n\n"


def test_monitors_have_class_and_carrier() -> None:
    monitors = routes()["monitors"]
    assert {one["class"] for one in monitors.values()} == {"pc", "mobile"}
    assert {"NTT docomo", "au", "SoftBank"} <= {one["carrier"] for one in monitors.values()}
    assert len(monitors) >= 18


def test_addresses_lie_in_the_countries_they_are_said_to() -> None:
    for (country, _), ranges in load_ranges().items():
        for one in ranges:
            for rest in ("1.1", "77.3", "128.200", "254.254"):
                assert country_code(f"{one.prefix}.{rest}") == country


def test_addresses_of_a_run_lie_in_the_countries_of_its_truth() -> None:
    mails: list[SampleMail] = list(generate(9, 300, "2008-04..2009-03"))
    for mail in mails:
        assert country_code(mail.truth.origin_ip) == mail.truth.country
