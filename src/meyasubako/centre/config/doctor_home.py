"""Checks of the data folder and the machine: rights, disk, keys, spools, routes, geography, clock."""

from __future__ import annotations

import ctypes
import os
import stat
import time
from datetime import timedelta
from pathlib import Path

from django.db import DatabaseError, connection

from meyasubako.analysis.context import ContextSpec
from meyasubako.centre.config import environment
from meyasubako.centre.config.doctor import Examined, Found, Level, fine
from meyasubako.centre.monitors.publishing import snapshot
from meyasubako.engines.vitals import Vitals
from meyasubako.errors import MeyasuError
from meyasubako.origin.geography import STALE_DAYS, geography_open
from meyasubako.receivers.routes import FILE_NAME
from meyasubako.tables.seal_heads import KEY_FILE

MEGABYTE = 1024 * 1024
LITTLE_DISK, NO_DISK = 2_048 * MEGABYTE, 512 * MEGABYTE
LONG_SECONDS = 120
TIME_ERROR = 5
"""What adjtimex returns while the clock is not synchronised."""


def nothing_yet(examined: Examined) -> bool:
    """Neither keys nor tables nor a database: no centre was ever started here. Nothing is opened that is not there."""
    home = examined.home.path
    keys = (
        home / environment.KEY_FILE,
        environment.field_key_file(examined.environment, home),
        home / KEY_FILE,
    )
    if any(path.exists() for path in (*keys, home / "tables", home / FILE_NAME)):
        return False
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        return not path.is_file() or path.stat().st_size == 0
    try:
        return not connection.introspection.table_names()
    except DatabaseError:
        return False


def check_home(examined: Examined) -> Found:
    """The folder is ours to write, and not for everybody to read."""
    path = examined.home.path
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o007:
        return Found(
            Level.WARN,
            f"データフォルダー {path} はだれでも読めます（{mode:o}）",
            f"the data folder {path} is open to everybody ({mode:o})",
            f"chmod 750 {path}",
            f"chmod 750 {path}",
        )
    return fine(f"データフォルダー {path}", f"data folder {path}")


def check_disk(examined: Examined) -> Found:
    """There is room: receivers put mail off before the disk is full, so that tables can still be written."""
    free = Vitals(examined.home).disk_free()
    ja, en = f"空き容量 {free // MEGABYTE:,} MB", f"{free // MEGABYTE:,} MB free"
    if free >= LITTLE_DISK:
        return fine(ja, en)
    level = Level.FAIL if free < NO_DISK else Level.WARN
    return Found(
        level,
        ja,
        en,
        "空きを作るか、大きいディスクへ移してください。meyasu compact も効くことがあります",
        "make room or move to a larger disk; meyasu compact may help",
    )


def check_keys(examined: Examined) -> Found:
    """Every key is there and readable by its owner alone. Lost keys are lost data: back them up, apart."""
    home = examined.home.path
    wanted = {
        home / environment.KEY_FILE: True,
        environment.field_key_file(examined.environment, home): True,
        home / KEY_FILE: False,
    }
    missing = [path for path, must in wanted.items() if must and not path.is_file()]
    if missing:
        return Found(
            Level.FAIL,
            f"鍵がありません: {_listed(missing)}",
            f"keys are missing: {_listed(missing)}",
            "控えから戻してください（新しい鍵では暗号化済みの情報を読めません）",
            "put them back from your copy; with new ones nothing sealed can be read",
        )
    there = [path for path in wanted if path.is_file()]
    loose = [path for path in there if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if loose:
        return Found(
            Level.FAIL,
            f"ほかの人が読める鍵があります: {_listed(loose)}",
            f"others can read these keys: {_listed(loose)}",
            f"chmod 600 {' '.join(map(str, loose))}",
            f"chmod 600 {' '.join(map(str, loose))}",
        )
    return fine(f"鍵 {len(there)} 個、所有者だけが読めます", f"{len(there)} keys, for their owner alone")


def _listed(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths)


def check_spool(examined: Examined) -> Found:
    """What receivers laid down is taken up soon."""
    spools = Vitals(examined.home).spools()
    waiting = sum(spool.segments for spool in spools)
    oldest = max(spool.oldest_seconds for spool in spools)
    ja = f"スプールに {waiting} 個、最も古いものは {oldest:.0f} 秒前"
    en = f"{waiting} segments wait, the oldest for {oldest:.0f} s"
    if oldest <= LONG_SECONDS:
        return fine(ja, en)
    return Found(
        Level.WARN,
        ja,
        en,
        "meyasu commit（監視用）と meyasu schedule（情報提供用）が動いているか確かめてください",
        "see that meyasu commit (monitors) and meyasu schedule (reports) are running",
    )


def check_damaged(examined: Examined) -> Found:
    """No segment had to be put aside."""
    damaged = sum(spool.damaged for spool in Vitals(examined.home).spools())
    if not damaged:
        return fine("壊れたスプールはありません", "no damaged segments")
    return Found(
        Level.WARN,
        f"壊れた部分のあるスプールが {damaged} 個取り分けてあります",
        f"{damaged} segments with damage were put aside",
        "*.damaged を調べてください。読めたメールは取り込み済みです。ディスクの異常を疑ってください",
        "look at *.damaged: whole mails were taken in; suspect the disk",
    )


def check_routes(examined: Examined) -> Found:
    """The file that receivers read says what the register says."""
    path = examined.home.path / FILE_NAME
    try:
        wanted = snapshot(examined.now)
    except DatabaseError as error:
        return Found(
            Level.FAIL,
            f"登録簿を読めません（{type(error).__name__}）",
            f"the register cannot be read ({type(error).__name__})",
            "データベースを確かめてください",
            "see to the database",
        )
    if path.is_file() and path.read_bytes() == wanted:
        return fine("受信先の一覧は登録簿と一致", "the routes file agrees with the register")
    return Found(
        Level.WARN,
        "受信先の一覧が登録簿と一致しません" if path.is_file() else "受信先の一覧がまだありません",
        "the routes file differs from the register" if path.is_file() else "there is no routes file yet",
        "meyasu schedule --once --step routes",
        "meyasu schedule --once --step routes",
    )


def check_geography(examined: Examined) -> Found:
    """The data on countries and networks is young enough for mail of today."""
    try:
        geography = geography_open(ContextSpec.of_home(examined.home.path).geography)
    except MeyasuError as error:
        return Found(Level.FAIL, f"地理データを開けません: {error}", f"geography cannot be opened: {error}",
                     "geography/ の中のファイルを直してください", "mend the file in geography/")  # fmt: skip
    days = [day for day, _ in geography.delegations]
    newest = max([*days, *([geography.installed] if geography.installed else [])], default=None)
    if newest is None or (examined.now.date() - newest) > timedelta(days=STALE_DAYS):
        return Found(
            Level.WARN,
            f"国別の割当データが古くなっています（{newest}）",
            f"the delegation data is old ({newest})",
            "パッケージ iptocc を新しくするか、RIR のファイルを geography/ に置いてください",
            "upgrade the package iptocc, or put dated RIR files into geography/",
        )
    if geography.networks is None:
        return Found(
            Level.WARN,
            f"割当データ {newest}。ネットワーク名の表がありません",
            f"delegations of {newest}; no table of networks",
            "tools/fetch-networks で geography/ に取り寄せてください",
            "fetch it into geography/ with tools/fetch-networks",
        )
    return fine(f"割当データ {newest}", f"delegations of {newest}, networks known")


def check_clock(examined: Examined) -> Found:
    """The clock is synchronised, and did not go back behind what was written."""
    del examined
    try:
        result = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError):
        result = -1
    if result == TIME_ERROR:
        return Found(
            Level.WARN,
            "時計が同期していません",
            "the clock is not synchronised",
            "systemd-timesyncd か chrony を動かしてください（受信時刻は証拠です）",
            "run systemd-timesyncd or chrony: times of receipt are evidence",
        )
    if result < 0:
        return fine(
            "時計の同期は調べられません",
            f"whether the clock is synchronised cannot be seen (errno {os.strerror(ctypes.get_errno())})",
        )
    return fine(
        f"時計は同期（{time.strftime('%H:%M:%S')}）",
        f"the clock is synchronised ({time.strftime('%H:%M:%S')})",
    )
