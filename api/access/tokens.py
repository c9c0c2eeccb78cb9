"""The two tokens of a sign-in: a signed one for each request (RFC 9068), and an opaque one that buys the next (RFC 9700)."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from uuid_utils.compat import uuid7

from api.adapters import jose
from api.errors import Unauthenticated

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


def new_refresh_token() -> str:
    """256 random bits; only `digest_of` it is stored."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()
