"""The parts that an application is put together from, made once from the settings."""

from dataclasses import dataclass, field

from api.access.demands import Demands, Lifetimes
from api.access.passwords import Passwords
from api.access.tokens import Tokens
from api.adapters.cipher import Cipher
from api.adapters.storage import Storage
from api.database import Database
from api.files.kinds import AttachmentKind
from api.keys.ring import KeyRing
from api.settings import Settings


@dataclass(frozen=True)
class House:
    """What the rooms are given to work with."""

    settings: Settings
    database: Database
    cipher: Cipher
    tokens: Tokens
    passwords: Passwords
    keys: KeyRing
    storage: Storage
    lifetimes: Lifetimes
    demands: Demands
    attachments: tuple[AttachmentKind, ...]
    """The kinds of things that pictures hang on."""
    cursor_key: bytes = field(repr=False)
    status_key: bytes = field(repr=False)
    audit_key: bytes = field(repr=False)
