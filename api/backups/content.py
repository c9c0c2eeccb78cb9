"""What lies in an archive: each byte put in once it is what was registered, and believed once it is what the manifest says."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO

from alembic.script import ScriptDirectory

from api import schema
from api.adapters.pictures import MAX_PICTURE_BYTES
from api.adapters.storage import NoSuchObject, Storage
from api.audit.checkpoints import FOLDER, Noted
from api.audit.clock import MARK
from api.audit.rules import AHEAD, LONGEST
from api.backups import manifest as manifests
from api.backups import queries, rules
from api.backups.archive import ERASURES, FILES, MANIFEST, Archive, Writer, digest_of
from api.backups.manifest import Content, Manifest
from api.backups.voice import CONTENT_HOLDS, MADE_AHEAD, READING_PART, Voice
from api.files.brought import names_a_file
from api.files.rules import PROBES, is_of_a_file
from api.settings import Settings

CHECKPOINTS = f"{FILES}{FOLDER}/"
"""Where checkpoints of the audit trail lie in an archive."""
_MEDIA_TYPE = re.compile(r"[a-z0-9]+/[a-z0-9.+-]+")


def add_file(writer: Writer, storage: Storage, file: queries.ReadyFile) -> Content:
    """Put a file into the archive. Raises a `NotRegistered`, after which nothing of it stands there."""
    if not names_a_file(file.key):
        raise rules.ObjectOfNoFile(key=file.key)
    if not 0 <= file.size <= MAX_PICTURE_BYTES:
        raise rules.ObjectDamaged(key=file.key)
    try:
        with storage.open(file.key) as source:
            # In memory: what is registered was brought once, and is no larger than that may be.
            content = source.read(file.size + 1)
    except NoSuchObject:
        raise rules.ObjectMissing(key=file.key) from None
    if (len(content), digest := sha256(content).hexdigest()) != (file.size, file.digest):
        raise rules.ObjectDamaged(key=file.key)
    writer.add(FILES + file.key, BytesIO(content), file.size)
    return Content(size=file.size, sha256=digest, media_type=file.media_type)


def check_content(archive: Archive, settings: Settings, voice: Voice) -> Manifest:
    """Hold every byte against the manifest, and the manifest against the keys and against what this program knows.

    From then on the archive gives out nothing else, whoever writes into it meanwhile.
    """
    sizes = archive.sizes()
    if sizes.pop(MANIFEST) > manifests.LARGEST:
        raise rules.Damaged(where=MANIFEST)
    with archive.open(MANIFEST) as source:
        raw = source.read()
    manifest = manifests.read(raw, settings)
    check_revision(manifest.revision, settings)
    if {name: content.size for name, content in manifest.members.items()} != sizes:
        raise rules.Damaged(where=MANIFEST)
    done, total = 0, sum(sizes.values())

    def advance(count: int) -> None:
        nonlocal done
        done += count
        voice.progress(READING_PART, done, total)

    archive.believe({MANIFEST: sha256(raw).hexdigest(), **{name: content.sha256 for name, content in manifest.members.items()}})
    for name in manifest.members:
        archive.digest(name, advance)
    voice.say(CONTENT_HOLDS)
    if manifest.made_at > datetime.now(UTC) + AHEAD:
        voice.say(MADE_AHEAD.fill(made_at=f"{manifest.made_at.astimezone(settings.zone):%Y-%m-%d %H:%M:%S}"))
    return manifest


def carried(archive: Archive, manifest: Manifest, key: bytes) -> Noted:
    """The checkpoints of the audit trail as they were when the backup began."""
    noted = Noted()
    for name in manifest.members:
        if name.startswith(CHECKPOINTS):
            with archive.open(name) as source:
                noted.add_object(name.removeprefix(FILES), source.read(LONGEST + 1), key)
    return noted


def erased_by_then(archive: Archive, manifest: Manifest) -> frozenset[str]:
    """By what those are known whose erasures the storage told of when the backup began; nobody in an archive that does not say."""
    if ERASURES not in manifest.members:
        return frozenset()
    with archive.open(ERASURES) as source:
        return frozenset(source.read().decode().split())


def absent_files(manifest: Manifest, storage: Storage) -> list[str]:
    """The files that the storage has yet to be given. Raises `ObjectTaken` where a name holds something else."""
    absent = []
    for name, content in manifest.members.items():
        if not name.startswith(FILES):
            continue
        key = name.removeprefix(FILES)
        try:
            with storage.open(key) as present:
                if digest_of(present) != content.sha256:
                    raise rules.ObjectTaken(key=key)
        except NoSuchObject:
            absent.append(name)
    return absent


def media_type_of(content: Content) -> str:
    """What a stored object is put back as: a row may tell anything of it, and not all can stand in a header."""
    told = content.media_type or ""
    return told if _MEDIA_TYPE.fullmatch(told) else "application/octet-stream"


def objects_of_others(manifest: Manifest, storage: Storage) -> Iterator[str]:
    """By what a storage is known for another installation's: the mark that house is kept there, whatever else it has, and what lies
    where files do and is none of the archive's: the next sweep of what is restored would take it."""
    if storage.size(MARK) is not None:
        yield MARK
    for item in storage.objects():
        if is_of_a_file(item.key) and not item.key.startswith(f"{PROBES}/") and FILES + item.key not in manifest.members:
            yield item.key


def check_revision(revision: str, settings: Settings) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(schema.config(settings.database_url)).walk_revisions()}
    if revision not in known:
        raise rules.UnknownRevision(revision=revision)


def is_older(revision: str, settings: Settings) -> bool:
    """Whether a revision is not the newest that this program knows."""
    return revision != ScriptDirectory.from_config(schema.config(settings.database_url)).get_current_head()
