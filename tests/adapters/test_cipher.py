import os
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.adapters.cipher import AesGcmCipher, CannotOpen, Cipher, Place

OLD, NEW, DIGEST = b"o" * 32, b"n" * 32, b"d" * 32
HERE = Place("member", "mobile_sealed", UUID(int=1))
MOBILE = "13800008000"


def cipher() -> Cipher:
    return AesGcmCipher({"2025": OLD, "2026": NEW}, current="2026", digest_key=DIGEST)


@given(st.binary(max_size=2000), st.text(), st.text(), st.text() | st.uuids())
def test_a_sealed_value_comes_back_at_its_place(plain: bytes, table: str, column: str, row: UUID | str) -> None:
    place = Place(table, column, row)
    assert cipher().open(cipher().seal(plain, place), place) == plain


@given(st.text())
def test_a_sealed_text_comes_back(plain: str) -> None:
    assert cipher().open_text(cipher().seal_text(plain, HERE), HERE) == plain


def test_a_sealed_value_shows_nothing_of_itself_and_is_never_twice_the_same() -> None:
    sealed = {cipher().seal_text(MOBILE, HERE) for _ in range(100)}
    assert len(sealed) == 100
    assert not any(MOBILE.encode() in text for text in sealed)


@pytest.mark.parametrize(
    "there",
    [
        HERE._replace(row=UUID(int=2)),
        HERE._replace(column="national_id_sealed"),
        HERE._replace(table="account"),
        Place("membermobile_sealed", "", UUID(int=1)),
        Place("membe", "rmobile_sealed", UUID(int=1)),
        Place("member", "mobile_sealed" + str(UUID(int=1)), ""),
        Place("", "", ""),
    ],
)
def test_a_sealed_value_does_not_open_at_another_place(there: Place) -> None:
    with pytest.raises(CannotOpen):
        cipher().open(cipher().seal_text(MOBILE, HERE), there)


def test_no_bit_of_a_sealed_value_can_be_flipped() -> None:
    one, sealed = cipher(), cipher().seal_text(MOBILE, HERE)
    for at in range(len(sealed)):
        for bit in range(8):
            with pytest.raises(CannotOpen):
                one.open(sealed[:at] + bytes([sealed[at] ^ 1 << bit]) + sealed[at + 1 :], HERE)


def test_a_sealed_value_opens_neither_shortened_nor_lengthened() -> None:
    one, sealed = cipher(), cipher().seal_text(MOBILE, HERE)
    for wrong in [sealed[:end] for end in range(len(sealed))] + [sealed + b"\0", b"\0" + sealed]:
        with pytest.raises(CannotOpen):
            one.open(wrong, HERE)


@given(st.binary())
def test_opening_anything_raises_nothing_but_cannot_open(sealed: bytes) -> None:
    with pytest.raises(CannotOpen):
        cipher().open(sealed, HERE)
    assert not cipher().is_current(b"\x01" + sealed)


def test_a_value_under_a_former_key_opens_until_that_key_is_removed() -> None:
    before = AesGcmCipher({"2025": OLD}, current="2025", digest_key=DIGEST)
    after = AesGcmCipher({"2026": NEW}, current="2026", digest_key=DIGEST)
    sealed = before.seal_text(MOBILE, HERE)
    assert cipher().open_text(sealed, HERE) == MOBILE
    assert not cipher().is_current(sealed)
    assert cipher().is_current(cipher().seal_text(MOBILE, HERE))
    with pytest.raises(CannotOpen):
        after.open(sealed, HERE)


def test_a_value_does_not_open_under_a_key_that_took_over_the_id() -> None:
    sealed = AesGcmCipher({"2026": OLD}, current="2026", digest_key=DIGEST).seal_text(MOBILE, HERE)
    with pytest.raises(CannotOpen):
        cipher().open(sealed, HERE)


def test_bytes_that_are_no_text_do_not_open_as_text() -> None:
    with pytest.raises(CannotOpen):
        cipher().open_text(cipher().seal(b"\xff\xfe", HERE), HERE)


def test_a_failure_tells_nothing_of_the_value() -> None:
    with pytest.raises(CannotOpen) as caught:
        cipher().open(cipher().seal_text(MOBILE, HERE), HERE._replace(table="account"))
    assert str(caught.value) == ""


def test_equal_values_of_one_kind_have_one_digest_and_others_another() -> None:
    one = cipher()
    assert one.digest("mobile", MOBILE) == cipher().digest("mobile", MOBILE)
    assert len(one.digest("mobile", MOBILE)) == 64
    different = {
        one.digest("mobile", MOBILE),
        one.digest("mobile", MOBILE + "0"),
        one.digest("national_id", MOBILE),
        one.digest("mobil", "e" + MOBILE),
        one.digest("", "mobile" + MOBILE),
        AesGcmCipher({"2026": NEW}, current="2026", digest_key=b"e" * 32).digest("mobile", MOBILE),
    }
    assert len(different) == 6


def test_a_digest_survives_the_change_of_the_sealing_key() -> None:
    rotated = AesGcmCipher({"2027": os.urandom(32)}, current="2027", digest_key=DIGEST)
    assert rotated.digest("mobile", MOBILE) == cipher().digest("mobile", MOBILE)


@pytest.mark.parametrize(
    ("keys", "current", "digest_key"),
    [
        ({}, "2026", DIGEST),
        ({"2025": OLD}, "2026", DIGEST),
        ({"2026": b"n" * 16}, "2026", DIGEST),
        ({"2026": b""}, "2026", DIGEST),
        ({"2026": NEW}, "2026", b"d" * 31),
        ({"2026": NEW}, "2026", NEW),
        ({"2025": NEW, "2026": NEW}, "2026", DIGEST),
        ({"": NEW}, "", DIGEST),
        ({"k" * 33: NEW}, "k" * 33, DIGEST),
        ({"密钥": NEW}, "密钥", DIGEST),
    ],
)
def test_keys_that_are_no_good_are_refused(keys: dict[str, bytes], current: str, digest_key: bytes) -> None:
    with pytest.raises(ValueError):
        AesGcmCipher(keys, current=current, digest_key=digest_key)


def test_a_cipher_shows_none_of_its_keys() -> None:
    shown = repr(cipher()) + str(cipher())
    assert not any(part in shown for part in ("oooo", "nnnn", "dddd"))
