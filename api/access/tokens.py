"""The tokens of a sign-in: a signed one for each request (RFC 9068), an opaque one that buys the next (RFC 9700), and one by which
a device is known again. The last two bear a mark, by which they have their turn (`web/queue.py`) before they are looked up."""

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
"""Hexadecimal characters of a mark: that stand for the account, and by which it is told that nobody else has made it. Between them
stands until when it counts, in days since 1970, so that a token that is given out again on the same day is the same."""
DAY = 86_400
"""Seconds."""
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

    def marked(self, token: str, account_id: UUID, until: datetime) -> str:
        """A random token with the mark of the account that it is given to, which tells nobody else whose it is, and counts until
        the end of a day (UTC) after which the token cannot be good."""
        told = f"{self._mac(f'owner {account_id}')[:OWNER]}{_day(until) + 1:x}"
        return f"{token}.{told}{self._mac(f'token {token} {told}')[:MARK]}"

    def owner_of(self, token: str, at: datetime) -> str | None:
        """What stands for the account that a token was given to; whether it is good still is looked up by others. None for a token
        whose mark is not ours, or counts no more, as one that does not tell until when."""
        random, _, mark = token.partition(".")
        told, shown = mark[:-MARK], mark[-MARK:]
        if not token.isascii() or not hmac.compare_digest(shown, self._mac(f"token {random} {told}")[:MARK]):
            return None
        owner, until = told[:OWNER], told[OWNER:]
        return owner if until and int(until, 16) > _day(at) else None

    def _mac(self, text: str) -> str:
        # No access token that is signed with the same secret has a blank in it.
        return hmac.new(self.secret, text.encode(), sha256).hexdigest()


def _day(moment: datetime) -> int:
    return int(moment.timestamp()) // DAY


def unmarked(token: str) -> str:
    """The random part, by which a token is looked up: of one without a mark, all of it."""
    return token.partition(".")[0]


def new_refresh_token() -> str:
    """256 random bits; only `digest_of` it is stored."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    return sha256(unmarked(token).encode()).hexdigest()
