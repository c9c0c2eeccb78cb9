"""The tokens of a sign-in: a signed one for each request (RFC 9068), an opaque one that buys the next (RFC 9700), and one by which
a device is known again. The last two bear a mark, by which they have their turn (`web/in_hand.py`) before they are looked up."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from uuid_utils.compat import uuid7

from api.adapters import jose
from api.errors import Unauthenticated

OWNER, MARK = 16, 32
"""Hexadecimal characters of a mark: that stand for the account, and by which it is told that nobody else has made it."""
AUDIENCE = "liangxian-api"
CLIENT = "liangxian-mobile"


@dataclass(frozen=True)
class Claims:
    account_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class Tokens:
    """Signs and reads access tokens. What the account may do is never in them: that is read at each request."""

    secret: bytes = field(repr=False)
    issuer: str
    lifetime: timedelta
    key_id: str = "t1"

    def sign(self, claims: Claims, at: datetime) -> str:
        moment = int(at.timestamp())
        return jose.sign_access_token(
            {
                "iss": self.issuer,
                "aud": AUDIENCE,
                "sub": str(claims.account_id),
                "sid": str(claims.session_id),
                "client_id": CLIENT,
                "iat": moment,
                "exp": moment + int(self.lifetime.total_seconds()),
                "jti": str(uuid7()),
            },
            key_id=self.key_id,
            secret=self.secret,
        )

    def read(self, token: str) -> Claims:
        """Raises `Unauthenticated` for whatever is not an access token of ours that is still good."""
        try:
            claims = jose.read_access_token(token, secrets={self.key_id: self.secret}, issuer=self.issuer, audience=AUDIENCE)
            return Claims(UUID(claims["sub"]), UUID(claims["sid"]))
        except (jose.InvalidToken, KeyError, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated from error

    def marked(self, token: str, account_id: UUID) -> str:
        """A random token with the mark of the account that it is given to, which tells nobody else whose it is."""
        owner = self._mac(f"owner {account_id}")[:OWNER]
        return f"{token}.{owner}{self._mac(f'token {token} {owner}')[:MARK]}"

    def owner_of(self, token: str) -> str | None:
        """What stands for the account that a token was given to; whether it is good still is looked up by others. None for a token
        that we have not marked."""
        random, _, mark = token.partition(".")
        owner, shown = mark[:OWNER], mark[OWNER:]
        is_ours = token.isascii() and hmac.compare_digest(shown, self._mac(f"token {random} {owner}")[:MARK])
        return owner if is_ours else None

    def _mac(self, text: str) -> str:
        # No access token that is signed with the same secret has a blank in it.
        return hmac.new(self.secret, text.encode(), sha256).hexdigest()


def unmarked(token: str) -> str:
    """The random part, by which a token is looked up: of one without a mark, all of it."""
    return token.partition(".")[0]


def new_refresh_token() -> str:
    """256 random bits; only `digest_of` it is stored."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    return sha256(unmarked(token).encode()).hexdigest()
