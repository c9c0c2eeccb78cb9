"""Passwords: hashed by Argon2id, compared without telling whether the user exists, and refused when a list would find them.

Costs are OWASP's minimum for Argon2id (19 MiB, two passes). A hash takes a core for some 20 ms, so only a few run at a time, and
who would have to wait long is told to come back.
"""

import secrets
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ClassVar, TypeVar

from passlib.context import CryptContext
from zxcvbn import zxcvbn

from api.adapters.cipher import Cipher
from api.errors import Invalid, Text
from api.turns import Turns

SHORTEST, LONGEST = 8, 128
EASIEST_GUESSES = 10**8
JUDGED = 20
ONE_TIME_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
WAIT_SECONDS = 3.0

T = TypeVar("T")

warnings.filterwarnings("ignore", message="Accessing argon2.__version__", category=DeprecationWarning)


def context() -> CryptContext:
    """Argon2id at the least cost that OWASP recommends: 19 MiB, two passes."""
    return CryptContext(
        schemes=["argon2"], argon2__type="ID", argon2__memory_cost=19456, argon2__time_cost=2, argon2__parallelism=1
    )


CONTEXT = context()


class WeakPassword(Invalid):
    """A password that is easy to guess; one of the wrong length is told so."""

    of_field: ClassVar[str | None] = "new_password"
    text: ClassVar[Text] = Text(
        "这个密码太容易被猜到：请避开常用密码、姓名、用户名、生日和连续的字符，可用几个不相关的词连起来。",
        "This password is too easy to guess: avoid common passwords, names, your user name, birthdays and sequences; "
        "several unrelated words make a good one.",
    )


class PasswordLength(WeakPassword):
    text: ClassVar[Text] = Text(f"密码须为 {SHORTEST} 至 {LONGEST} 个字符。", f"A password has {SHORTEST} to {LONGEST} characters.")


def check_length(password: str) -> None:
    """Raise `PasswordLength` for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordLength


@cache
def _nobody() -> str:
    """A hash that no password matches, for users that do not exist: made once a process."""
    return str(CONTEXT.hash(secrets.token_urlsafe(16)))


class Passwords:
    """Hashes and checks passwords, a bounded number at a time, each in one of so many threads: the C library keeps the 19 MiB of a
    hash for the thread that has made it, and whoever asks may come in any of some forty."""

    def __init__(self, *, at_once: int = 2) -> None:
        self._turns = Turns(at_once)
        self._threads = ThreadPoolExecutor(at_once, "hashing")
        self._estimates = Turns(1)
        self._context = CONTEXT
        _nobody()

    def hash(self, password: str) -> str:
        return str(self._in_turn(lambda: self._context.hash(password)))

    def matches(self, password: str, stored: str | None, *, is_stranger: bool = False) -> bool:
        """Compare with a stored hash. With none (no such user), or a password longer than any, it takes as long and is false. A
        stranger is one who is neither signed in nor on a device that the account knows: for him, others wait no longer than for
        each other."""
        if len(password) > LONGEST:
            password, stored = "", None
        matched = self._in_turn(lambda: self._context.verify(password, stored or _nobody()), is_stranger=is_stranger)
        return bool(matched) and stored is not None

    def check_strength(self, password: str, *known: str) -> None:
        """Raise `PasswordLength`, or `WeakPassword` for one that is guessed within 10^8 tries by lists and patterns.

        An estimate holds the interpreter as long as it takes, so there is one at a time, and none takes the turn of a hash.

        `known` are words that a guesser would try first: the user's own name. There are no rules on kinds of characters (OWASP
        ASVS 6.2.5). Only the beginning is judged, which can but underrate a password: the estimate's time grows with the length
        so steeply that a long one would stop the server.
        """
        check_length(password)
        with self._estimates.take(WAIT_SECONDS, retry_after=2):
            guesses = zxcvbn(password[:JUDGED], user_inputs=list(known))["guesses"]
        if guesses < EASIEST_GUESSES:
            raise WeakPassword

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made at other costs than today's."""
        return bool(self._context.needs_update(stored))

    def _in_turn(self, work: Callable[[], T], *, is_stranger: bool = False) -> T:
        with self._turns.take(WAIT_SECONDS, retry_after=2, is_stranger=is_stranger):
            return self._threads.submit(work).result()


def one_time_digest(password: str, cipher: Cipher) -> str:
    """What a one-time password is known by beside its hash. Nobody guesses what is 59 bits for whoever knows least of it, so it may
    be compared by this as often as anybody likes; no password that somebody has chosen is ever compared so."""
    return cipher.digest("one-time password", password)


def as_printed(typed: str) -> str:
    """A one-time password as it stands on its slip: it has small letters and figures alone, whatever a keyboard made of them."""
    return typed.replace(" ", "").replace("-", "").lower()


def new_one_time_password() -> str:
    """Twelve characters that are not mistaken for each other in print: 59 bits. A password for which two people agree is twice
    that, so that it is 59 bits to either."""
    return "".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(12))
