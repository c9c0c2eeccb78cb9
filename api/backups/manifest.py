"""The manifest: what an archive holds, under a code that only who has AUDIT_KEY can make, with a check for each other key.

No key stands in it: a check is a digest or a sealed constant, from which the key cannot be learnt.
"""

import hmac
import json
import re
from hashlib import sha256
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from api.adapters.cipher import AesGcmCipher, CannotOpen, Place
from api.backups.archive import MANIFEST
from api.backups.rules import Damaged, Facts, NewerFormat, WrongAuditKey, WrongDataKey, WrongDigestKey
from api.foreign import read_json
from api.settings import Settings, derive

FORMAT = 3
LARGEST = 256 << 20
"""Bytes of a manifest: some 1.5 million files."""
PROBE = b"liangxian backup"
_HEAD = 1 << 16
"""Bytes within which a manifest tells its format, the check of AUDIT_KEY and its code, since its members stand in their order."""
_FORMAT = re.compile(rb'"format":(\d{1,9})[,}]')
_AUDIT_CHECK = re.compile(rb'"keys":\{"audit":"([0-9a-f]{64})"')
_MAC = re.compile(rb',"mac":"([0-9a-f]{64})"(?=,"made_at":)')

Engine = Literal["sqlite", "postgresql"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Content(_Part):
    """A member of the archive; `media_type` is that of a stored object."""

    size: int
    sha256: str
    media_type: str | None = None


class KeyChecks(_Part):
    """By what the keys of the settings are recognised: AUDIT_KEY, DIGEST_KEY, and each of DATA_KEYS by its id."""

    audit: str
    digest: str
    data: dict[str, str]


class Broken(_Part):
    """Where the audit trail of what was backed up did not hold, as a `Break` tells it."""

    seq: int
    why: str
    found: tuple[str, ...]


class Manifest(_Part):
    format: int = FORMAT
    made_at: AwareDatetime
    program: str
    public_url: str
    engine: Engine
    engine_version: int
    tool_version: int
    """The major version of the pg_dump that wrote the dump; 0 for SQLite."""
    revision: str
    rows: dict[str, int]
    audit_seq: int
    audit_mac: str
    keys: KeyChecks
    members: dict[str, Content]
    trail: Broken | None = None
    """None where it held, or was not walked to its end."""

    @property
    def facts(self) -> Facts:
        return Facts(self.revision, self.rows, self.audit_seq, self.audit_mac)


def key_checks(settings: Settings) -> KeyChecks:
    """The checks of these settings' keys."""
    ciphers = {key_id: _cipher(settings, key_id) for key_id in settings.sealing_keys()}
    return KeyChecks(
        audit=_audit_check(settings),
        digest=next(iter(ciphers.values())).digest("backup", PROBE.decode()),
        data={key_id: cipher.seal(PROBE, _probe_place(key_id)).hex() for key_id, cipher in ciphers.items()},
    )


def write(manifest: Manifest, settings: Settings) -> bytes:
    """The bytes of a manifest with its code."""
    content = manifest.model_dump(mode="json")
    return _text({**content, "mac": _code(content, settings)})


def read(raw: bytes, settings: Settings) -> Manifest:
    """A manifest that the holder of these keys has written.

    Raises `Damaged`, `NewerFormat`, `WrongAuditKey`, `WrongDigestKey` or `WrongDataKey`.
    """
    head = raw[:_HEAD]
    told, key, code = (pattern.search(head) for pattern in (_FORMAT, _AUDIT_CHECK, _MAC))
    if told is not None and int(told[1]) > FORMAT:
        raise NewerFormat(found=int(told[1]))
    if told is None or key is None or code is None:
        raise Damaged(where=MANIFEST)
    if not hmac.compare_digest(key[1].decode(), _audit_check(settings)):
        raise WrongAuditKey
    # The code is over the bytes themselves, so that nothing is made of what somebody else has written.
    covered = hmac.new(derive(settings.audit_key, "backup"), raw[: code.start()], sha256)
    covered.update(memoryview(raw)[code.end() :])
    if not hmac.compare_digest(code[1].decode(), covered.hexdigest()):
        raise Damaged(where=MANIFEST)
    content = read_json(raw)
    content.pop("mac")
    try:
        manifest = Manifest.model_validate(content)
    except ValidationError:
        raise Damaged(where=MANIFEST) from None
    _check_keys(manifest.keys, settings)
    return manifest


def _check_keys(keys: KeyChecks, settings: Settings) -> None:
    sealing = settings.sealing_keys()
    cipher = _cipher(settings, next(iter(sealing)))
    if cipher.digest("backup", PROBE.decode()) != keys.digest:
        raise WrongDigestKey
    for key_id, sealed in keys.data.items():
        try:
            cipher.open(bytes.fromhex(sealed), _probe_place(key_id))
        except CannotOpen:
            raise WrongDataKey(key_id=key_id) from None


def _probe_place(key_id: str) -> Place:
    return Place("backup", "probe", key_id)


def _cipher(settings: Settings, current: str) -> AesGcmCipher:
    return AesGcmCipher(settings.sealing_keys(), current=current, digest_key=derive(settings.digest_key, "digest"))


def _audit_check(settings: Settings) -> str:
    return hmac.new(derive(settings.audit_key, "backup"), PROBE, sha256).hexdigest()


def _code(content: dict[str, object], settings: Settings) -> str:
    return hmac.new(derive(settings.audit_key, "backup"), _text(content), sha256).hexdigest()


def _text(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode() + b"\n"
