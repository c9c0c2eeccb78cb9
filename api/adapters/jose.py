"""Signed tokens and signatures: the only place that knows `jose`, and strict where it is lax.

python-jose takes tokens without `exp` or `aud`, with a `crit` it does not know, with any `typ`, with claims said twice and with
base64 that is not canonical; it lets an OverflowError through; and nearly half its ECDSA signatures carry the high s. None of
that passes here (RFC 8725).
"""

import base64
import json
import time
from binascii import b2a_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, Final, NoReturn, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from jose import jwk, jwt
from jose.backends.base import Key

LONGEST_TOKEN: Final = 4096
SHORTEST_SECRET: Final = 32
LEEWAY: Final = 30
"""Seconds by which the clocks of two servers may differ."""

_LATEST: Final = 2**40
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_REQUIRED: Final = ("exp", "iat", "aud", "iss", "sub", "jti")
_OPTIONS: Final = {"leeway": LEEWAY, **{f"require_{claim}": True for claim in _REQUIRED}}

ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points the base point of P-256 generates (FIPS 186-5); r and s lie below it."""

_HALF: Final = ORDER // 2
_ES256: Final = ec.ECDSA(Prehashed(SHA256()))


class InvalidToken(Exception):
    """A token that is not, or is no longer, to be believed. It says no more, so that nothing of a token reaches a log."""


def assert_backend() -> None:
    """Refuse to start when python-jose has fallen back to its pure Python curves, whose timing betrays keys.

    Raises RuntimeError.
    """
    if jwk.ECKey.__module__ != "jose.backends.cryptography_backend":
        raise RuntimeError("python-jose must be installed with its cryptography backend: python-jose[cryptography]")


def sign_access_token(claims: Mapping[str, object], *, key_id: str, secret: bytes) -> str:
    """Sign claims as an HS256 access token (RFC 9068). ValueError for a secret of under 32 bytes."""
    return jwt.encode(dict(claims), _hmac_key(secret), "HS256", headers={"typ": "at+jwt", "kid": key_id})


def read_access_token(token: str, *, secrets: Mapping[str, bytes], issuer: str, audience: str) -> dict[str, Any]:
    """Give the claims of an access token that one of `secrets`, by key id, has signed and whose time has not passed.

    `exp`, `iat`, `iss`, `aud`, `sub` and `jti` are there and of the right type; `aud` is `audience` alone. Raises only
    InvalidToken.
    """
    try:
        return _read_access_token(token, secrets, issuer, audience)
    except Exception:
        # Not only JWTError: python-jose lets others through, and whatever a stranger's token breaks is that token's fault.
        raise InvalidToken from None


def _read_access_token(token: str, secrets: Mapping[str, bytes], issuer: str, audience: str) -> dict[str, Any]:
    if len(token) > LONGEST_TOKEN:
        raise InvalidToken
    header, payload, signature = token.split(".")
    # A header is known by its text and never parsed: so there is no algorithm, key or extension that it could ask for.
    secret = {_access_header(key_id): secret for key_id, secret in secrets.items()}[header]
    from_base64url(signature)
    jwt.decode(token, _hmac_key(secret), algorithms=["HS256"], audience=audience, issuer=issuer, options=_OPTIONS)
    claims = json.loads(from_base64url(payload), object_pairs_hook=_distinct, parse_float=_refuse, parse_constant=_refuse)
    for name in ("exp", "iat", "nbf"):
        if name in claims and not (type(claims[name]) is int and 0 <= claims[name] < _LATEST):
            raise InvalidToken
    if claims["iat"] > time.time() + LEEWAY or claims["aud"] != audience or not claims["sub"] or not claims["jti"]:
        raise InvalidToken
    return dict(claims)


@lru_cache(maxsize=64)
def _access_header(key_id: str) -> str:
    header = {"alg": "HS256", "kid": key_id, "typ": "at+jwt"}
    return to_base64url(json.dumps(header, separators=(",", ":"), sort_keys=True).encode())


@lru_cache(maxsize=16)
def _hmac_key(secret: bytes) -> Key:
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"a secret that signs tokens has at least {SHORTEST_SECRET} bytes")
    return jwk.construct(secret, "HS256")


def _distinct(members: list[tuple[str, Any]]) -> dict[str, Any]:
    distinct = dict(members)
    if len(distinct) != len(members):
        raise InvalidToken
    return distinct


def _refuse(_: str) -> NoReturn:
    raise InvalidToken


@dataclass(frozen=True)
class PublicKey:
    """A P-256 key that checks ES256 signatures, by its coordinates of 32 bytes each. ValueError for a point off the curve."""

    x: bytes
    y: bytes

    def __post_init__(self) -> None:
        if (len(self.x), len(self.y)) != (32, 32):
            raise ValueError("a coordinate of P-256 has 32 bytes")
        _ = self._key

    @classmethod
    def from_text(cls, x: str, y: str) -> Self:
        """The key whose coordinates a JWK writes as `x` and `y`, 43 characters each."""
        return cls(from_base64url(x), from_base64url(y))

    @cached_property
    def _key(self) -> ec.EllipticCurvePublicKey:
        # python-jose would compute the curve's length and write the signature out anew at each check: a tenth of its cost.
        return ec.EllipticCurvePublicNumbers(int.from_bytes(self.x), int.from_bytes(self.y), ec.SECP256R1()).public_key()

    @property
    def _members(self) -> dict[str, str]:
        return {"crv": "P-256", "kty": "EC", "x": to_base64url(self.x), "y": to_base64url(self.y)}

    @cached_property
    def thumbprint(self) -> str:
        """The key's name: SHA-256 of its members in their one canonical form (RFC 7638), 43 characters."""
        return to_base64url(sha256(json.dumps(self._members, separators=(",", ":"), sort_keys=True).encode()).digest())

    def jwk(self, slot: int) -> dict[str, str | int]:
        """The key as it stands in the published key set, with the slot by which dynamic codes name it."""
        return {**self._members, "use": "sig", "alg": "ES256", "kid": self.thumbprint, "slot": slot}

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature`, r and s of 32 bytes each, is the one that the signer gave `message`.

        For every ECDSA signature (r, s), (r, n - s) is good as well; only the lower s counts, so that a signature has one form.
        """
        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        if not (0 < r < ORDER and 0 < s <= _HALF):
            return False
        try:
            self._key.verify(encode_dss_signature(r, s), sha256(message).digest(), _ES256)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class PrivateKey:
    """A P-256 key that gives ES256 signatures. Neither its text form nor a traceback shows the secret.

    One that is `deterministic` gives the same signature each time (RFC 6979), as published test vectors need it.
    """

    _secret: bytes = field(repr=False)
    deterministic: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        if len(self._secret) != 32:
            raise ValueError("a secret of P-256 has 32 bytes")
        _ = self._key

    @classmethod
    def generate(cls) -> Self:
        return cls(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32))

    @classmethod
    def from_bytes(cls, secret: bytes, *, deterministic: bool = False) -> Self:
        """The key of that secret, 32 bytes, big-endian. ValueError when it is 0 or not below the curve's order."""
        return cls(secret, deterministic)

    def to_bytes(self) -> bytes:
        return self._secret

    @cached_property
    def public(self) -> PublicKey:
        point = self._scalar.public_key().public_numbers()
        return PublicKey(point.x.to_bytes(32), point.y.to_bytes(32))

    @cached_property
    def _key(self) -> Key:
        return jwk.construct({**self.public._members, "d": to_base64url(self._secret)}, "ES256")

    def sign(self, message: bytes) -> bytes:
        """Give 64 bytes, r then s, with s in the lower half."""
        signature = self._sign_again(message) if self.deterministic else self._key.sign(message)
        s = int.from_bytes(signature[32:])
        return signature if s <= _HALF else signature[:32] + (ORDER - s).to_bytes(32)

    @cached_property
    def _scalar(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(self._secret), ec.SECP256R1())

    def _sign_again(self, message: bytes) -> bytes:
        # python-jose cannot be asked for this.
        r, s = decode_dss_signature(self._scalar.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True)))
        return r.to_bytes(32) + s.to_bytes(32)


def signing_input(header: bytes, payload: bytes) -> bytes:
    """What a JWS signs (RFC 7515, section 5.1): header and payload in base64url, with a dot between."""
    return base64url(header) + b"." + base64url(payload)


def header(token_type: str, key: PublicKey) -> bytes:
    """The exact bytes of the protected header of what `key` signs as a thing of that `typ`; whoever checks rebuilds the same."""
    return f'{{"alg":"ES256","kid":"{key.thumbprint}","typ":"{token_type}"}}'.encode()


def sign_compact(payload: bytes, token_type: str, key: PrivateKey) -> str:
    """Sign a payload as a compact JWS of that `typ`."""
    head = header(token_type, key.public)
    return compact(head, payload, key.sign(signing_input(head, payload)))


def read_signed(token: str, token_type: str, keys: Iterable[PublicKey]) -> bytes:
    """Give the payload of a compact JWS of that `typ` that one of `keys` signed: the one that its header names.

    Raises only InvalidToken.
    """
    head = token.partition(".")[0]
    for key in keys:
        own = header(token_type, key)
        if head == to_base64url(own):
            return read_compact(token, header=own, key=key)
    raise InvalidToken


def compact(header: bytes, payload: bytes, signature: bytes) -> str:
    """A JWS in its compact form, of parts that are ready."""
    return f"{to_base64url(header)}.{to_base64url(payload)}.{to_base64url(signature)}"


def read_compact(token: str, *, header: bytes, key: PublicKey) -> bytes:
    """Give the payload of a compact JWS that carries exactly `header` and that `key` signed. Raises only InvalidToken."""
    try:
        head, payload, signature = token.split(".")
        content = from_base64url(payload)
        genuine = head == to_base64url(header) and key.verify(signing_input(header, content), from_base64url(signature))
    except ValueError:
        genuine = False
    if not genuine:
        raise InvalidToken
    return content


def to_base64url(data: bytes) -> str:
    """Base64 for addresses, without padding (RFC 7515, section 2)."""
    return base64url(data).decode()


def base64url(data: bytes) -> bytes:
    """The same as `to_base64url`, as bytes."""
    return b2a_base64(data, newline=False).translate(_URL_SAFE, b"=")


def from_base64url(text: str) -> bytes:
    """Undo `to_base64url`. ValueError for every text that it would not have written: padding, foreign characters, stray bits."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_base64url(data) != text:
        raise ValueError("not base64url in its one canonical form")
    return data
