import base64
import hmac
import json
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jose import jwk
from jose.backends.ecdsa_backend import ECDSAECKey

from api.adapters import jose
from api.adapters.jose import InvalidToken, PrivateKey, PublicKey, read_access_token, read_compact, sign_access_token
from tests.adapters.vectors import vectors

ISSUER = "https://lx.example.gov.cn"
AUDIENCE = "liangxian"
SECRETS = {"2026-01": b"a" * 32, "2026-02": b"b" * 32}
ELSEWHERE = b"s" * 32
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

HEADER = {"alg": "HS256", "kid": "2026-01", "typ": "at+jwt"}
EC_KEY = ec.generate_private_key(ec.SECP256R1())
EC_PEM = EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
EC_DER = EC_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "s-1", "jti": "j-1", "iat": now, "exp": now + 600, "client_id": "web"}
    return {name: value for name, value in {**usual, **changed}.items() if value is not ...}


def b64(data: bytes | str) -> str:
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def signed(head: str, body: str, secret: bytes = SECRETS["2026-01"]) -> str:
    """A token over any two segments, signed as the real ones are."""
    return f"{head}.{body}.{b64(hmac.digest(secret, f'{head}.{body}'.encode(), 'sha256'))}"


def token(*, header: dict[str, Any] | None = None, secret: bytes = SECRETS["2026-01"], **changed: Any) -> str:
    return signed(b64(text(HEADER if header is None else header)), b64(text(claims(**changed))), secret)


def headed(*, secret: bytes = SECRETS["2026-01"], **changed: Any) -> str:
    return token(header={name: value for name, value in {**HEADER, **changed}.items() if value is not ...}, secret=secret)


def raw_claims(replace: str, by: str) -> str:
    """A token whose claims are JSON that no encoder would write."""
    written = text(claims(exp=4102444800))
    assert replace in written
    return signed(b64(text(HEADER)), b64(written.replace(replace, by)))


def with_stray_bits(segment: str) -> str:
    """The same bytes in base64 with a last character that a careful encoder does not write."""
    wanted = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    others = (segment[:-1] + letter for letter in LETTERS if letter != segment[-1])
    return next(other for other in others if base64.urlsafe_b64decode(other + "=" * (-len(other) % 4)) == wanted)


def stray(part: int) -> str:
    # A payload of a length that leaves bits over; the header and the signature have such lengths anyway.
    pad = next(pad for pad in ("", "x", "xx") if len(text(claims(pad=pad))) % 3)
    parts = token(pad=pad).split(".")
    parts[part] = with_stray_bits(parts[part])
    return ".".join(parts) if part == 2 else signed(parts[0], parts[1])


def is_low(signature: bytes) -> bool:
    return int.from_bytes(signature[32:]) <= ORDER // 2


def read(given: str) -> dict[str, Any]:
    return read_access_token(given, secrets=SECRETS, issuer=ISSUER, audience=AUDIENCE)


def es256_token() -> str:
    head, body = b64(text({**HEADER, "alg": "ES256"})), b64(text(claims()))
    return f"{head}.{body}.{b64(PrivateKey.generate().sign(f'{head}.{body}'.encode()))}"


def unsigned(algorithm: str) -> str:
    return f"{b64(text({**HEADER, 'alg': algorithm}))}.{b64(text(claims()))}."


def edited(change: Callable[[list[str]], list[str]]) -> str:
    return ".".join(change(token().split(".")))


EC_JWK = {"kty": "EC", "crv": "P-256", "x": b64(bytes(32)), "y": b64(bytes(32))}
OCT_JWK = {"kty": "oct", "k": b64(ELSEWHERE)}
NOW = int(time.time())

ATTACKS: dict[str, Callable[[], str]] = {
    "alg none": lambda: headed(alg="none"),
    "alg none unsigned": lambda: unsigned("none"),
    "alg None unsigned": lambda: unsigned("None"),
    "alg NONE unsigned": lambda: unsigned("NONE"),
    "alg nOnE unsigned": lambda: unsigned("nOnE"),
    "alg empty": lambda: headed(alg=""),
    "alg absent": lambda: headed(alg=...),
    "alg null": lambda: headed(alg=None),
    "alg a list": lambda: headed(alg=["HS256"]),
    "alg small letters": lambda: headed(alg="hs256"),
    "alg HS384": lambda: headed(alg="HS384"),
    "alg HS512": lambda: headed(alg="HS512"),
    "alg RS256": lambda: headed(alg="RS256"),
    "alg PS256": lambda: headed(alg="PS256"),
    "alg ES256 with a real signature": es256_token,
    "a public key in PEM as secret": lambda: token(secret=EC_PEM),
    "a public key in DER as secret": lambda: token(secret=EC_DER),
    "a public key as JWK as secret": lambda: token(secret=text(EC_JWK).encode()),
    "an empty secret": lambda: token(secret=b""),
    "another environment's secret": lambda: token(secret=ELSEWHERE),
    "header jwk": lambda: headed(jwk=OCT_JWK, secret=ELSEWHERE),
    "header jwk, rightly signed": lambda: headed(jwk=EC_JWK),
    "header jku": lambda: headed(jku="http://127.0.0.1:9/jwks.json"),
    "header x5u": lambda: headed(x5u="http://127.0.0.1:9/cert.pem"),
    "header x5c": lambda: headed(x5c=[base64.b64encode(EC_DER).decode()]),
    "header crit": lambda: headed(crit=["foo"], foo=1),
    "header crit empty": lambda: headed(crit=[]),
    "header b64 false": lambda: headed(b64=False, crit=["b64"]),
    "header b64 true": lambda: headed(b64=True),
    "header zip": lambda: headed(zip="DEF"),
    "header cty": lambda: headed(cty="JWT"),
    "header with alg twice": lambda: signed(b64('{"alg":"none",' + text(HEADER)[1:]), b64(text(claims()))),
    "header with kid twice": lambda: signed(b64(text(HEADER)[:-1] + ',"kid":"2026-01"}'), b64(text(claims()))),
    "header not an object": lambda: signed(b64("[]"), b64(text(claims()))),
    "header not JSON": lambda: signed(b64("HS256"), b64(text(claims()))),
    "header nested deep": lambda: signed(b64("[" * 1500), b64(text(claims()))),
    "kid a path": lambda: headed(kid="../../dev/null", secret=b""),
    "kid an injection": lambda: headed(kid="' OR 1=1"),
    "kid of another key": lambda: headed(kid="2026-02"),
    "kid absent": lambda: headed(kid=...),
    "kid null": lambda: headed(kid=None),
    "kid a number": lambda: headed(kid=0),
    "kid a list": lambda: headed(kid=["2026-01"]),
    "kid empty": lambda: headed(kid="", secret=b""),
    "kid of 10 KB": lambda: headed(kid="k" * 10_240),
    "typ absent": lambda: headed(typ=...),
    "typ JWT": lambda: headed(typ="JWT"),
    "typ of a refresh token": lambda: headed(typ="rt+jwt"),
    "typ of a dynamic code": lambda: headed(typ="lx+jws"),
    "typ in capitals": lambda: headed(typ="AT+JWT"),
    "exp missing": lambda: token(exp=...),
    "iat missing": lambda: token(iat=...),
    "aud missing": lambda: token(aud=...),
    "iss missing": lambda: token(iss=...),
    "sub missing": lambda: token(sub=...),
    "jti missing": lambda: token(jti=...),
    "exp past": lambda: token(exp=NOW - 3600),
    "exp past by more than the leeway": lambda: token(exp=int(time.time()) - 33),
    "exp a text": lambda: token(exp=str(NOW + 600)),
    "exp a fraction": lambda: token(exp=NOW + 600.5),
    "exp 1e400": lambda: raw_claims("4102444800", "1e400"),
    "exp -1e400": lambda: raw_claims("4102444800", "-1e400"),
    "exp NaN": lambda: raw_claims("4102444800", "NaN"),
    "exp Infinity": lambda: raw_claims("4102444800", "Infinity"),
    "exp -Infinity": lambda: raw_claims("4102444800", "-Infinity"),
    "exp with an exponent": lambda: raw_claims("4102444800", "9e11"),
    "exp true": lambda: token(exp=True),
    "exp null": lambda: token(exp=None),
    "exp a list": lambda: token(exp=[NOW + 600]),
    "exp negative": lambda: token(exp=-1),
    "exp beyond all calendars": lambda: token(exp=2**40),
    "exp of 400 digits": lambda: token(exp=10**399),
    "nbf in the future": lambda: token(nbf=NOW + 3600),
    "nbf a text": lambda: token(nbf=str(NOW)),
    "nbf Infinity": lambda: raw_claims('"client_id"', '"nbf":Infinity,"client_id"'),
    "iat in the future": lambda: token(iat=int(time.time()) + 60),
    "iat a text": lambda: token(iat=str(NOW)),
    "iat a fraction": lambda: token(iat=NOW - 0.5),
    "iat null": lambda: token(iat=None),
    "iat true": lambda: token(iat=True),
    "aud wrong": lambda: token(aud="elsewhere"),
    "aud a list with the right one": lambda: token(aud=[AUDIENCE, "elsewhere"]),
    "aud a list of the right one": lambda: token(aud=[AUDIENCE]),
    "aud an empty list": lambda: token(aud=[]),
    "aud null": lambda: token(aud=None),
    "aud the beginning of the right one": lambda: token(aud=AUDIENCE[:-1]),
    "iss wrong": lambda: token(iss="https://elsewhere.example"),
    "iss a list": lambda: token(iss=[ISSUER]),
    "iss with a slash more": lambda: token(iss=ISSUER + "/"),
    "sub a number": lambda: token(sub=1),
    "sub empty": lambda: token(sub=""),
    "sub null": lambda: token(sub=None),
    "jti a number": lambda: token(jti=1),
    "jti empty": lambda: token(jti=""),
    "a claim twice": lambda: raw_claims('"sub"', '"sub":"s-2","sub"'),
    "exp twice": lambda: signed(b64(text(HEADER)), b64('{"exp":1,' + text(claims())[1:])),
    "a claim twice inside a claim": lambda: raw_claims('"web"', '{"a":1,"a":2}'),
    "claims a list": lambda: signed(b64(text(HEADER)), b64(text([claims()]))),
    "claims a text": lambda: signed(b64(text(HEADER)), b64('"sub"')),
    "claims null": lambda: signed(b64(text(HEADER)), b64("null")),
    "claims empty": lambda: signed(b64(text(HEADER)), ""),
    "claims not UTF-8": lambda: signed(b64(text(HEADER)), b64(b"\xff\xfe{}")),
    "claims nested deep": lambda: signed(b64(text(HEADER)), b64('{"a":' + "[" * 1500)),
    "claims cut short": lambda: signed(b64(text(HEADER)), b64(text(claims())[:-1])),
    "stray bits in the header": lambda: stray(0),
    "stray bits in the claims": lambda: stray(1),
    "stray bits in the signature": lambda: stray(2),
    "padding after the signature": lambda: token() + "=",
    "padding after the claims": lambda: signed(b64(text(HEADER)), b64(text(claims())) + "="),
    "padding after the header": lambda: signed(b64(text(HEADER)) + "=", b64(text(claims()))),
    "a line end inside the claims": lambda: signed(b64(text(HEADER)), b64(text(claims())) + "\n"),
    "a line end after it": lambda: token() + "\n",
    "a space before it": lambda: " " + token(),
    "the scheme before it": lambda: "Bearer " + token(),
    "no signature": lambda: edited(lambda parts: [*parts[:2], ""]),
    "half a signature": lambda: edited(lambda parts: [*parts[:2], parts[2][:22]]),
    "another token's signature": lambda: edited(lambda parts: [*parts[:2], token(sub="s-2").split(".")[2]]),
    "two segments": lambda: edited(lambda parts: parts[:2]),
    "four segments": lambda: edited(lambda parts: [*parts, "e30"]),
    "five segments, as of a JWE": lambda: edited(lambda parts: [*parts, "e30", "e30"]),
    "a dot after it": lambda: token() + ".",
    "JSON serialisation": lambda: text(dict(zip(("protected", "payload", "signature"), token().split("."), strict=True))),
    "empty": lambda: "",
    "two dots": lambda: "..",
    "not ASCII": lambda: token() + "é",
    "a lone surrogate": lambda: "\ud800" + token(),
    "a null character": lambda: token() + "\0",
    "more than 4 KB": lambda: token(pad="p" * 4096),
    "1 MB": lambda: token(pad="p" * 1_000_000),
}


def test_there_are_at_least_sixty_attacks() -> None:
    assert len(ATTACKS) >= 60


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_token_is_refused_for(attack: str) -> None:
    given = ATTACKS[attack]()
    with pytest.raises(InvalidToken) as caught:
        read(given)
    assert str(caught.value) == ""
    assert caught.value.__suppress_context__


def test_the_token_that_the_attacks_start_from_is_accepted() -> None:
    assert read(token(pad="p" * 2000))["sub"] == "s-1"


def test_every_key_that_is_known_by_its_id_is_accepted() -> None:
    for key_id, secret in SECRETS.items():
        assert read(sign_access_token(claims(), key_id=key_id, secret=secret)) == claims()


def test_a_signed_token_names_its_type_and_key() -> None:
    head = sign_access_token(claims(), key_id="2026-02", secret=SECRETS["2026-02"]).split(".")[0]
    assert jose.from_base64url(head) == b'{"alg":"HS256","kid":"2026-02","typ":"at+jwt"}'


def test_signing_leaves_the_given_claims_alone() -> None:
    given = claims()
    sign_access_token(given, key_id="2026-01", secret=SECRETS["2026-01"])
    assert given == claims(iat=given["iat"], exp=given["exp"])


@pytest.mark.parametrize("secret", [b"", b"x", b"x" * 31])
def test_a_short_secret_neither_signs_nor_reads(secret: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sign_access_token(claims(), key_id="2026-01", secret=secret)
    with pytest.raises(InvalidToken):
        read_access_token(token(secret=secret), secrets={"2026-01": secret}, issuer=ISSUER, audience=AUDIENCE)


def test_without_any_key_every_token_is_refused() -> None:
    with pytest.raises(InvalidToken):
        read_access_token(token(), secrets={}, issuer=ISSUER, audience=AUDIENCE)


@pytest.mark.parametrize(("claim", "offset"), [("exp", -25), ("iat", 25), ("nbf", 25)])
def test_clocks_may_differ_by_thirty_seconds(claim: str, offset: int) -> None:
    changed: dict[str, Any] = {claim: int(time.time()) + offset}
    assert read(token(**changed))["sub"] == "s-1"


def test_no_bit_of_a_token_can_be_flipped() -> None:
    good = token().encode()
    accepted = []
    for at in range(len(good)):
        for bit in range(8):
            flipped = good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :]
            try:
                read(flipped.decode("latin-1"))
                accepted.append((at, bit))
            except InvalidToken:
                pass
    assert accepted == []


def test_no_beginning_of_a_token_is_accepted() -> None:
    good = token()
    for end in range(len(good)):
        with pytest.raises(InvalidToken):
            read(good[:end])


@given(st.text() | st.text(alphabet=LETTERS + ".").map(lambda tail: token().rsplit(".", 1)[0] + "." + tail))
def test_reading_any_text_raises_nothing_but_invalid_token(given_text: str) -> None:
    with pytest.raises(InvalidToken):
        read(given_text)


def test_anything_but_a_text_is_refused_alike() -> None:
    for thing in (None, 5, token().encode(), ["a", "b", "c"]):
        with pytest.raises(InvalidToken):
            read(thing)  # type: ignore[arg-type]


def test_the_backend_of_this_installation_is_the_one_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    jose.assert_backend()
    monkeypatch.setattr(jwk, "ECKey", ECDSAECKey)
    with pytest.raises(RuntimeError, match="cryptography"):
        jose.assert_backend()


@given(st.binary())
def test_base64url_comes_back(data: bytes) -> None:
    assert jose.from_base64url(jose.to_base64url(data)) == data


@given(st.text(alphabet=LETTERS + "+/= \n"))
def test_base64url_has_one_form_for_each_value(given_text: str) -> None:
    try:
        data = jose.from_base64url(given_text)
    except ValueError:
        return
    assert jose.to_base64url(data) == given_text


def test_a_thumbprint_is_that_of_the_standard() -> None:
    # The example of RFC 9449, section 6.1.
    key = PublicKey.from_text("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA")
    assert key.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def test_a_published_key_tells_its_slot_and_no_secret() -> None:
    key = PrivateKey.generate()
    published = key.public.jwk(7)
    assert published == {
        "kty": "EC",
        "crv": "P-256",
        "x": b64(key.public.x),
        "y": b64(key.public.y),
        "use": "sig",
        "alg": "ES256",
        "kid": key.public.thumbprint,
        "slot": 7,
    }
    assert PublicKey.from_text(b64(key.public.x), b64(key.public.y)) == key.public


def test_a_private_key_comes_back_from_its_bytes_and_shows_them_nowhere_else() -> None:
    key = PrivateKey.generate()
    again = PrivateKey.from_bytes(key.to_bytes())
    assert again == key
    assert again.public.verify(b"m", key.sign(b"m"))
    assert repr(key) == "PrivateKey()"


@pytest.mark.parametrize("secret", [bytes(32), ORDER.to_bytes(32), b"\xff" * 32, b"\x01" * 31, b"\x01" * 33, b""])
def test_a_number_that_is_no_secret_of_the_curve_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError):
        PrivateKey.from_bytes(secret)


@pytest.mark.parametrize(
    ("x", "y"), [(bytes(32), bytes(32)), (b"\x01" * 32, b"\x01" * 32), (b"\x01" * 31, b"\x01" * 32), (b"", b"")]
)
def test_a_point_off_the_curve_is_no_key(x: bytes, y: bytes) -> None:
    with pytest.raises(ValueError):
        PublicKey(x, y)


def test_every_signature_has_its_s_in_the_lower_half_and_is_good() -> None:
    key = PrivateKey.generate()
    for number in range(200):
        message = number.to_bytes(4)
        signature = key.sign(message)
        assert len(signature) == 64
        assert is_low(signature)
        assert key.public.verify(message, signature)


def test_a_high_s_is_refused() -> None:
    key = PrivateKey.generate()
    signature = key.sign(b"message")
    high = signature[:32] + (ORDER - int.from_bytes(signature[32:])).to_bytes(32)
    assert jwk.construct({k: v for k, v in key.public.jwk(0).items() if k != "slot"}, "ES256").verify(b"message", high)
    assert not key.public.verify(b"message", high)


def test_a_deterministic_key_gives_the_signature_of_rfc_6979_with_its_s_lowered() -> None:
    secret = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
    r = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    s = ORDER - 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
    key = PrivateKey.from_bytes(secret, deterministic=True)
    assert key.sign(b"sample") == bytes.fromhex(r) + s.to_bytes(32)
    assert key.public.verify(b"sample", key.sign(b"sample"))
    assert PrivateKey.from_bytes(secret).sign(b"sample") != key.sign(b"sample")


def test_the_signature_of_the_standard_is_refused_for_its_high_s_and_good_with_the_low_one() -> None:
    # RFC 7515, appendix A.3.
    key = PublicKey.from_text("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
    payload = b'{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
    message = jose.signing_input(b'{"alg":"ES256"}', payload)
    signature = jose.from_base64url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
    assert not key.verify(message, signature)
    assert key.verify(message, signature[:32] + (ORDER - int.from_bytes(signature[32:])).to_bytes(32))


@pytest.mark.parametrize("r", [0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, ORDER // 2, ORDER // 2 + 1, ORDER - 1, ORDER, 2**256 - 1])
def test_extreme_numbers_are_no_signature(r: int, s: int) -> None:
    assert not PrivateKey.generate().public.verify(b"message", r.to_bytes(32) + s.to_bytes(32))


def test_a_number_that_is_too_large_by_the_order_is_no_second_form() -> None:
    key = PrivateKey.generate()
    signature = key.sign(b"message")
    for at in (0, 32):
        number = int.from_bytes(signature[at : at + 32]) + ORDER
        if number < 2**256:
            assert not key.public.verify(b"message", signature[:at] + number.to_bytes(32) + signature[at + 32 :])


@given(st.binary(max_size=130).filter(lambda data: len(data) != 64))
def test_a_signature_of_another_length_is_refused(signature: bytes) -> None:
    assert not PublicKey.from_text(
        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    ).verify(b"", signature)


def test_another_key_or_message_does_not_match_a_signature() -> None:
    key, other = PrivateKey.generate(), PrivateKey.generate()
    signature = key.sign(b"message")
    assert not other.public.verify(b"message", signature)
    assert not key.public.verify(b"massage", signature)


def test_a_compact_text_gives_its_payload_to_the_right_key_and_header_only() -> None:
    key, header, payload = PrivateKey.generate(), b'{"alg":"ES256","typ":"x+jws"}', "承诺".encode()
    written = jose.compact(header, payload, key.sign(jose.signing_input(header, payload)))
    head, body, mark = written.split(".")
    assert read_compact(written, header=header, key=key.public) == payload
    attempts: tuple[Callable[[], bytes], ...] = (
        lambda: read_compact(written, header=b'{"alg":"ES256","typ":"y+jws"}', key=key.public),
        lambda: read_compact(written, header=header, key=PrivateKey.generate().public),
        lambda: read_compact(f"{b64('{}')}.{body}.{mark}", header=header, key=key.public),
        lambda: read_compact(written + "=", header=header, key=key.public),
        lambda: read_compact(f"{head}.{body}.{with_stray_bits(mark)}", header=header, key=key.public),
        lambda: read_compact(written + ".", header=header, key=key.public),
        lambda: read_compact(written[:-1], header=header, key=key.public),
        lambda: read_compact("\ud800..", header=header, key=key.public),
    )
    for attempt in attempts:
        with pytest.raises(InvalidToken):
            attempt()


def test_project_wycheproof_agrees_on_ecdsa_save_for_a_high_s() -> None:
    wrong, seen = [], 0
    for group in vectors("wycheproof-ecdsa-p256-p1363.json")["testGroups"]:
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        key = PublicKey(point[1:33], point[33:])
        for case in group["tests"]:
            seen += 1
            signature = bytes.fromhex(case["sig"])
            expected = case["result"] == "valid" and is_low(signature)
            if key.verify(bytes.fromhex(case["msg"]), signature) != expected:
                wrong.append(case["tcId"])
    assert seen > 200
    assert wrong == []


def test_project_wycheproof_agrees_on_jws_save_for_a_high_s() -> None:
    seen = 0
    for group in vectors("wycheproof-jws-es256.json")["testGroups"]:
        key = PublicKey.from_text(group["public"]["x"], group["public"]["y"])
        header = text({"alg": "ES256", "kid": group["public"]["kid"]}).encode()
        for case in group["tests"]:
            seen += 1
            if case["result"] == "valid" and is_low(jose.from_base64url(case["jws"].split(".")[2])):
                assert read_compact(case["jws"], header=header, key=key) == b"foo"
            else:
                with pytest.raises(InvalidToken):
                    read_compact(case["jws"], header=header, key=key)
    assert seen > 10


def test_a_high_s_that_wycheproof_calls_valid_is_good_once_it_is_low() -> None:
    lowered = 0
    for group in vectors("wycheproof-ecdsa-p256-p1363.json")["testGroups"]:
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        key = PublicKey(point[1:33], point[33:])
        for case in group["tests"]:
            r, s = bytes.fromhex(case["sig"])[:32], int.from_bytes(bytes.fromhex(case["sig"])[32:])
            if case["result"] == "valid" and s > ORDER // 2:
                assert key.verify(bytes.fromhex(case["msg"]), r + (ORDER - s).to_bytes(32))
                lowered += 1
    assert lowered > 0


def test_a_thumbprint_is_the_digest_of_the_key_in_its_one_canonical_form() -> None:
    key = PrivateKey.generate().public
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{b64(key.x)}","y":"{b64(key.y)}"}}'
    assert key.thumbprint == b64(sha256(canonical.encode()).digest())
    assert len(key.thumbprint) == 43
