"""Field encryption: what opens, what does not, what a database file gives away, and rotation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.centre.accounts import keyring, resealing, sealed
from meyasubako.errors import StorageError, UnavailableError, UsageError


@given(plain=st.binary(max_size=300), purpose=st.text(min_size=1, max_size=20))
def test_what_is_sealed_opens_for_its_purpose_alone(plain: bytes, purpose: str) -> None:
    value = sealed.seal(plain, purpose=purpose)
    assert sealed.unseal(value, purpose=purpose) == plain
    with pytest.raises(sealed.SealError):
        sealed.unseal(value, purpose=purpose + ".")


def test_two_seals_of_one_value_differ() -> None:
    assert sealed.seal(b"a", purpose="test") != sealed.seal(b"a", purpose="test")


def test_every_altered_byte_is_noticed() -> None:
    value = sealed.seal(b"reporter", purpose="test")
    for place in range(len(value)):
        altered = value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
        with pytest.raises(sealed.SealError):
            sealed.unseal(altered, purpose="test")


@pytest.mark.parametrize(
    "value", [b"", b"\x01", b"\x02" + b"0" * 60, b"plain text that was never sealed at all"]
)
def test_what_was_never_sealed_does_not_open(value: bytes) -> None:
    with pytest.raises(sealed.SealError):
        sealed.unseal(value, purpose="test")


def test_fingerprints_find_equal_values_of_one_purpose() -> None:
    made = sealed.fingerprint("a@b.example", "reporter")
    assert made == sealed.fingerprint("a@b.example", "reporter")
    assert made != sealed.fingerprint("a@b.example", "login")
    assert made != sealed.fingerprint("b@b.example", "reporter")
    assert "b.example" not in made


def test_the_key_file_is_its_owners_alone_and_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "field-key"
    keyring.ensure(path)
    text = path.read_text()
    keyring.ensure(path)
    assert path.read_text() == text
    assert path.stat().st_mode & 0o777 == 0o600
    assert [name.name for name in tmp_path.iterdir()] == ["field-key"]
    assert text.split()[2] not in repr(keyring.load(path))


def test_a_missing_or_broken_key_file_is_an_error_that_shows_no_key(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        keyring.load(tmp_path / "none")
    broken = tmp_path / "broken"
    for text in ("", "seal zz AAAA", "lookup - AAAA", "nonsense"):
        broken.write_text(text)
        with pytest.raises(StorageError) as caught:
            keyring.load(broken)
        assert "AAAA" not in str(caught.value)


def test_an_older_key_still_opens_and_a_retired_one_does_not(field_key: Path) -> None:
    old = keyring.load(field_key).newest
    value, found = sealed.seal(b"a", purpose="test"), sealed.fingerprint("a", "test")
    new = keyring.rotate(field_key)
    assert sealed.key_of(sealed.seal(b"a", purpose="test")) == new
    assert sealed.unseal(value, purpose="test") == b"a"
    assert sealed.fingerprint("a", "test") == found
    with pytest.raises(UsageError):
        keyring.retire(field_key, new)
    keyring.retire(field_key, old)
    with pytest.raises(sealed.SealError):
        sealed.unseal(value, purpose="test")


@pytest.fixture
def letters(transactional_db: None) -> Iterator[type[models.Model]]:
    """A table with two sealed columns, for one test."""
    with isolate_apps("meyasubako.centre.accounts"):

        class Letter(models.Model):
            text = sealed.SealedTextField(purpose="letter.text")
            raw = sealed.SealedBinaryField(purpose="letter.raw", null=True)

            class PersonalData:
                fields: ClassVar[dict[str, str]] = {}

            class Meta:
                app_label = "accounts"

        with connection.schema_editor() as editor:
            editor.create_model(Letter)
        yield Letter
        with connection.schema_editor() as editor:
            editor.delete_model(Letter)


def stored(model: type[models.Model], column: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {model._meta.db_table}")
        return bytes(cursor.fetchone()[0])


def test_a_sealed_column_reads_as_it_was_written_and_lies_sealed(letters: type[models.Model]) -> None:
    letters._default_manager.create(text="山田 a@b.example", raw=b"\x00\xff")
    letter = letters._default_manager.get()
    assert (letter.text, letter.raw) == ("山田 a@b.example", b"\x00\xff")  # type: ignore[attr-defined]
    assert b"b.example" not in stored(letters, "text")
    assert sealed.unseal(stored(letters, "raw"), purpose="letter.raw") == b"\x00\xff"
    letter.raw = None  # type: ignore[attr-defined]
    letter.save()
    assert letters._default_manager.filter(raw__isnull=True).count() == 1
    with pytest.raises(FieldError):
        letters._default_manager.filter(text="山田 a@b.example").exists()


def test_the_purpose_is_part_of_the_migration(letters: type[models.Model]) -> None:
    field = letters._meta.get_field("text")
    _, path, _, options = field.deconstruct()
    assert path == "meyasubako.centre.accounts.sealed.SealedTextField"
    assert options["purpose"] == "letter.text"


def test_rotation_seals_every_row_again_and_then_lets_the_old_key_go(
    letters: type[models.Model], field_key: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(resealing, "ROWS_AT_ONCE", 2)
    columns = [
        resealing.SealedColumn.of(field)
        for field in letters._meta.concrete_fields
        if isinstance(field, sealed.SealedBinaryField)
    ]
    monkeypatch.setattr(resealing, "sealed_columns", lambda: columns)
    for number in range(5):
        letters._default_manager.create(text=str(number), raw=b"r" if number else None)
    old = keyring.load(field_key).newest
    assert resealing.sealed_by() == {old: 9}
    new = keyring.rotate(field_key)
    with pytest.raises(UsageError, match="9 values"):
        resealing.key_retire(old, now=now)
    assert resealing.reseal() == 9
    assert resealing.reseal() == 0
    resealing.key_retire(old, now=now)
    assert resealing.sealed_by() == {new: 9}
    assert [letter.text for letter in letters._default_manager.order_by("pk")] == list("01234")  # type: ignore[attr-defined]
