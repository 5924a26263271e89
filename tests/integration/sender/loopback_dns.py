"""A small DNS server on loopback, over UDP and TCP, that answers from a dict and can misbehave when told to."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

MISBEHAVIOUR = ("DROP", "GARBAGE", "SERVFAIL", "REFUSED")
Records = dict[tuple[str, str], list[str]]


class DnsServer:
    """Serves ``records`` (name, type) -> presentation forms.

    A value of ``SERVFAIL``, ``REFUSED``, ``DROP`` or ``GARBAGE`` makes the server do that; ``slow`` names are
    answered after so many seconds; what does not fit into ``room`` bytes is truncated over UDP. ``asked`` counts
    questions by (name, type, transport).
    """

    def __init__(self, records: Records, *, slow: dict[str, float] | None = None, room: int = 1232) -> None:
        self.records = records
        self.slow = slow or {}
        self.room = room
        self.asked: Counter[tuple[str, str, str]] = Counter()
        outer = self

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, sock = self.request
                reply = outer.reply(data, "udp")
                if reply is not None:
                    with contextlib.suppress(OSError):  # a slow answer may come when the server is gone
                        sock.sendto(reply, self.client_address)

        class Stream(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                (length,) = struct.unpack("!H", self.request.recv(2, socket.MSG_WAITALL))
                reply = outer.reply(self.request.recv(length, socket.MSG_WAITALL), "tcp")
                if reply is not None:
                    self.request.sendall(struct.pack("!H", len(reply)) + reply)

        class Udp(socketserver.ThreadingUDPServer):
            daemon_threads = True

        class Tcp(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._tcp = Tcp(("127.0.0.1", 0), Stream)
        self.port: int = self._tcp.server_address[1]
        self._udp = Udp(("127.0.0.1", self.port), Datagram)

    def __enter__(self) -> DnsServer:
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def reply(self, data: bytes, transport: str) -> bytes | None:
        """The wire form of the answer; None where none is to be given."""
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        rtype = dns.rdatatype.to_text(question.rdtype)
        self.asked[name, rtype, transport] += 1
        time.sleep(self.slow.get(name, 0.0))
        response: Any = dns.message.make_response(query)
        self._fill(response, question.name, name, rtype, depth=0)
        told = self.records.get((name, rtype)) or self.records.get((name, "CNAME"))
        if told == ["DROP"]:
            return None
        if told == ["GARBAGE"]:
            return data[:2] + b"\x81\x80" + b"\xff" * 9
        if told in (["SERVFAIL"], ["REFUSED"]):
            response.set_rcode(dns.rcode.from_text(told[0]))
        wire = bytes(response.to_wire(max_size=65535))
        if transport == "udp" and len(wire) > self.room:
            short: Any = dns.message.make_response(query)
            short.flags |= dns.flags.TC
            return bytes(short.to_wire())
        return wire

    def _fill(self, response: Any, owner: dns.name.Name, name: str, rtype: str, *, depth: int) -> None:
        found = self.records.get((name, rtype))
        if found and found[0] not in MISBEHAVIOUR:
            response.answer.append(dns.rrset.from_text_list(owner, 300, "IN", rtype, found))
        elif alias := self.records.get((name, "CNAME")):
            if alias[0] in MISBEHAVIOUR:
                return
            response.answer.append(dns.rrset.from_text_list(owner, 60, "IN", "CNAME", alias))
            if depth < 5:
                target = dns.name.from_text(alias[0])
                self._fill(response, target, target.to_text(omit_final_dot=True), rtype, depth=depth + 1)
        elif not any(known == name or known.endswith("." + name) for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
