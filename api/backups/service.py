"""Backup, check and restoration: the database and the stored objects as of one moment, in one file, without any key."""

import asyncio
import sqlite3
import tomllib
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Protocol

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine as create_plain_engine
from sqlalchemy.exc import DBAPIError

from api import schema
from api.adapters.storage import NoSuchObject, Storage
from api.adapters.storages import open_storage
from api.audit.service import verify as verify_trail
from api.backups import dumped, postgresql, queries, rules, sqlite
from api.backups import manifest as manifests
from api.backups.archive import DATABASE, FILES, MANIFEST, Archive, OtherSize, Writer, digest_of, written_whole
from api.backups.manifest import Content, Engine, Manifest
from api.backups.rules import Facts
from api.cards.rules import state_on
from api.database import Database, Followers, Origin, Work, create_engine
from api.days import day_of
from api.errors import Text, Unavailable
from api.settings import Settings, derive
from api.verification.reader import reader
from api.verification.service import find_card
from models.enums import ScanOutcome


@dataclass(frozen=True)
class Voice:
    """How somebody is kept told: by sentences, and by how much of a part (in its own units) is done of how much."""

    say: Callable[[Text], None]
    progress: Callable[[Text, int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What an archive was found to hold."""

    manifest: Manifest
    bytes: int
    audit_lines: int | None
    """How many lines of the audit trail were walked; None where it was not."""

    @property
    def files(self) -> int:
        return sum(name.startswith(FILES) for name in self.manifest.members)


class Place(Protocol):
    """Where a database is restored to: checked, taken, finished once it is proven, and dropped in any case."""

    stands: bool
    """Whether the restored database is there for good."""

    @property
    def url(self) -> str: ...

    def check_empty(self) -> None: ...

    def take(self, archive: Archive) -> None: ...

    def finish(self) -> None: ...

    def drop(self) -> None:
        """Remove what did not come to stand. Raises a `DBAPIError` where a server does not let it."""


@dataclass(frozen=True)
class _Snapshot:
    """The database as of one moment, written to a file of its own."""

    engine_version: int
    tool_version: int
    facts: Facts
    files: list[queries.ReadyFile]


COPYING = Text("正在复制数据库（其他人可以照常使用）。", "Copying the database; others may go on working.")
FILES_PART = Text("照片和附件", "photos and attachments")
READING_PART = Text("核对备份文件", "reading the backup")
WRITTEN = Text("备份已写好，并已落盘。", "The backup is written, and on the disk.")
CONTENT_HOLDS = Text("备份文件完整，密钥相符。", "The backup is whole, and the keys are its own.")
DUMP_READ = Text("转储已全部读出。", "The dump was read to its end.")
RESTORING = Text("正在恢复数据库。", "Restoring the database.")
MIGRATED = Text("数据库结构已从 {found} 升级到当前版本。", "The schema was brought from {found} to the present revision.")
ROWS_HOLD = Text("{tables} 张表共 {rows} 行，与备份时一致。", "{tables} tables hold {rows} rows, as when the backup was made.")
TRAIL_HOLDS = Text("审计记录 {lines} 条全部相符。", "All {lines} audit lines hold.")
FILES_THERE = Text("登记的 {count} 个文件都在。", "All {count} registered files are there.")
SCANS_HOLD = Text(
    "试扫了 {count} 个已印出的二维码，结果与身份卡状态相符。",
    "{count} printed codes were looked up, and answered as their cards are.",
)
STAYS_UNPROVEN = Text(
    "没有恢复完成的数据库未能清除，请勿使用，清空后再试。",
    "The database that was not restored to the end could not be removed: do not use it; empty it, then try again.",
)
OTHER_ADDRESS = Text(
    "注意：备份时的网址是 {there}，现在是 {here}，已印出的二维码仍指向原网址。",
    "Note: the address was {there} when the backup was made and is {here} now; printed codes lead to the former one.",
)


def backup(settings: Settings, path: Path, voice: Voice) -> Outcome:
    """Write the database and every stored object that it names, as of one moment, into a new file, while others write.

    Raises `AlreadyThere`, or whatever else of `rules` stands in the way; then there is no file.
    """
    storage = open_storage(settings)
    with written_whole(path) as (target, _), NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part") as held:
        voice.say(COPYING)
        snapshot = _take_snapshot(settings, Path(held.name))
        _check_revision(snapshot.facts.revision, settings)
        writer = Writer(target)
        # Read by its name: SQLite and pg_dump have written it by their own means.
        with Path(held.name).open("rb") as copied:
            size = copied.seek(0, 2)
            copied.seek(0)
            members = {DATABASE: Content(size=size, sha256=writer.add(DATABASE, copied, size))}
        for done, file in enumerate(snapshot.files, start=1):
            members[FILES + file.key] = _add_file(writer, storage, file)
            voice.progress(FILES_PART, done, len(snapshot.files))
        manifest = Manifest(
            made_at=datetime.now(UTC),
            program=tomllib.loads((schema.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
            public_url=settings.base_url,
            engine=_engine_of(settings),
            engine_version=snapshot.engine_version,
            tool_version=snapshot.tool_version,
            revision=snapshot.facts.revision,
            rows=snapshot.facts.rows,
            audit_seq=snapshot.facts.audit_seq,
            audit_mac=snapshot.facts.audit_mac,
            keys=manifests.key_checks(settings),
            members=members,
        )
        raw = manifests.write(manifest, settings)
        writer.add(MANIFEST, BytesIO(raw), len(raw))
        writer.finish()
        total = target.tell()
    voice.say(WRITTEN)
    return Outcome(manifest, total, None)


def verify(settings: Settings, path: Path, voice: Voice) -> Outcome:
    """Check an archive against these keys: its structure, each byte, and the database in it, without a server.

    An SQLite database is opened as a copy, and the rows of a PostgreSQL one are put into one; then its audit trail is walked, and
    printed codes are looked up. Raises whatever of `rules` is wrong.
    """
    with Archive(path) as archive:
        manifest = _check_content(archive, settings, voice)
        with TemporaryDirectory(prefix="liangxian-") as folder:
            copy, script = Path(folder) / DATABASE, Path(folder) / "rows.sql"
            if manifest.engine == "sqlite":
                archive.extract(DATABASE, copy)
            else:
                postgresql.write_rows(settings, archive, manifest.engine_version, manifest.tool_version, script)
                try:
                    dumped.load(script, copy, manifest.revision)
                except (sqlite3.Error, ValueError) as error:
                    raise rules.Damaged(where=DATABASE) from error
                script.unlink()
                voice.say(DUMP_READ)
            lines, findings = _prove(sqlite.url_of(copy), manifest, settings, None, voice)
        if findings:
            raise rules.NotProven(findings)
        return Outcome(manifest, archive.size, lines)


def restore(settings: Settings, path: Path, voice: Voice) -> Outcome:
    """Restore an archive into the empty database and the storage that the settings name, and prove that it is what it was.

    Everything is checked before anything is written, and what cannot be completed is taken back. Raises whatever of `rules` is
    wrong; `NotProven` where all was restored, but is not as it should be.
    """
    with Archive(path) as archive:
        manifest = _check_content(archive, settings, voice)
        place = _place(manifest, settings)
        place.check_empty()
        storage = open_storage(settings)
        absent = _absent_files(manifest, storage)
        if absent:
            storage.check()
        added: list[str] = []
        try:
            for name in absent:
                key = name.removeprefix(FILES)
                added.append(key)
                with archive.open(name) as source:
                    storage.put(key, source, manifest.members[name].media_type or "application/octet-stream")
                voice.progress(FILES_PART, len(added), len(absent))
            voice.say(RESTORING)
            place.take(archive)
            lines, findings = _prove(place.url, manifest, settings, storage, voice)
            place.finish()
        except BaseException:
            if not place.stands:
                _take_back(storage, added)
            raise
        finally:
            try:
                place.drop()
            except DBAPIError:
                voice.say(STAYS_UNPROVEN)
        if settings.base_url != manifest.public_url:
            voice.say(OTHER_ADDRESS.fill(there=manifest.public_url, here=settings.base_url))
        if findings:
            raise rules.NotProven(findings)
        return Outcome(manifest, archive.size, lines)


def _take_back(storage: Storage, keys: Iterable[str]) -> None:
    """Delete what was added. What cannot be deleted is left to the sweep: why the restoration failed matters more."""
    for key in keys:
        with suppress(Unavailable):
            storage.delete(key)


def _engine_of(settings: Settings) -> Engine:
    return "sqlite" if settings.database_url.startswith("sqlite") else "postgresql"


def _place(manifest: Manifest, settings: Settings) -> Place:
    wanted = _engine_of(settings)
    if manifest.engine != wanted:
        raise rules.OtherEngine(found=manifest.engine, wanted=wanted)
    if wanted == "sqlite":
        return sqlite.SqlitePlace(settings.database_url)
    return postgresql.PostgresqlPlace(settings, server=manifest.engine_version, written_by=manifest.tool_version)


def _take_snapshot(settings: Settings, target: Path) -> _Snapshot:
    if _engine_of(settings) == "sqlite":
        sqlite.copy(sqlite.path_of(settings.database_url), target)
        # Not by our own engine, which would set the copy to WAL mode again.
        engine = create_plain_engine(sqlite.url_of(target))
        try:
            with engine.connect() as connection:
                return _Snapshot(3, 0, queries.facts(connection), queries.ready_files(connection))
        finally:
            engine.dispose()
    engine = create_engine(settings.database_url)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            snapshot = postgresql.export_snapshot(connection)
            server = postgresql.server_version(connection)
            facts, files = queries.facts(connection), queries.ready_files(connection)
            tool = postgresql.dump(settings, engine, snapshot, server, target)
            return _Snapshot(server, tool, facts, files)
    finally:
        engine.dispose()


def _add_file(writer: Writer, storage: Storage, file: queries.ReadyFile) -> Content:
    try:
        with storage.open(file.key) as source:
            digest = writer.add(FILES + file.key, source, file.size)
    except NoSuchObject:
        raise rules.ObjectMissing(key=file.key) from None
    except OtherSize:
        raise rules.ObjectDamaged(key=file.key) from None
    if digest != file.digest:
        raise rules.ObjectDamaged(key=file.key)
    return Content(size=file.size, sha256=digest, media_type=file.media_type)


def _check_content(archive: Archive, settings: Settings, voice: Voice) -> Manifest:
    """Hold every byte against the manifest, and the manifest against the keys and against what this program knows."""
    sizes = archive.sizes()
    if sizes.pop(MANIFEST) > manifests.LARGEST:
        raise rules.Damaged(where=MANIFEST)
    with archive.open(MANIFEST) as source:
        manifest = manifests.read(source.read(), settings)
    _check_revision(manifest.revision, settings)
    if {name: content.size for name, content in manifest.members.items()} != sizes:
        raise rules.Damaged(where=MANIFEST)
    done, total = 0, sum(sizes.values())

    def advance(count: int) -> None:
        nonlocal done
        done += count
        voice.progress(READING_PART, done, total)

    for name, content in manifest.members.items():
        if archive.digest(name, advance) != content.sha256:
            raise rules.Damaged(where=name)
    voice.say(CONTENT_HOLDS)
    return manifest


def _check_revision(revision: str, settings: Settings) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(schema.config(settings.database_url)).walk_revisions()}
    if revision not in known:
        raise rules.UnknownRevision(revision=revision)


def _absent_files(manifest: Manifest, storage: Storage) -> list[str]:
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


def _prove(url: str, manifest: Manifest, settings: Settings, storage: Storage | None, voice: Voice) -> tuple[int, list[Text]]:
    """Hold a restored database against the manifest, bring it to the present revision, walk its audit trail, and look up printed
    codes as a scan would.

    Returns how many lines of the trail hold, and what is not as it should be. Each file must be in the storage, where one is given.
    """
    with closing(_database(url, settings)) as database, database.reading(Origin("restore")) as work:
        findings = rules.differences(manifest.facts, queries.facts(work.connection()))
        if not findings:
            voice.say(ROWS_HOLD.fill(tables=len(manifest.rows), rows=sum(manifest.rows.values())))
    if _is_older(manifest.revision, settings):
        schema.migrate(url)
        voice.say(MIGRATED.fill(found=manifest.revision))
    with closing(_database(url, settings)) as database, database.reading(Origin("restore")) as work:
        lines, broken = verify_trail(work, derive(settings.audit_key, "audit"))
        files = queries.ready_files(work.connection())
        printed = queries.printed_cards(work.connection())
    if broken is None:
        voice.say(TRAIL_HOLDS.fill(lines=lines))
    else:
        findings.append(rules.BROKEN_TRAIL.fill(seq=broken.seq, why=broken.why))
    lost = [file.key for file in files if not _is_there(file, manifest, storage)]
    findings += [rules.FILE_WITHOUT_OBJECT.fill(key=key) for key in lost[:10]]
    if files and not lost:
        voice.say(FILES_THERE.fill(count=len(files)))
    misread = asyncio.run(_scan(url, printed, settings))
    if printed and not misread:
        voice.say(SCANS_HOLD.fill(count=len(printed)))
    return lines, findings + misread


def _database(url: str, settings: Settings) -> Database:
    return Database(url, zone=settings.zone, followers=Followers(), before_commit=_nothing)


async def _scan(url: str, printed: list[queries.PrintedCard], settings: Settings) -> list[Text]:
    """Look up printed codes through the scan door's own reading. Returns each answer that is not what the card's state asks for."""
    at, findings, door = datetime.now(UTC), [], reader(url)
    await door.open()
    try:
        for card in printed:
            found, told = await find_card(door, None, card.code, at, settings.zone, None)
            wanted = ScanOutcome[state_on(card.state, card.expires_on, day_of(at, settings.zone)).name]
            if (found, told.outcome) != (card.card_id, wanted):
                findings.append(rules.OTHER_ANSWER.fill(card=card.card_id, found=told.outcome, wanted=wanted))
    finally:
        await door.close()
    return findings


def _is_older(revision: str, settings: Settings) -> bool:
    return revision != ScriptDirectory.from_config(schema.config(settings.database_url)).get_current_head()


def _is_there(file: queries.ReadyFile, manifest: Manifest, storage: Storage | None) -> bool:
    content = manifest.members.get(FILES + file.key)
    if content is None or (content.size, content.sha256) != (file.size, file.digest):
        return False
    return storage is None or storage.size(file.key) == file.size


def _nothing(_: Work) -> None:
    raise RuntimeError("a backup writes nothing")
