"""Checks of what runs and of what it rests on: database, tables, follower, seals, steps, DNS, ports."""

from __future__ import annotations

import socket
from contextlib import closing
from http.client import HTTPConnection, HTTPException

import dns.exception
import dns.message
import dns.query
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from meyasubako.centre.audit.append_only import TABLES
from meyasubako.centre.config.doctor import Examined, Found, Level, fine
from meyasubako.centre.config.listening import ports_of
from meyasubako.centre.config.schedule import STEPS
from meyasubako.centre.config.scheduling import last_run
from meyasubako.engines.vitals import LAYOUTS, Vitals
from meyasubako.errors import MeyasuError
from meyasubako.receivers.dns_capture import system_servers
from meyasubako.tables.seal_heads import PUBLISHED

LONG_SECONDS = 120
DNS_SECONDS = 3
PORT_SECONDS = 3
LATE = 3
"""A step is late when it did not run for so many times its interval, and a minute."""
SITE_PORTS = {"site": 8000, "staff": 8001, "mailview": 8002}
PORTS = {"smtp": 2525, "lmtp": 2424}
HEAD_DAYS = 2


def check_database(examined: Examined) -> Found:
    """The relational database answers; SQLite writes ahead."""
    del examined
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            mode = ""
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA journal_mode")
                mode = str(cursor.fetchone()[0])
    except DatabaseError as error:
        return Found(
            Level.FAIL,
            f"データベースに届きません（{type(error).__name__}）",
            f"the database does not answer ({type(error).__name__})",
            "MEYASU_DATABASE_URL とデータベースの状態を確かめてください。メールの受信は続きます",
            "see to MEYASU_DATABASE_URL and the server; mail is still taken meanwhile",
        )
    if mode and mode != "wal":
        return Found(
            Level.WARN,
            f"SQLite が WAL ではありません（{mode}）",
            f"SQLite does not write ahead ({mode})",
            "データフォルダーがネットワーク越しのディスクにないか確かめてください",
            "see that the data folder is no network disk",
        )
    return fine(
        f"データベース {connection.vendor} {mode}".strip(), f"database {connection.vendor} {mode}".strip()
    )


def check_migrations(examined: Examined) -> Found:
    """Every migration has been made."""
    del examined
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return Found(Level.FAIL, f"調べられません（{type(error).__name__}）", f"cannot be looked at ({type(error).__name__})",
                     "データベースを確かめてください", "see to the database")  # fmt: skip
    if not waiting:
        return fine("データベースの形は最新", "the database has the newest form")
    return Found(
        Level.FAIL,
        f"{len(waiting)} 個の変更が済んでいません",
        f"{len(waiting)} migrations wait",
        "控えを取ってから python -m meyasubako.centre.config.prepare",
        "back up, then run python -m meyasubako.centre.config.prepare",
    )


def check_audit(examined: Examined) -> Found:
    """The database itself refuses to change the audit log."""
    del examined
    asked = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgenabled <> 'D'",
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(asked[connection.vendor])
            guarded = {row[0] for row in cursor.fetchall()}
    except DatabaseError as error:
        return Found(Level.FAIL, f"調べられません（{type(error).__name__}）", f"cannot be looked at ({type(error).__name__})",
                     "データベースを確かめてください", "see to the database")  # fmt: skip
    bare = sorted(set(TABLES) - guarded)
    if not bare:
        return fine("監査記録は書き換えできません", "the audit log cannot be changed")
    return Found(
        Level.FAIL,
        f"監査記録を守る仕組みがありません: {', '.join(bare)}",
        f"no triggers guard the audit log: {', '.join(bare)}",
        "だれが外したか調べ、meyasu audit で連なりを確かめ、控えから戻してください",
        "find out who took them away, verify the chain with meyasu audit, restore from a backup",
    )


def check_tables(examined: Examined) -> Found:
    """Every table there is can be opened."""
    try:
        signs = Vitals(examined.home).tables()
    except MeyasuError as error:
        return Found(
            Level.FAIL,
            f"表を開けません: {error}",
            f"a table cannot be opened: {error}",
            "ディスクを調べ、控えから tables/ を戻してください",
            "look at the disk and restore tables/ from a backup",
        )
    files = sum(table.files for table in signs)
    if files > 5_000:
        return Found(Level.WARN, f"表 {len(signs)} 個にファイルが {files:,} 個", f"{files:,} files in {len(signs)} tables",
                     "meyasu compact（meyasu schedule が動いていれば 10 分ごと）", "meyasu compact; the schedule does so every ten minutes")  # fmt: skip
    known = {layout.name for layout in LAYOUTS}
    main = ", ".join(f"{table.name} {table.version}" for table in signs if table.name in known)
    return fine(f"表 {len(signs)} 個（{main}）", f"{len(signs)} tables ({main})")


def check_follower(examined: Examined) -> Found:
    """What arrives is observed soon."""
    try:
        behind, seconds = Vitals(examined.home).lag()
    except MeyasuError as error:
        return Found(Level.FAIL, f"調べられません: {error}", f"cannot be looked at: {error}", "表を確かめてください", "see to the tables")  # fmt: skip
    ja, en = (
        f"解析待ち {behind} 件（{seconds:.0f} 秒）",
        f"{behind} commits wait to be observed ({seconds:.0f} s)",
    )
    if seconds <= LONG_SECONDS:
        return fine(ja, en)
    return Found(
        Level.WARN,
        ja,
        en,
        "meyasu follow が動いているか確かめてください",
        "see that meyasu follow is running",
    )


def check_seals(examined: Examined) -> Found:
    """Arrivals are sealed, and a signed head of the last days lies ready to be kept outside."""
    try:
        behind, seconds = Vitals(examined.home).seal_lag()
    except MeyasuError as error:
        return Found(Level.FAIL, f"調べられません: {error}", f"cannot be looked at: {error}", "表を確かめてください", "see to the tables")  # fmt: skip
    if seconds > LONG_SECONDS:
        return Found(Level.WARN, f"封印待ち {behind} 件", f"{behind} commits wait to be sealed", "meyasu follow が動いているか確かめてください", "see that meyasu follow is running")  # fmt: skip
    folder = examined.home.path / PUBLISHED
    newest = max((path.stem for path in folder.glob("*.json")), default=None) if folder.is_dir() else None
    if newest is None or (examined.now.date() - examined.now.date().fromisoformat(newest)).days > HEAD_DAYS:
        return Found(
            Level.WARN,
            f"署名した印がありません（最後は {newest or 'なし'}）",
            f"no signed head of these days (the last: {newest or 'none'})",
            "meyasu schedule を動かし、seal-heads/ を外に控えてください",
            "run meyasu schedule, and keep copies of seal-heads/ outside",
        )
    return fine(f"封印済み、署名した印 {newest}", f"sealed; signed head of {newest}")


def check_steps(examined: Examined) -> Found:
    """What runs by itself ran, and did not fail."""
    failed, late = [], []
    for step in STEPS:
        ran = last_run(examined.home, step)
        if ran is None or (examined.now - ran.began).total_seconds() > LATE * step.every_seconds + 60:
            late.append(step.name)
        elif ran.error is not None:
            failed.append(f"{step.name} ({ran.error})")
    if not failed and not late:
        return fine(f"定期処理 {len(STEPS)} 個", f"{len(STEPS)} steps ran")
    return Found(
        Level.WARN,
        f"失敗: {', '.join(failed) or 'なし'}、遅れ: {len(late)} 個",
        f"failed: {', '.join(failed) or 'none'}; late: {', '.join(late) or 'none'}",
        "meyasu schedule が動いているか、その記録に何とあるか確かめてください",
        "see that meyasu schedule is running, and what its log says",
    )


def check_dns(examined: Examined) -> Found:
    """The machine names a resolver, and it answers."""
    del examined
    servers = system_servers()
    if not servers:
        return Found(Level.WARN, "DNS リゾルバーが設定されていません", "this machine names no resolver",
                     "/etc/resolv.conf を設定してください。なければ送信者認証は行われません",
                     "set /etc/resolv.conf; without one no sender is authenticated")  # fmt: skip
    server = servers[0]
    try:
        dns.query.udp(
            dns.message.make_query(".", "NS"), server.address, port=server.port, timeout=DNS_SECONDS
        )
    except (OSError, dns.exception.DNSException) as error:
        return Found(
            Level.WARN,
            f"DNS リゾルバー {server.address} が答えません（{type(error).__name__}）",
            f"the resolver {server.address} does not answer ({type(error).__name__})",
            "リゾルバーを確かめてください。答えがなければ送信者認証は「不明」になります",
            "see to the resolver: without answers senders stay unknown",
        )
    return fine(f"DNS リゾルバー {server.address}", f"resolver {server.address}")


def check_ports(examined: Examined) -> Found:
    """Who answers where ``meyasu serve`` listened last, else by default: we, nobody, or somebody else."""
    known = ports_of(examined.home.path)
    ours: list[str] = []
    strangers: list[str] = []
    for name, usual in {**SITE_PORTS, **PORTS}.items():
        port = known.get(name, usual)
        answer = _answers(port, web=name in SITE_PORTS)
        if answer is not None:
            (ours if answer else strangers).append(f"{name} {port}")
    if strangers:
        return Found(
            Level.WARN,
            f"ほかのプログラムが使っている番号: {', '.join(strangers)}",
            f"another program answers on {', '.join(strangers)}",
            "meyasu serve に別の番号を指定してください（--port など）",
            "give meyasu serve other ports (--port and its like)",
        )
    return fine(f"応答: {', '.join(ours) or 'なし'}", f"answering: {', '.join(ours) or 'none'}")


def _answers(port: int, *, web: bool) -> bool | None:
    """Whether it is one of ours that answers on this port of loopback; None where nobody does."""
    try:
        if web:
            with closing(HTTPConnection("127.0.0.1", port, timeout=PORT_SECONDS)) as site:
                site.request("GET", "/healthz", headers={"Host": "localhost"})
                return site.getresponse().status == 200
        with socket.create_connection(("127.0.0.1", port), PORT_SECONDS) as receiver:
            return b"Meyasubako" in receiver.recv(200)
    except ConnectionRefusedError:
        return None
    except (OSError, HTTPException):
        return False
