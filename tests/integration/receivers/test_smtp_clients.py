"""Real clients deliver: swaks, smtp-source, smtplib; what is kept of each mail; where addresses lead."""

from __future__ import annotations

import json
import shutil
import smtplib
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from smtp_running import CLI, LOOPBACK, Client, Running, arrivals, commit, lmtp, smtp, spooled, write_routes

SMTP_SOURCE = shutil.which("smtp-source") or "/usr/sbin/smtp-source"


def swaks(server: Running, *options: str) -> str:
    done = subprocess.run(
        ["swaks", "--server", LOOPBACK, "--port", str(server.port), "--from", "a@example.com",
         "--to", "trap@decoy.example", "--ehlo", "client.example", "--body", "hello", *options],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate of our own and its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


def make_certificate(folder: Path) -> tuple[str, str]:
    """A new one in this folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.example.org")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_what_swaks_sent_is_kept_with_all_that_is_known_of_it(home: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    with smtp(home) as server:
        assert server.said["takes_every_address"]
        swaks(server)
        counts = server.stop()
    assert (counts["mails"], counts["connections"], counts["put_off"]) == (1, 1, 0)
    commit(home)
    (row,) = arrivals(home)
    assert (row["channel"], row["monitor"], row["monitor_class"]) == ("monitor", None, "pc")
    assert (row["envelope_from"], row["envelope_to"]) == ("a@example.com", "trap@decoy.example")
    assert (row["client_ip"], row["helo"], row["tls"]) == (LOOPBACK, "client.example", None)
    assert row["client_port"] > 1_023
    assert before < row["received_at"] < datetime.now(UTC)
    assert row["received_at_source"] == "clock"
    assert row["raw"].endswith(b"\r\n\r\nhello\r\n\r\n\r\n")
    assert "every address" in (home.parent / "home.log").read_text()


def test_swaks_over_starttls(home: Path, certificate: tuple[str, str]) -> None:
    with smtp(home, "--tls-cert", certificate[0], "--tls-key", certificate[1]) as server:
        swaks(server, "--tls")
        swaks(server, "--tls", "--tls-protocol", "tlsv1_2")
        swaks(server)
        server.stop()
    commit(home)
    tls = [row["tls"] for row in arrivals(home)]
    assert tls[0].startswith("TLSv1.3 TLS_")
    assert tls[1].startswith("TLSv1.2 ")
    assert tls[2] is None


def test_smtplib_speaks_tls_at_once_after_the_handshake(home: Path, certificate: tuple[str, str]) -> None:
    with smtp(home, "--tls-cert", certificate[0], "--tls-key", certificate[1]) as server:
        for _ in range(10):
            with smtplib.SMTP(LOOPBACK, server.port, timeout=20) as client:
                client.ehlo("client.example")
                client.starttls()
                assert not client.has_extn("starttls")
                client.sendmail(
                    "a@example.com", ["trap@decoy.example"], b"Subject: x\r\n\r\n" + b"x" * 100_000
                )
        server.stop()
    commit(home)
    assert [len(row["raw"]) > 100_000 and row["tls"] is not None for row in arrivals(home)] == [True] * 10


def test_a_renewed_certificate_is_used_without_a_restart(home: Path) -> None:
    chain, key = make_certificate(home)
    with smtp(home, "--tls-cert", chain, "--tls-key", key) as server:

        def shown() -> bytes:
            with smtplib.SMTP(LOOPBACK, server.port, timeout=20) as client:
                client.starttls()
                assert isinstance(client.sock, ssl.SSLSocket)
                return client.sock.getpeercert(binary_form=True) or b""

        before = shown()
        make_certificate(home)
        ends = time.monotonic() + 10
        while shown() == before and time.monotonic() < ends:
            time.sleep(0.3)
        assert shown() != before
        server.stop()


def test_a_port_is_shared_only_by_those_who_say_so(home: Path) -> None:
    with smtp(home, "--share-port") as one, smtp(home, "--port", str(one.port), "--share-port") as two:
        for _ in range(20):
            swaks(one)
        assert one.stop()["mails"] + two.stop()["mails"] == 20
    with smtp(home) as one:
        again = subprocess.run([*CLI, "smtp", "--port", str(one.port)], capture_output=True, timeout=60)
        assert again.returncode == 5
        one.stop()


def test_plaintext_injected_before_the_handshake_is_gone(home: Path, certificate: tuple[str, str]) -> None:
    with smtp(home, "--tls-cert", certificate[0], "--tls-key", certificate[1]) as server:
        with smtplib.SMTP(LOOPBACK, server.port, timeout=20) as client:
            client.ehlo("client.example")
            assert client.sock is not None
            client.sock.sendall(b"STARTTLS\r\nMAIL FROM:<evil@example.net>\r\nRCPT TO:<x@decoy.example>\r\n")
            assert client.getreply()[0] == 220
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            client.sock = context.wrap_socket(client.sock)
            client.file = None
            assert client.docmd("RCPT", "TO:<y@decoy.example>")[0] == 503
            client.ehlo("client.example")
            assert client.docmd("DATA")[0] == 503
        server.stop()


def test_smtplib_with_addresses_and_text_beyond_ascii(home: Path) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "件名", "送信@例え.example", "罠@decoy.example"
    mail.set_content("本文\n.\n..\n", cte="8bit")
    with smtp(home) as server:
        with smtplib.SMTP(LOOPBACK, server.port, timeout=20) as client:
            client.send_message(mail, "送信@例え.example", ["罠@decoy.example", "b@decoy.example"])
        server.stop()
    commit(home)
    rows = arrivals(home)
    assert [row["envelope_to"] for row in rows] == ["罠@decoy.example", "b@decoy.example"]
    assert rows[0]["envelope_from"] == "送信@例え.example"
    assert rows[0]["sha256"] == rows[1]["sha256"]
    assert "本文\r\n.\r\n..\r\n".encode() in rows[0]["raw"]


def test_smtp_source_on_kept_connections(home: Path) -> None:
    with smtp(home) as server:
        subprocess.run(
            [SMTP_SOURCE, "-s", "10", "-m", "1000", "-l", "6000", "-d", "-f", "a@example.com",
             "-t", "trap@decoy.example", server.address],
            check=True, timeout=100,
        )  # fmt: skip
        assert server.stop()["mails"] == 1_000
    commit(home)
    rows = arrivals(home)
    assert len({row["arrival_id"] for row in rows}) == 1_000


def test_metrics_and_readiness_name_no_client(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as one, socket.socket() as two:
        one.bind((LOOPBACK, 0))
        two.bind((LOOPBACK, 0))
        port, mail_port = one.getsockname()[1], two.getsockname()[1]
    monkeypatch.setenv("MEYASU_METRICS", f"{LOOPBACK}:{port}")
    with smtp(home, "--port", str(mail_port)) as server:
        swaks(server)
        pages = {}
        for page in ("/metrics", "/readyz"):
            asking = HTTPConnection(LOOPBACK, port, timeout=10)
            asking.request("GET", page)
            answer = asking.getresponse()
            pages[page] = answer.status, answer.read().decode()
            asking.close()
        server.stop()
    assert pages["/readyz"] == (200, '{"room": "ok"}\n')
    text = pages["/metrics"][1]
    assert 'meyasu_mails_accepted_total{protocol="smtp"} 1.0' in text
    assert 'meyasu_sessions_ended_total{protocol="smtp",reason="quit"} 1.0' in text
    log = (home.parent / "home.log").read_text()
    assert not any(name in text + log for name in ("example.com", "decoy.example", "client.example"))


def test_the_committer_takes_while_the_server_runs(home: Path) -> None:
    with smtp(home) as server:
        swaks(server)
        ends = time.monotonic() + 20
        while time.monotonic() < ends and list((home / "spool").glob("*.segment")):
            commit(home)
            time.sleep(0.2)
        assert len(arrivals(home)) == 1
        swaks(server)
        server.stop()
    commit(home)
    assert len(arrivals(home)) == 2


@pytest.mark.parametrize("version", ["1", "2"])
def test_swaks_behind_a_proxy(home: Path, version: str) -> None:
    with smtp(home, "--proxy-from", "127.0.0.0/8") as server:
        swaks(
            server, "--proxy-version", version, "--proxy-family", "TCP4" if version == "1" else "AF_INET",
            *(["--proxy-protocol", "STREAM", "--proxy-command", "PROXY"] if version == "2" else []),
            "--proxy-source", "192.0.2.77", "--proxy-source-port", "4711",
            "--proxy-dest", "198.51.100.1", "--proxy-dest-port", "25",
        )  # fmt: skip
        server.stop()
    commit(home)
    (row,) = arrivals(home)
    assert (row["client_ip"], row["client_port"]) == ("192.0.2.77", 4711)


def test_a_proxy_header_is_demanded_of_proxies_and_refused_of_others(home: Path) -> None:
    with smtp(home, "--proxy-from", "127.0.0.0/8") as server:
        client = Client(server.connect(), greeted=False)
        client.socket.sendall(b"EHLO x\r\n")
        assert client.reply() == 0
        client.close()
        server.stop()
    with smtp(home, "--proxy-from", "192.0.2.0/24") as server:
        client = Client(server.connect())
        assert client.say(b"PROXY TCP4 192.0.2.1 198.51.100.1 4711 25") == 500
        client.close()
        server.stop()


ROUTES = {
    "monitors": {"tokyo-1": {"class": "mobile", "carrier": "Example"}, "tokyo-2": {"class": "pc"}},
    "recipients": {
        "taro@decoy.example": {"monitor": "tokyo-1"},
        "jiro@decoy.example": {"monitor": "tokyo-2"},
        "report@centre.example": {"report": True},
    },
    "decoy_domains": ["decoy.example"],
}


def test_addresses_lead_to_monitors_and_reports_and_the_unknown_are_counted(home: Path) -> None:
    write_routes(home, **ROUTES)
    with smtp(home) as server:
        assert not server.said["takes_every_address"]
        client = Client(server.connect())
        client.say(b"EHLO client.example", b"MAIL FROM:<a@spam.example>")
        for address, code in (
            (b"Taro@decoy.example", 250), (b"x1@decoy.example", 550), (b"x1@decoy.example", 550),
            (b"report@centre.example", 452), (b"other@centre.example", 550), (b"a@elsewhere.example", 550),
            (b"jiro@decoy.example", 250),
        ):  # fmt: skip
            assert client.say(b"RCPT TO:<%s>" % address) == code, address
        client.say(b"DATA")
        assert client.say(b"Subject: to monitors\r\n\r\n.") == 250
        assert client.send(b"Subject: a report\r\n", b"report@centre.example") == 250
        client.close()
        assert server.stop()["recipients_refused"] == 5
    commit(home)
    assert [(row["monitor"], row["monitor_class"], row["carrier"]) for row in arrivals(home)] == [
        ("tokyo-1", "mobile", "Example"),
        ("tokyo-2", "pc", None),
    ]
    (report,) = spooled(home / "report-spool")
    assert report.raw == b"Subject: a report\r\n"
    assert (report.envelope["channel"], report.envelope["monitor"]) == ("report", None)
    (counts,) = (home / "unknown").iterdir()
    (line,) = counts.read_text().splitlines()
    assert json.loads(line) | {"hour": ""} == {
        "hour": "", "client_ip": LOOPBACK, "helo": "client.example", "from_domain": "spam.example",
        "domain": "decoy.example", "local_part": "x1", "count": 2,
    }  # fmt: skip


def test_while_no_monitor_is_registered_reports_are_reports_and_the_rest_is_taken(home: Path) -> None:
    write_routes(home, recipients={"report@centre.example": {"report": True}})
    with smtp(home) as server:
        assert server.said["takes_every_address"]
        client = Client(server.connect())
        client.say(b"EHLO client.example")
        assert client.send(b"a report\r\n", b"report@centre.example") == 250
        assert client.send(b"to a monitor\r\n", b"anybody@decoy.example") == 250
        client.close()
        server.stop()
    assert [record.raw for record in spooled(home / "report-spool")] == [b"a report\r\n"]
    assert [record.raw for record in spooled(home / "spool")] == [b"to a monitor\r\n"]


def test_several_addresses_are_listened_on(home: Path) -> None:
    with smtp(home, "--host", "127.0.0.1", "--host", "127.0.0.2") as server:
        places = [place.rpartition(":") for place in server.said["listening"]]
        assert [host for host, _, _ in places] == ["127.0.0.1", "127.0.0.2"]
        for host, _, port in places:
            with smtplib.SMTP(host, int(port), timeout=20) as client:
                client.sendmail("a@example.com", ["trap@decoy.example"], b"x\r\n")
        assert server.stop()["mails"] == 2


def test_a_changed_register_is_seen_without_a_restart(home: Path) -> None:
    with smtp(home) as server:
        client = Client(server.connect())
        client.say(b"EHLO client.example")
        assert client.send(b"x\r\n", b"anybody@elsewhere.example") == 250
        write_routes(home, **ROUTES)
        ends = time.monotonic() + 10
        while client.send(b"x\r\n", b"anybody@elsewhere.example") == 250 and time.monotonic() < ends:
            client.say(b"RSET")
            time.sleep(0.2)
        client.say(b"RSET")
        assert client.send(b"x\r\n", b"anybody@elsewhere.example") == 550
        (home / "routes.json").write_text("{")
        time.sleep(1.5)
        client.say(b"RSET")
        assert client.send(b"x\r\n", b"taro@decoy.example") == 250
        client.close()
        server.stop()


def test_lmtp_on_a_unix_socket_and_a_port(home: Path) -> None:
    place = home / "lmtp.sock"
    with lmtp(home, "--socket", str(place), "--port", "0") as server:
        assert server.said["listening"][0] == str(place)
        for host, port in ((str(place), 0), (LOOPBACK, int(server.said["listening"][1].rpartition(":")[2]))):
            with smtplib.LMTP(host, port, local_hostname="mx.example") as client:
                for recipient in ("b@decoy.example", "c@decoy.example"):  # it reads one answer a mail
                    assert client.sendmail("a@example.com", [recipient], b"x\r\n") == {}
        server.stop()
    commit(home)
    rows = arrivals(home)
    assert [row["client_ip"] for row in rows] == [None, None, LOOPBACK, LOOPBACK]


def test_a_socket_of_the_living_is_not_taken(home: Path) -> None:
    place = home / "lmtp.sock"
    with lmtp(home, "--socket", str(place)) as server:
        again = subprocess.run(
            [*server.process.args, ], capture_output=True, text=True, timeout=30  # type: ignore[misc]
        )  # fmt: skip
        assert again.returncode == 5
        assert "another process listens there" in again.stderr
        server.kill()
    with lmtp(home, "--socket", str(place)) as server:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(place))
            assert client.recv(100).startswith(b"220 ")
        server.stop()
