"""Many, slow, broken and greedy clients: each costs itself its session, and others nothing. And how a server ends."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import sqlite3
import struct
import threading
import time
from pathlib import Path

import pytest
from smtp_running import LOOPBACK, Client, Running, arrivals, commit, patient, smtp, spooled

CROWD = 2_000


def delivered(server: Running, text: bytes = b"Subject: x\r\n\r\nx\r\n") -> tuple[int, float]:
    """Code and seconds of one mail on a connection of its own."""
    began = time.monotonic()
    client = Client(server.connect())
    client.say(b"EHLO good.example")
    code = client.send(text)
    client.close()
    return code, time.monotonic() - began


def reset(connection: socket.socket) -> None:
    """Close it with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.fixture
def many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * CROWD:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * CROWD, hard), hard))


@pytest.mark.usefixtures("many_files")
def test_two_thousand_connections_at_once(home: Path) -> None:
    ready = 0
    everybody = asyncio.Event()

    async def client(port: int, number: int) -> bytes:
        nonlocal ready
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        await reader.readuntil(b"\r\n")
        ready += 1
        if ready == CROWD:
            everybody.set()
        await everybody.wait()
        writer.write(
            b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<t@decoy.example>\r\nDATA\r\n%d\r\n.\r\nQUIT\r\n"
            % number
        )
        said = await reader.read()
        writer.close()
        return said

    async def crowd(port: int) -> list[bytes]:
        return await asyncio.gather(*(client(port, number) for number in range(CROWD)))

    with smtp(home) as server:
        said = asyncio.run(crowd(server.port))
        counts = server.stop()
    assert [answer.count(b"250 2.6.0") for answer in said] == [1] * CROWD
    assert (counts["connections"], counts["mails"]) == (CROWD, CROWD)
    assert len({record.raw for record in spooled(home / "spool")}) == CROWD


@pytest.mark.usefixtures("many_files")
def test_beyond_the_limit_clients_are_told_to_come_again(home: Path) -> None:
    with patient(home, quotas={"connections": 20}) as server:
        held = [Client(server.connect()) for _ in range(20)]
        late = Client(server.connect(), greeted=False)
        assert late.reply() == 421
        assert late.reply() == 0
        held.pop().close()
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            again = Client(server.connect(), greeted=False)
            code = again.reply()
            again.close()
            if code == 220:
                break
        assert code == 220
        for client in [*held, late]:
            client.close()
        server.stop()


def test_slow_and_broken_clients_cost_others_nothing(home: Path) -> None:
    patience = {"command": 2, "grace": 1, "least_rate": 500, "without_mail": 4, "linger": 1}
    with patient(home, patience=patience) as server:
        lorises = [Client(server.connect()) for _ in range(60)]
        for number, client in enumerate(lorises):
            if number % 3 == 0:  # slow in the text of a mail
                client.say(b"EHLO slow", b"MAIL FROM:<a@b>", b"RCPT TO:<t@decoy.example>", b"DATA")
            elif number % 3 == 1:  # slow in a command
                client.socket.sendall(b"EH")
        ends = time.monotonic() + 3.5
        latencies = []
        while time.monotonic() < ends:
            for number, client in enumerate(lorises):
                try:
                    client.socket.sendall(b"x" if number % 3 < 2 else b"NOOP\r\n")
                except OSError:
                    continue
            broken = server.connect()
            broken.sendall(b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<t@decoy.example>\r\nDATA\r\nhalf a mail")
            reset(broken)
            deaf = server.connect()  # never reads what it is told
            deaf.sendall(b"EHLO x\r\n" + b"RCPT TO:<a@b>\r\n" * 5_000)
            code, seconds = delivered(server)
            assert code == 250
            latencies.append(seconds)
            reset(deaf)
        assert sorted(latencies)[len(latencies) // 2] < 0.5
        assert max(latencies) < 2
        for number, client in enumerate(lorises):
            client.socket.settimeout(15)
            codes = []
            while code := client.reply():
                codes.append(code)
            if number % 3 < 2:
                assert codes[-1] == 421, number
            client.close()
        server.stop()
    assert {record.raw for record in spooled(home / "spool")} == {b"Subject: x\r\n\r\nx\r\n"}


def proxied(server: Running, source: str) -> Client:
    client = Client(server.connect(), greeted=False)
    version = 6 if ":" in source else 4
    client.socket.sendall(f"PROXY TCP{version} {source} {source} 4711 25\r\n".encode())
    return client


def test_rates_and_connections_are_those_of_a_source(home: Path) -> None:
    with patient(
        home, quotas={"connections_of_source": 3, "mails_a_minute": 4}, proxies=["127.0.0.0/8"]
    ) as server:
        held = [proxied(server, f"192.0.2.{number}") for number in (1, 2, 3)]
        assert [client.reply() for client in held] == [220] * 3
        fourth = proxied(server, "192.0.2.4")
        assert fourth.reply() == 421
        others = [proxied(server, source) for source in ("198.51.100.1", "2001:db8::1", "2001:db8:0:1::1")]
        assert [client.reply() for client in others] == [220] * 3
        for client in (*held, *others):
            client.say(b"EHLO x")
        assert [held[number % 3].send(b"x\r\n") for number in range(6)] == [250] * 4 + [450] * 2
        assert [client.send(b"x\r\n") for client in others] == [250] * 3
        for client in (*held, *others, fourth):
            client.close()
        server.stop()


def test_memory_is_bounded_and_others_go_on(home: Path) -> None:
    with patient(home, depths={"memory": 2_000_000}) as server:
        greedy = [Client(server.connect()) for _ in range(4)]
        for client in greedy:
            client.say(b"EHLO x", b"MAIL FROM:<a@b>", b"RCPT TO:<t@decoy.example>", b"DATA")
        block = b"Subject: x\r\n\r\n" + (b"x" * 998 + b"\r\n") * 900
        for client in greedy:
            client.socket.sendall(block)
        time.sleep(0.5)
        for client in greedy:
            client.socket.sendall(b".\r\n")
        codes = [client.reply() for client in greedy]
        assert sorted(codes) == [250, 250, 452, 452]
        assert delivered(server)[0] == 250
        for client in greedy:
            assert client.send(b"small\r\n") == 250
            client.close()
        counts = server.stop()
    assert counts["mails"] == 7


def test_a_spool_too_deep_puts_mail_off_until_it_is_committed(home: Path) -> None:
    with patient(home, depths={"spool_files": 3}) as server:
        client = Client(server.connect())
        client.say(b"EHLO x")
        ends = time.monotonic() + 20
        taken = 0
        while (code := client.send(b"mail %d\r\n" % taken)) == 250 and time.monotonic() < ends:
            taken += 1
            time.sleep(0.25)
        assert code == 452
        commit(home)
        while (code := client.send(b"again\r\n")) == 452 and time.monotonic() < ends:
            time.sleep(0.1)
        assert code == 250
        client.close()
        server.stop()
    commit(home)
    assert len(arrivals(home)) == taken + 1


def test_a_locked_database_touches_nothing(home: Path) -> None:
    database = sqlite3.connect(home / "centre.sqlite3", isolation_level=None)
    database.execute("CREATE TABLE t (a)")
    database.execute("BEGIN EXCLUSIVE")
    with smtp(home) as server:
        assert [delivered(server)[0] for _ in range(20)] == [250] * 20
        server.stop()
    commit(home)
    database.close()
    assert len(arrivals(home)) == 20


def test_sigterm_lets_mails_end_and_takes_no_other(home: Path) -> None:
    with smtp(home) as server:
        idle, sending = Client(server.connect()), Client(server.connect())
        sending.say(b"EHLO x", b"MAIL FROM:<a@b>", b"RCPT TO:<t@decoy.example>", b"DATA")
        sending.socket.sendall(b"the first half, ")
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        assert idle.reply() == 421
        assert idle.reply() == 0
        with pytest.raises(OSError, match="refused"):
            server.connect()
        sending.socket.sendall(b"and the second\r\n.\r\n")
        assert sending.reply() == 250
        assert sending.reply() == 421
        idle.close()
        sending.close()
        assert server.process.wait(20) == 0
    assert [record.raw for record in spooled(home / "spool")] == [b"the first half, and the second\r\n"]


def test_a_server_that_drains_does_not_wait_for_ever(home: Path) -> None:
    with patient(home, patience={"drain": 1}) as server:
        client = Client(server.connect())
        client.say(b"EHLO x", b"MAIL FROM:<a@b>", b"RCPT TO:<t@decoy.example>", b"DATA")
        began = time.monotonic()
        assert server.stop()["mails"] == 0
        assert time.monotonic() - began < 5
        client.close()


def test_half_closed_clients_hear_their_answers(home: Path) -> None:
    with smtp(home) as server:
        connection = server.connect()
        connection.sendall(b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<t@decoy.example>\r\nDATA\r\nx\r\n.\r\n")
        connection.shutdown(socket.SHUT_WR)
        said = b""
        while piece := connection.recv(1_000):
            said += piece
        assert said.count(b"250 2.6.0") == 1
        connection.close()
        server.stop()


def test_smuggled_commands_reach_nobody_over_the_wire(home: Path) -> None:
    with smtp(home) as server:
        client = Client(server.connect())
        client.say(b"EHLO x", b"MAIL FROM:<a@b>", b"RCPT TO:<t@decoy.example>", b"DATA")
        client.socket.sendall(
            b"x\r\n\n.\r\nMAIL FROM:<admin@example.net>\r\nRCPT TO:<t@decoy.example>\r\nDATA\r\nsmuggled\r\n.\r\n"
        )
        assert client.reply() == 550
        assert client.reply() == 0
        client.close()
        assert server.stop()["mails"] == 0
    assert spooled(home / "spool") == []


def test_many_senders_at_once_lose_nothing(home: Path) -> None:
    sent: list[bytes] = []

    def session(thread: int) -> None:
        client = Client(server.connect())
        client.say(b"EHLO x")
        for number in range(100):
            raw = b"mail %d of %d\r\n" % (number, thread)
            assert client.send(raw) == 250
            sent.append(raw)
        client.close()

    with smtp(home) as server:
        threads = [threading.Thread(target=session, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        server.stop()
    assert sorted(record.raw for record in spooled(home / "spool")) == sorted(sent)
    assert len(sent) == 800
