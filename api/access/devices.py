"""The devices that an account has been signed in on before, so that strangers who guess at its password lock none of them out.

These are OWASP's device cookies ("Slow Down Online Guessing Attacks with Device Cookies"), sent as a member of the request since
the app keeps no cookies: a device's own failures are counted for it alone, and whoever shows no token of the account is a stranger.
A token tells nothing to anybody else, and opens nothing.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from api.access import queries
from api.access.tokens import Tokens, unmarked
from api.adapters.cipher import Cipher
from api.database import Work
from models.account import Account, KnownDevice, SignInSession

MOST: Final = 10
"""So many devices of an account are known, those that were used last, and as many that are not settled: each may guess a little."""
UNUSED: Final = timedelta(days=365)
SETTLED: Final = timedelta(days=1)
"""From then on a device has a count of its own of what succeeds, which is by the day: else each sign-in of a stranger who knows the
password would bring another. Nor does a newer one take the place of a settled one."""


def known_device(work: Work, account: Account | None, token: str | None, cipher: Cipher) -> KnownDevice | None:
    """The device of an account that a token was given to; None for any other token, and for none."""
    device = queries.device_of(work, cipher.digest("device", unmarked(token or "")))
    if device is None or account is None or device.account_id != account.id or work.at - device.last_used_at > UNUSED:
        return None
    return device


def settled_id(device: KnownDevice | None, at: datetime) -> UUID | None:
    """The key of a device that its account has known for a day; None for a newer one, and for a stranger."""
    return device.id if device is not None and at - device.created_at >= SETTLED else None


def remember_device(work: Work, account: Account, token: str | None, *, tokens: Tokens, cipher: Cipher) -> tuple[KnownDevice, str]:
    """The device that an account, which is held, has just been signed in on, and its token: the one that was sent, if it is known,
    so that an answer that is lost on its way makes no stranger of a device; otherwise a new one."""
    device = known_device(work, account, token, cipher)
    if device is not None and token is not None:
        device.last_used_at = work.at
        return device, tokens.marked(unmarked(token), account.id, work.at + UNUSED)
    token = secrets.token_urlsafe(32)
    device = KnownDevice(account_id=account.id, digest=cipher.digest("device", token), last_used_at=work.at)
    work.add(device)
    work.flush()
    queries.forget_devices(work, queries.devices_beyond(account.id, MOST, settled_from=work.at - SETTLED))
    return device, tokens.marked(token, account.id, work.at + UNUSED)


def forget_devices_of(work: Work, account_id: UUID, *, but: UUID | None = None) -> None:
    """Let all devices of an account be strangers again, or all but the one that a session was begun on: whoever ends the sessions
    there does not trust them any more."""
    queries.forget_devices(work, queries.devices_of(account_id, but_of_session=but))


def forget_device(work: Work, session: SignInSession, *, but: UUID) -> bool:
    """Let the device that a session was begun on be a stranger again, such as a lost telephone, unless the other session was begun
    on it too. Returns whether it was none."""
    device = work.get(KnownDevice, session.device_id) if session.device_id else None
    if device is None or device.id == work.get_one(SignInSession, but).device_id:
        return False
    queries.forget_devices(work, queries.device_alone(device.id))
    return True


def forget_unused_devices(work: Work) -> int:
    """Forget a piece of the devices on which nobody has signed in for a year. Returns how many."""
    return queries.forget_unused_devices(work, work.at - UNUSED)
