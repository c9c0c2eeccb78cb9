import random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from api.adapters.jose import PrivateKey, from_base64url, read_compact, signing_input
from api.codes.reading import DynamicCode, read_code
from api.codes.signing import (
    LIFETIME,
    REFRESH_AFTER,
    TOLERANCE,
    check_signature,
    compact_form,
    header,
    is_ahead,
    is_fresh,
    sign_code,
)

AT = 1_800_000_000
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
KEY = PrivateKey.from_bytes(bytes(range(32)))


def code(credential_number: int = 77, key: PrivateKey = KEY) -> DynamicCode:
    return sign_code(credential_number=credential_number, issued_at=AT, status_list=2, status_index=12345, key=key, slot=9)


def test_a_signed_code_carries_its_fields_and_holds_after_its_way_through_text() -> None:
    read = read_code(code().pack())
    assert isinstance(read, DynamicCode)
    assert read == code()._replace(signature=read.signature)
    assert (read.credential_number, read.issued_at, read.lifetime) == (77, AT, 60)
    assert (read.status_list, read.status_index, read.key_slot) == (2, 12345, 9)
    assert check_signature(read, KEY.public)


def test_the_header_has_one_form_to_the_byte() -> None:
    thumbprint = "b4Kc2UsqKPV9A-nYQqJsleJHKGt76kfXYuxImMb4dkQ"
    assert KEY.public.thumbprint == thumbprint
    assert header(KEY.public) == b'{"alg":"ES256","kid":"' + thumbprint.encode() + b'","typ":"lx+jws"}'


def test_the_compact_form_is_a_jws_that_others_check() -> None:
    signed = code()
    head, payload, signature = compact_form(signed, KEY.public).split(".")
    r, s = (int.from_bytes(from_base64url(signature)[at : at + 32]) for at in (0, 32))
    point = ec.EllipticCurvePublicNumbers(int.from_bytes(KEY.public.x), int.from_bytes(KEY.public.y), ec.SECP256R1())
    point.public_key().verify(encode_dss_signature(r, s), f"{head}.{payload}".encode(), ec.ECDSA(SHA256()))
    assert from_base64url(payload) == signed.signed_bytes
    assert read_compact(compact_form(signed, KEY.public), header=header(KEY.public), key=KEY.public) == signed.signed_bytes


def test_no_bit_of_a_dynamic_code_can_be_flipped() -> None:
    signed = code()
    number = int(signed.pack()[1:])
    refused = 0
    for bit in range(82 * 8):
        read = read_code(f"1{number ^ 1 << bit:0198d}")
        assert read is None or (isinstance(read, DynamicCode) and not check_signature(read, KEY.public)), bit
        refused += 1
    assert refused == 656


def test_no_digit_of_a_dynamic_code_can_be_changed() -> None:
    text = code().pack()
    for at in range(len(text)):
        read = read_code(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :])
        assert not isinstance(read, DynamicCode) or not check_signature(read, KEY.public), at


def test_a_high_s_is_refused() -> None:
    signed = code()
    high = ORDER - int.from_bytes(signed.signature[32:])
    assert not check_signature(signed._replace(signature=signed.signature[:32] + high.to_bytes(32)), KEY.public)


def test_another_cards_signature_is_refused() -> None:
    assert not check_signature(code(77)._replace(signature=code(78).signature), KEY.public)


def test_another_key_in_the_slot_refuses_the_code() -> None:
    assert not check_signature(code(), PrivateKey.generate().public)


def test_a_signature_for_another_kind_of_token_is_refused() -> None:
    signed = code()
    other_header = header(KEY.public).replace(b"lx+jws", b"statuslist+jwt")
    forged = KEY.sign(signing_input(other_header, signed.signed_bytes))
    assert not check_signature(signed._replace(signature=forged), KEY.public)


def test_random_codes_are_never_genuine() -> None:
    chance = random.Random(20261123)
    for _ in range(3000):
        # The format and the index are right, so that it is the signature that refuses.
        data = b"\x01" + chance.randbytes(13) + b"\x0a" + chance.randbytes(67)
        read = read_code(f"1{int.from_bytes(data):0198d}")
        assert isinstance(read, DynamicCode)
        assert not check_signature(read, KEY.public)


@pytest.mark.parametrize(
    ("second", "fresh"),
    [(-31, False), (-30.1, False), (-30, True), (0, True), (60, True), (90, True), (90.1, False), (91, False), (10**9, False)],
)
def test_a_code_is_fresh_from_thirty_seconds_before_it_was_issued_until_thirty_after_its_lifetime(
    second: float, fresh: bool
) -> None:
    assert is_fresh(code(), AT + second) is fresh
    assert is_ahead(code(), AT + second) is (second < -30)


def test_a_lifetime_of_its_own_decides_when_a_code_is_stale() -> None:
    short = sign_code(credential_number=1, issued_at=AT, status_list=0, status_index=0, key=KEY, slot=0, lifetime=10)
    assert is_fresh(short, AT + 40)
    assert not is_fresh(short, AT + 41)


def test_a_client_refreshes_before_its_code_lapses() -> None:
    assert REFRESH_AFTER < LIFETIME
    assert TOLERANCE == 30
    assert LIFETIME == 60
    assert REFRESH_AFTER == 40


def test_a_field_out_of_its_bounds_is_not_signed() -> None:
    with pytest.raises(ValueError, match="out of its bounds"):
        sign_code(credential_number=2**48, issued_at=AT, status_list=0, status_index=0, key=KEY, slot=0)
