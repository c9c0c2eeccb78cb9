"""The parts that an application is put together from, made once from the settings."""

from dataclasses import dataclass, field
from datetime import timedelta

from api.access.passwords import Passwords
from api.access.service import Lifetimes
from api.access.tokens import Tokens
from api.adapters.cipher import AesGcmCipher, Cipher
from api.adapters.jose import assert_backend
from api.adapters.storage import Storage
from api.adapters.storages import open_storage
from api.audit.service import chain
from api.database import Database
from api.keys.ring import KeyRing
from api.settings import Settings, derive


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
    cursor_key: bytes = field(repr=False)
    status_key: bytes = field(repr=False)
    audit_key: bytes = field(repr=False)


def build(settings: Settings) -> House:
    assert_backend()
    audit_key = derive(settings.audit_key, "audit")
    sealing = settings.sealing_keys()
    cipher = AesGcmCipher(sealing, current=next(iter(sealing)), digest_key=derive(settings.digest_key, "digest"))
    return House(
        settings=settings,
        database=Database(
            settings.database_url,
            zone=settings.zone,
            before_commit=chain(audit_key),
            has_replica=settings.database_read_url is not None,
        ),
        cipher=cipher,
        tokens=Tokens(derive(settings.token_secret, "token"), settings.issuer, timedelta(minutes=settings.access_token_minutes)),
        passwords=Passwords(),
        keys=KeyRing(cipher),
        storage=open_storage(settings),
        lifetimes=Lifetimes(timedelta(days=settings.session_idle_days), timedelta(days=settings.session_days)),
        cursor_key=derive(settings.token_secret, "cursor"),
        status_key=derive(settings.digest_key, "status"),
        audit_key=audit_key,
    )
