"""A real Dovecot for one test: its own folder and configuration, on loopback, ended with the test.

Started by root, it needs an unprivileged user for the mail (``nobody``) and for its login processes; started by
anybody else, everything runs as that user.
"""

from __future__ import annotations

import imaplib
import ipaddress
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "decoy@decoy.example", "correct horse"


@dataclass(frozen=True)
class Dovecot:
    """A running server: ports without and with TLS, its certificate, the folder of the mailbox."""

    port: int
    tls_port: int
    certificate: Path
    maildir: Path

    def client(self) -> imaplib.IMAP4:
        """A logged-in client with the inbox selected."""
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        client.select("INBOX")
        return client

    def append(self, *mails: bytes, at: datetime | None = None) -> None:
        """Put mails into the inbox, taken by the server at a time."""
        moment = at or datetime.now(UTC)
        with self.client() as client:
            for mail in mails:
                status, said = client.append("INBOX", "", imaplib.Time2Internaldate(moment), mail)
                assert status == "OK", said

    def uids(self, folder: str = "INBOX") -> list[int]:
        """UIDs in a folder, and none of its mails seen."""
        with self.client() as client:
            client.select(folder, readonly=True)
            return [int(uid) for uid in client.uid("SEARCH", "ALL")[1][0].split()]

    def seen(self) -> list[bytes]:
        """UIDs of mails that somebody marked as seen."""
        with self.client() as client:
            found: list[bytes] = client.uid("SEARCH", "SEEN")[1][0].split()
            return found

    def number_anew(self) -> None:
        """Lose the index of UIDs, as servers do: the mails stay, UIDVALIDITY changes."""
        for path in self.maildir.glob("dovecot*"):
            path.unlink()
        validity = self.maildir / "dovecot-uidlist"
        validity.unlink(missing_ok=True)
        time.sleep(1.1)  # UIDVALIDITY is a time in seconds


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def make_certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Start it in a folder of its own that its users may enter; stop it in the end."""
    with tempfile.TemporaryDirectory(prefix="dovecot-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with _running(folder) as running:
            yield running


@contextmanager
def _running(folder: Path) -> Iterator[Dovecot]:
    port, tls_port = free_ports(2)
    certificate = make_certificate(folder)
    owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    login = "dovenull" if os.getuid() == 0 else owner.pw_name
    internal = "dovecot" if os.getuid() == 0 else owner.pw_name
    maildir = folder / "mail" / "Maildir"
    for part in ("cur", "new", "tmp"):
        (maildir / part).mkdir(parents=True)
    (folder / "run").mkdir()
    if os.getuid() == 0:
        for path in [folder / "mail", *(folder / "mail").rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid)
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    (folder / "users").chmod(0o644)
    (folder / "dovecot.conf").write_text(
        f"""
base_dir = {folder}/run
state_dir = {folder}/run
protocols = imap
listen = 127.0.0.1
log_path = {folder}/dovecot.log
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {internal if os.getuid() == 0 else ""}
first_valid_uid = 1
first_valid_gid = 1
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
mail_location = maildir:{maildir}
mail_privileged_group =
auth_mechanisms = plain login
service imap-login {{
  {"chroot =" if os.getuid() else ""}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
{"" if os.getuid() == 0 else "service anvil { chroot = }"}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={folder}/mail
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Done {{
    auto = create
  }}
}}
"""
    )
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    with (folder / "dovecot.out").open("wb") as out:
        process = subprocess.Popen(
            [program, "-F", "-c", str(folder / "dovecot.conf")], stdout=out, stderr=out
        )
    try:
        running = Dovecot(port, tls_port, certificate, maildir)
        _await_answer(running, folder, process)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _await_answer(running: Dovecot, folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 15
    last = ""
    while time.monotonic() < deadline:
        try:
            with running.client():
                return
        except imaplib.IMAP4.error as error:
            last = str(error)
            break
        except OSError as error:
            last = str(error)
            if process.poll() is not None:
                break
            time.sleep(0.1)
    log = folder / "dovecot.log"
    said = (folder / "dovecot.out").read_text() + (log.read_text() if log.exists() else "")
    raise AssertionError(f"dovecot does not answer: {last}\n{said}")
