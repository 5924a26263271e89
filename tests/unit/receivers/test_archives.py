"""Mails out of files, folders and archives: what is taken, under which name, and what is refused and why."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from meyasubako.errors import MeyasuError
from meyasubako.receivers.archives import Mail, Unreadable, read_archives
from meyasubako.receivers.containers import BLOCK, Caps

ONE = b"From: a@example.org\nTo: b@example.com\nSubject: one\n\nFirst text\n"
TWO = b"Received: from x by y\nFrom: c@example.org\nSubject: two\n\nSecond text\n"


def read(*paths: Path, **caps: int) -> tuple[list[Mail], list[Unreadable]]:
    found = list(read_archives(paths, Caps(**caps)))
    mails = [item for item in found if isinstance(item, Mail)]
    return mails, [item for item in found if isinstance(item, Unreadable)]


def tar_of(members: dict[str, bytes], shape: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=shape) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


COMPRESS = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": zstandard.compress,
}


def test_eml_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "strange.jpg").write_bytes(ONE)
    mails, unreadable = read(tmp_path / "strange.jpg")
    assert mails == [Mail(str(tmp_path / "strange.jpg"), ONE)]
    assert unreadable == []


@pytest.mark.parametrize("line", [b"From a@example.org Thu Aug 22 12:36:23 2002\n", b"From -\r\n"])
def test_leading_from_line_is_no_part_of_the_mail(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "mail.eml").write_bytes(line + TWO + b"\n")
    assert [mail.raw for mail in read(tmp_path)[0]] == [TWO + b"\n"]


def test_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2").write_bytes(TWO)
    (tmp_path / "a").write_bytes(ONE)
    (tmp_path / "c.txt").write_bytes(b"To do: buy milk\n")
    mails, unreadable = read(tmp_path)
    assert [mail.path for mail in mails] == [str(tmp_path / "a"), str(tmp_path / "b" / "2")]
    assert [item.path for item in unreadable] == [str(tmp_path / "c.txt")]
    assert "not a mail" in unreadable[0].reason


def test_maildir_without_what_is_still_being_delivered(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp", ".Spam/cur", ".Spam/new", ".Spam/tmp"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1700000000.M1P1.host").write_bytes(ONE)
    mails, unreadable = read(tmp_path)
    assert len(mails) == 4
    assert not any("/tmp/" in mail.path.removeprefix(str(tmp_path)) for mail in mails)
    assert unreadable == []


def test_folder_named_tmp_elsewhere_is_read(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "x").write_bytes(ONE)
    assert len(read(tmp_path)[0]) == 1


@pytest.mark.parametrize("how", COMPRESS)
def test_compressed_mail_keeps_the_path_of_its_file(tmp_path: Path, how: str) -> None:
    path = tmp_path / f"mail.{how}"
    path.write_bytes(COMPRESS[how](ONE))
    assert read(path)[0] == [Mail(str(path), ONE)]


@pytest.mark.parametrize("how", COMPRESS)
def test_compressed_tar(tmp_path: Path, how: str) -> None:
    path = tmp_path / "archive"
    path.write_bytes(COMPRESS[how](tar_of({"x/1": ONE, "x/2": TWO})))
    assert read(path)[0] == [Mail(f"{path}!x/1", ONE), Mail(f"{path}!x/2", TWO)]


@pytest.mark.parametrize("shape", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_formats_and_long_names(tmp_path: Path, shape: int) -> None:
    long = "d" * 90 + "/" + "f" * 60 if shape == tarfile.USTAR_FORMAT else "n" * 300
    (tmp_path / "a.tar").write_bytes(tar_of({long: ONE, "short": TWO}, shape))
    assert [mail.path for mail in read(tmp_path)[0]] == [
        f"{tmp_path}/a.tar!{long}",
        f"{tmp_path}/a.tar!short",
    ]


def test_tar_as_tarfile_reads_it(tmp_path: Path) -> None:
    members = {f"n{index}": ONE + b"x" * (index * 37) for index in range(200)}
    members["../../etc/passwd"] = TWO
    (tmp_path / "a.tar").write_bytes(tar_of(members))
    mails = read(tmp_path)[0]
    assert {mail.path.split("!")[1]: mail.raw for mail in mails} == members


def test_members_of_every_size_around_a_block(tmp_path: Path) -> None:
    sizes = [*range(BLOCK - 1_025, BLOCK + 1_026, 128), 3 * BLOCK + 5, 0, 511, 512, 513]
    members = {f"n{size}": (ONE + b"x" * size)[:size] for size in sizes}
    (tmp_path / "a.tar").write_bytes(tar_of(members))
    mails, others = read(tmp_path)
    assert {mail.path.split("!")[1]: mail.raw for mail in mails} == {
        name: raw for name, raw in members.items() if raw
    }
    assert others == [Unreadable(f"{tmp_path}/a.tar!n0", "empty")]
    assert read(tmp_path, mail=BLOCK)[1][1].reason == f"a mail of more than {BLOCK} bytes"


@pytest.mark.parametrize("size", [b"99999999999999999999", b"9223372036854775807"])
def test_an_impossible_size_is_damage(tmp_path: Path, size: bytes) -> None:
    record = b" size=" + size + b"\n"
    record = b"%d" % (len(record) + 2) + record
    header = bytearray(tar_of({"x": record}, tarfile.USTAR_FORMAT)[:512])
    header[156:157] = b"x"
    first = tar_of({"a": ONE}, tarfile.USTAR_FORMAT)[:1024]
    (tmp_path / "a.tar").write_bytes(first + bytes(header) + record.ljust(512, b"\0") + first)
    mails, others = read(tmp_path)
    assert [mail.raw for mail in mails] == [ONE]
    assert [item.reason for item in others] == ["damaged: the tar names an impossible size"]


def test_tar_links_and_folders_are_passed_over(tmp_path: Path) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, kind in (
            ("folder", tarfile.DIRTYPE),
            ("link", tarfile.SYMTYPE),
            ("pipe", tarfile.FIFOTYPE),
        ):
            entry = tarfile.TarInfo(name)
            entry.type = kind
            entry.linkname = "/etc/passwd"
            archive.addfile(entry)
    (tmp_path / "a.tar").write_bytes(target.getvalue())
    assert read(tmp_path) == ([], [])


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_zip(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of({"迷惑/1.eml": ONE, "readme": b"hello"}, method))
    mails, unreadable = read(path)
    assert mails == [Mail(f"{path}!迷惑/1.eml", ONE)]
    assert [item.path for item in unreadable] == [f"{path}!readme"]


def test_nested_archives(tmp_path: Path) -> None:
    mbox = (
        b"From x@example.org Mon Jan  1 00:00:00 2024\n"
        + ONE
        + b"\nFrom y Mon Jan  1 00:00:00 2024\n"
        + TWO
        + b"\n"
    )
    inner = zip_of({"box": mbox, "t.tar": tar_of({"m": ONE})})
    path = tmp_path / "outer.tar.gz"
    path.write_bytes(gzip.compress(tar_of({"in.zip": inner})))
    assert read(path)[0] == [
        Mail(f"{path}!in.zip!box#1", ONE),
        Mail(f"{path}!in.zip!box#2", TWO),
        Mail(f"{path}!in.zip!t.tar!m", ONE),
    ]


def test_depth_is_capped(tmp_path: Path) -> None:
    content = ONE
    for _ in range(9):
        content = tar_of({"n": content})
    (tmp_path / "deep").write_bytes(content)
    mails, unreadable = read(tmp_path)
    assert mails == []
    assert "deep" in unreadable[0].reason


def test_zip_bomb_is_stopped_and_its_siblings_are_not(tmp_path: Path) -> None:
    bomb = zip_of(
        {"first": ONE, "zeros": b"From: a@example.org\nSubject: x\n\n" + b"\x00" * 5_000_000, "last": TWO}
    )
    (tmp_path / "bomb.zip").write_bytes(bomb)
    (tmp_path / "good").write_bytes(ONE)
    mails, unreadable = read(tmp_path, free=1_000_000, ratio=10)
    assert [mail.path for mail in mails] == [f"{tmp_path}/bomb.zip!first", f"{tmp_path}/good"]
    assert [item.path for item in unreadable] == [f"{tmp_path}/bomb.zip"]
    assert "times its size" in unreadable[0].reason


def test_members_are_capped(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(tar_of({str(index): ONE for index in range(20)}))
    mails, unreadable = read(tmp_path, members=5)
    assert len(mails) == 5
    assert "more than 5 members" in unreadable[0].reason


def test_too_large_mail_is_named_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(tar_of({"large": ONE + b"x" * 300_000, "small": TWO}))
    (tmp_path / "b").write_bytes(ONE + b"x" * 300_000)
    mails, unreadable = read(tmp_path, mail=200_000)
    assert [mail.raw for mail in mails] == [TWO]
    assert [item.reason for item in unreadable] == ["a mail of more than 200000 bytes"] * 2


@pytest.mark.parametrize("how", ["gz", "xz", "bz2"])
def test_truncated_archive_gives_what_stands_before_the_damage(tmp_path: Path, how: str) -> None:
    noise = os.urandom(600_000)
    whole = COMPRESS[how](tar_of({"first": ONE, "noise": noise, "more": noise[::-1], "last": TWO}))
    path = tmp_path / "cut"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    (tmp_path / "good").write_bytes(TWO)
    mails, unreadable = read(path, tmp_path / "good")
    assert [mail.raw for mail in mails][-1] == TWO
    assert unreadable[-1].path.startswith(str(path))
    assert "ends" in unreadable[-1].reason


def test_damage_in_a_nested_archive_spares_its_siblings(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(
        tar_of({"bad.gz": gzip.compress(ONE * 99)[:60], "good": TWO, "bad.zip": b"PK\x03\x04junk"})
    )
    mails, unreadable = read(tmp_path)
    assert [mail.raw for mail in mails] == [TWO]
    assert [item.path.rpartition("!")[2] for item in unreadable] == ["bad.gz", "bad.zip"]


def test_encrypted_zip_member_is_named(tmp_path: Path) -> None:
    content = bytearray(zip_of({"secret": ONE}))
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    assert read(tmp_path)[1] == [Unreadable(f"{tmp_path}/a.zip!secret", "encrypted")]


def test_no_file_of_any_bytes_raises(tmp_path: Path) -> None:
    seeds = [
        zip_of({"a": ONE}),
        tar_of({"a": ONE}),
        gzip.compress(ONE),
        lzma.compress(ONE),
        zstandard.compress(ONE),
    ]
    path = tmp_path / "mangled"
    for seed in seeds:
        for place in range(0, len(seed), max(len(seed) // 60, 1)):
            path.write_bytes(seed[:place] + b"\xff\x00" + seed[place + 2 :])
            list(read_archives([path]))
            path.write_bytes(seed[:place])
            list(read_archives([path]))


def test_pipes_and_broken_links_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "empty").write_bytes(b"")
    assert [item.reason for item in read(tmp_path)[1]] == [
        "empty",
        "No such file or directory",
        "not a regular file",
    ]


def test_missing_path_is_an_error_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(MeyasuError, match="no such file or folder"):
        read_archives([tmp_path / "nothing"])


def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\x83\x81.eml")).write_bytes(ONE)
    path = read(tmp_path)[0][0].path
    assert path.encode() == f"{tmp_path}/��.eml".encode()
