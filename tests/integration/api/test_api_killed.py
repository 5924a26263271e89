"""Kill -9 in the middle of batches: every mail that was answered as taken is one report; large requests stay small."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import pytest
from api_site import ApiSite, mail

BATCHES, MAILS, KILLS = 12, 10, 3


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiSite]:
    """A site of the module's own."""
    made = ApiSite(tmp_path_factory.mktemp("api"))
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


def send_until_answered(site: ApiSite, number: int) -> tuple[dict[str, Any], int]:
    """As a client does: the same request with the same key until it is answered."""
    mails = [mail(number * 1000 + place) for place in range(MAILS)]
    for tries in range(1, 400):
        status, said = site.send("/api/v1/reports/batch", mails, f"batch-{number}")
        if status == 200:
            return said, tries
        assert status in (0, 500, 503), (status, said)
        time.sleep(0.05)
    raise AssertionError(f"batch {number} was never answered")


def test_every_item_answered_as_taken_exists_once_however_often_the_site_dies(mortal: ApiSite) -> None:
    site = mortal
    chance = random.Random(11)
    site.start()
    over = threading.Event()

    def kill_now_and_then() -> None:
        for _ in range(KILLS):
            before = site.rows("SELECT count(*) FROM reports_report")[0][0]
            deadline = time.monotonic() + 20
            while (
                site.rows("SELECT count(*) FROM reports_report")[0][0] == before
                and time.monotonic() < deadline
            ):
                time.sleep(0.005)
            time.sleep(chance.random() * 0.15)
            site.kill()
            site.start()
        over.set()

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    with ThreadPoolExecutor(4) as clients:
        answered = list(clients.map(lambda number: send_until_answered(site, number), range(BATCHES)))
    killer.join(90)
    assert over.is_set()
    assert any(tries > 1 for _, tries in answered), "nothing was killed while it was sent"
    told = [one for said, _ in answered for one in said["mails"]]
    assert [one["status"] for one in told] == ["taken"] * (BATCHES * MAILS)
    assert len({one["number"] for one in told}) == len({one["link"] for one in told}) == BATCHES * MAILS
    kept = site.rows(
        "SELECT r.number, m.sha256 FROM reports_report r JOIN reports_reportmail m ON m.report_id = r.id"
    )
    assert sorted(kept) == sorted((one["number"], one["sha256"]) for one in told)
    site.wait()
    for number in range(BATCHES):
        again, _ = send_until_answered(site, number)
        assert again == answered[number][0]
    assert site.rows("SELECT count(*) FROM reports_report") == [(BATCHES * MAILS,)]


def test_fifty_mails_of_a_megabyte_at_once_in_both_forms(mortal: ApiSite) -> None:
    site = mortal
    if site.process is None or site.process.poll() is not None:
        site.start()
    site.wait()
    status, _ = site.send("/api/v1/reports/batch", [mail(0)], "warm")
    assert status == 200
    mails = [mail(500_000 + number, 1024 * 1024) for number in range(50)]
    before = site.anonymous_memory()
    seen = [before]
    with ThreadPoolExecutor(1) as client:
        answer = client.submit(site.send, "/api/v1/reports/batch", mails, "fifty-json")
        while not answer.done():
            seen.append(site.anonymous_memory())
            time.sleep(0.005)
    status, said = answer.result()
    assert (status, said["taken"]) == (200, 50)
    # 67 MB came in, of which one mail at a time is in memory: base64, bytes, sealed.
    assert max(seen) - before < 32 * 1024, f"{max(seen) - before} KB more"
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="mails"; filename="{n}.eml"\r\n\r\n'.encode()
        + one
        + b"\r\n"
        for n, one in enumerate(mails)
    ]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    form = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    status, said = site.ask("POST", "/api/v1/reports", body, **form)
    assert (status, said["taken"], said["refused"]) == (201, 50, 0)
    assert len({one["number"] for one in said["mails"]}) == 1


def test_a_body_that_ends_early_and_one_that_is_too_long_are_refused(mortal: ApiSite) -> None:
    site = mortal
    if site.process is None or site.process.poll() is not None:
        site.start()
    site.wait()
    count = site.rows("SELECT count(*) FROM reports_report")
    connection = HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.putrequest("POST", "/api/v1/reports")
    for name, value in {
        "Authorization": f"Bearer {site.token}", "Content-Type": "application/json", "Content-Length": "999999999",
    }.items():  # fmt: skip
        connection.putheader(name, value)
    connection.endheaders(b'{"mails": [')
    assert connection.getresponse().status == 413
    connection.close()
    cut = HTTPConnection("127.0.0.1", site.port, timeout=30)
    cut.putrequest("POST", "/api/v1/reports")
    for name, value in {
        "Authorization": f"Bearer {site.token}", "Content-Type": "application/json", "Content-Length": "500",
    }.items():  # fmt: skip
        cut.putheader(name, value)
    cut.endheaders(b'{"mails": [{"content": "')
    cut.close()
    time.sleep(0.3)
    assert site.ask("GET", "/healthz")[0] == 200
    assert site.rows("SELECT count(*) FROM reports_report") == count
