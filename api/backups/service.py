"""Backup, check and restoration: the database and the stored objects as of one moment, in one file, without any key."""

import sqlite3
import tomllib
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine as DatabaseEngine
from sqlalchemy import create_engine as create_plain_engine
from sqlalchemy.exc import DBAPIError

from api import schema
from api.adapters.storage import Storage
from api.adapters.storages import open_storage
from api.audit import checkpoints
from api.audit.clock import check_clock, last_kept
from api.audit.rules import Break, Checkpoint, ClockNotSure, Occasion, is_apart, signed
from api.audit.service import Walk
from api.backups import dumped, postgresql, queries, rules, sqlite
from api.backups import manifest as manifests
from api.backups.archive import DATABASE, ERASURES, FILES, MANIFEST, Archive, Writer, written_whole
from api.backups.content import (
    CHECKPOINTS,
    absent_files,
    add_file,
    carried,
    check_content,
    check_revision,
    erased_by_then,
    is_older,
    media_type_of,
    objects_of_others,
)
from api.backups.erased import check_age, end_sessions_of_then, erase_again, note_all
from api.backups.manifest import Broken, Content, Engine, Manifest
from api.backups.mark import Mark
from api.backups.private import SCRIPT, private_folder
from api.backups.proving import misread_codes, prove, told_break, walked
from api.backups.rules import Facts
from api.backups.voice import (
    CLOCK_DOUBTFUL,
    CLOCK_DOUBTFUL_HERE,
    CODES_MISREAD,
    CODES_NOT_LOOKED_UP,
    COPYING,
    DUMP_READ,
    ERASURES_NOT_NOTED,
    FILES_PART,
    NOT_NOTED,
    NOTED_LATER,
    OTHER_ADDRESS,
    RESTORING,
    STAYS_UNPROVEN,
    TRAIL_BROKEN,
    TRAIL_NOT_WALKED,
    WRITTEN,
    Voice,
)
from api.building import build
from api.database import Followers, Origin, Work, create_engine
from api.errors import Unavailable
from api.privacy.notes import Known, digests_in, told_by
from api.settings import Settings, derive
from api.unfinished import clear_unfinished


@dataclass(frozen=True)
class Outcome:
    """What an archive was found to hold."""

    manifest: Manifest
    bytes: int
    audit_lines: int | None
    """How many lines of the audit trail were walked; None where it was not."""

    @property
    def files(self) -> int:
        return sum(name.startswith(FILES) and not name.startswith(CHECKPOINTS) for name in self.manifest.members)


class Place(Protocol):
    """Where a database is restored to: claimed, taken, finished once it is proven, and dropped in any case."""

    stands: bool
    """Whether the restored database is there for good."""
    was_killed: bool
    """Whether a restoration that was killed had left something in the database, once this was claimed."""

    @property
    def url(self) -> str: ...

    def claim(self) -> None:
        """Clear away what a restoration that was killed has left. Raises where anything else is there, or somebody restores."""

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
    trail: Walk | None
    """What a walk along this very state's audit trail has found; None where there was none to the end."""


def backup(settings: Settings, path: Path, voice: Voice) -> Outcome:
    """Write the database and every stored object that it names, as of one moment, into a new file, while others write.

    Raises `AlreadyThere`, `HalfRestored`, or whatever else of `rules` stands in the way; then there is no file. `FilesLeftOut`
    where it is written without what is not in the storage as it was registered; `OlderSchema` where of a database that says so.
    """
    storage, key = open_storage(settings), derive(settings.audit_key, "audit")
    # Before the trail, which only grows: what is noted now must be in it. So must the erasures be in the database.
    noted = checkpoints.noted_in_storage(storage, key)
    erased = "\n".join(sorted(told_by(storage, key, digests_in(storage)).erasures)).encode()
    if (days := _days_apart(last_kept(storage, key))) is not None:
        voice.say(CLOCK_DOUBTFUL.fill(days=days))
    with written_whole(path) as target:
        voice.say(COPYING)
        writer = Writer(target)
        # Not beside the archive: SQLite and pg_dump write the copy by its name, and so it is read, where nobody else may write.
        with private_folder() as folder:
            copy = folder / DATABASE
            copy.touch(0o600)
            snapshot = _take_snapshot(settings, copy, noted)
            check_revision(snapshot.facts.revision, settings)
            with copy.open("rb") as copied:
                size = copied.seek(0, 2)
                copied.seek(0)
                members = {DATABASE: Content(size=size, sha256=writer.add(DATABASE, copied, size))}
        left_out: list[rules.NotRegistered] = []
        for done, file in enumerate(snapshot.files, start=1):
            try:
                members[FILES + file.key] = add_file(writer, storage, file)
            except rules.NotRegistered as fault:
                left_out.append(fault)
            voice.progress(FILES_PART, done, len(snapshot.files))
        for name, raw in {f"{CHECKPOINTS}{one.name}": signed(one, key).encode() for one in noted.checkpoints}.items():
            members[name] = Content(size=len(raw), sha256=writer.add(name, BytesIO(raw), len(raw)), media_type="application/json")
        members[ERASURES] = Content(size=len(erased), sha256=writer.add(ERASURES, BytesIO(erased), len(erased)))
        broken, is_old = snapshot.trail.broken if snapshot.trail else None, is_older(snapshot.facts.revision, settings)
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
            # An older schema is not yet as this program makes it, and is brought there when it is restored.
            trail=Broken(seq=broken.seq, why=broken.why, found=broken.found) if broken and not is_old else None,
        )
        raw = manifests.write(manifest, settings)
        writer.add(MANIFEST, BytesIO(raw), len(raw))
        writer.finish()
        total = target.tell()
    voice.say(WRITTEN)
    if snapshot.trail is None:
        voice.say(TRAIL_NOT_WALKED)
    elif broken is not None:
        voice.say(TRAIL_BROKEN.fill(why=told_break(broken)))
    else:
        try:
            due = _checkpoint(Occasion.backup, snapshot.trail.lines, snapshot.trail.mac, sha256(raw).hexdigest())
            checkpoints.write(storage, key, due)
        except Unavailable:
            voice.say(NOT_NOTED)
    try:
        if misread := misread_codes(settings.database_url, settings):
            voice.say(CODES_MISREAD.fill(what=rules.told_together(misread)))
    except (Unavailable, DBAPIError):
        voice.say(CODES_NOT_LOOKED_UP)
    try:
        # Behind the backup, so that what the storage tells is newer than it although nobody is erased afterwards.
        note_all(settings, storage, voice)
    except (Unavailable, DBAPIError, ValueError):
        voice.say(ERASURES_NOT_NOTED)
    if left_out:
        raise rules.FilesLeftOut(left_out)
    if is_old:
        raise rules.OlderSchema(revision=manifest.revision)
    return Outcome(manifest, total, None)


def verify(settings: Settings, path: Path, voice: Voice) -> Outcome:
    """Check an archive against these keys: its structure, each byte, and the database in it, without a server.

    An SQLite database is opened as a copy, and the rows of a PostgreSQL one are put into one; then its audit trail is walked, and
    printed codes are looked up. Raises whatever of `rules` is wrong.
    """
    clear_unfinished(path.parent)
    with Archive(path) as archive:
        manifest = check_content(archive, settings, voice)
        noted, told = carried(archive, manifest, derive(settings.audit_key, "audit")), erased_by_then(archive, manifest)
        with private_folder() as folder:
            copy, script = folder / DATABASE, folder / SCRIPT
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
            lines, _, findings = prove(sqlite.url_of(copy), manifest, settings, None, noted, told, voice)
            if manifest.engine == "sqlite":
                # What a restoration still does with the file, as far as its schema lets it be done.
                erase_again(sqlite.url_of(copy), settings, None, voice)
                sqlite.part(copy)
        if not findings and (then := manifest.trail) is not None:
            # Such as what stood in a PostgreSQL database beside the rows, by which a restoration may fail, or find it again.
            findings = [told_break(Break(then.seq, then.why, found=then.found))]
        if findings:
            raise rules.NotProven(findings)
        return Outcome(manifest, archive.size, lines)


def restore(settings: Settings, path: Path, voice: Voice, erased: Known | None = None, *, same_storage: bool = False) -> Outcome:
    """Restore an archive into the empty database and the storage that the settings name, and prove that it is what it was.

    Everything is checked before anything is written, and what cannot be completed is taken back; one that was killed is done again.
    The storage must be nobody's, or that of an installation whose place this one takes, as somebody has decided (`same_storage`).
    Whoever is among `erased`, which must be as new as the archive, is erased again. A checkpoint of the audit trail tells from then
    on why lines that were noted before are gone. Raises whatever of `rules` is wrong; `NotProven` where all was restored, but
    is not as it should be.
    """
    clear_unfinished(path.parent)
    with Archive(path) as archive:
        manifest = check_content(archive, settings, voice)
        if erased is not None:
            check_age(erased, manifest.made_at, settings, voice)
        key = derive(settings.audit_key, "audit")
        noted, told = carried(archive, manifest, key), erased_by_then(archive, manifest)
        storage = open_storage(settings)
        found = checkpoints.noted_in_storage(storage, key)
        there = found.checkpoints
        mark = Mark(storage, derive(settings.audit_key, "restoring"))
        place = _place(manifest, settings, mark)
        if not same_storage:
            rules.check_unused(there, noted.checkpoints, archive.digest(MANIFEST))
            rules.check_has_nothing_else([*found.forged, *islice(objects_of_others(manifest, storage), 1)])
        added: list[str] = []
        try:
            mark.note()
            place.claim()
            if not same_storage and not place.was_killed:
                rules.check_not_of_then(there, archive.digest(MANIFEST))
            absent = absent_files(manifest, storage)
            if absent:
                storage.check()
            _tell_of_later_lines(there, manifest, voice)

            def put(name: str) -> None:
                added.append(name.removeprefix(FILES))
                with archive.open(name) as source:
                    storage.put(added[-1], source, media_type_of(manifest.members[name]))

            files = [name for name in absent if not name.startswith(CHECKPOINTS)]
            for done, name in enumerate(files, start=1):
                put(name)
                voice.progress(FILES_PART, done, len(files))
            voice.say(RESTORING)
            place.take(archive)
            lines, end, findings = prove(place.url, manifest, settings, storage, noted, told, voice)
            end_sessions_of_then(place.url, settings, voice)
            findings += erase_again(place.url, settings, erased, voice)
            # Before the database stands, so that it never stands without. A trail that does not hold goes on being held against
            # what was noted of it where it was broken: a restoration is no reason that lines of then are gone.
            # In the storage of then, where later ones may lie, those are noted anew behind them.
            # Those of then not before the place bears its mark: by them a storage is known for one in use.
            for name in absent:
                if name.startswith(CHECKPOINTS):
                    put(name)
            again = noted.checkpoints if same_storage else []
            restored = [_checkpoint(Occasion.restore, lines, end, archive.digest(MANIFEST))] if end else again
            for checkpoint in restored:
                added.append(checkpoints.write(storage, key, checkpoint))
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
            else:
                with suppress(Unavailable):
                    mark.end(stands=place.stands)
        _tell_of_clock(settings, storage, voice)
        if settings.base_url != manifest.public_url:
            voice.say(OTHER_ADDRESS.fill(there=manifest.public_url, here=settings.base_url))
        if findings:
            raise rules.NotProven(findings)
        return Outcome(manifest, archive.size, lines)


def _checkpoint(occasion: Occasion, lines: int, end: str, digest: str) -> Checkpoint:
    """A checkpoint of the end that was walked to, whatever else tells of an end: anybody may have set that."""
    return Checkpoint(occasion, datetime.now(UTC), lines, end, digest)


def _days_apart(last: datetime | None) -> int | None:
    """How many days this clock is from a time that is known, where that is too far to be sure of it."""
    now = datetime.now(UTC)
    return abs(now - last).days if last is not None and is_apart(last, now) else None


def _tell_of_clock(settings: Settings, storage: Storage, voice: Voice) -> None:
    """Tell where no house will be kept of what was restored by the clock here. The moment at which the backup was made vouches for
    none: it may be of the same clock."""
    house = build(settings)
    with closing(house.database), suppress(Unavailable, DBAPIError):
        try:
            check_clock(house.database, storage, house.audit_key, datetime.now(UTC))
        except ClockNotSure:
            voice.say(CLOCK_DOUBTFUL_HERE)


def _tell_of_later_lines(noted: Sequence[Checkpoint], manifest: Manifest, voice: Voice) -> None:
    until = max((one.seq for one in noted), default=0)
    if until > manifest.audit_seq:
        voice.say(NOTED_LATER.fill(until=until, seq=manifest.audit_seq))


def _take_back(storage: Storage, keys: Iterable[str]) -> None:
    """Delete what was added. What cannot be deleted is left to the sweep: why the restoration failed matters more."""
    for key in keys:
        with suppress(Unavailable):
            storage.delete(key)


def _engine_of(settings: Settings) -> Engine:
    return "sqlite" if settings.database_url.startswith("sqlite") else "postgresql"


def _place(manifest: Manifest, settings: Settings, mark: Mark) -> Place:
    wanted = _engine_of(settings)
    if manifest.engine != wanted:
        raise rules.OtherEngine(found=manifest.engine, wanted=wanted)
    if wanted == "sqlite":
        return sqlite.SqlitePlace(settings.database_url, mark)
    return postgresql.PostgresqlPlace(settings, mark, server=manifest.engine_version, written_by=manifest.tool_version)


def _take_snapshot(settings: Settings, target: Path, noted: checkpoints.Noted) -> _Snapshot:
    if _engine_of(settings) == "sqlite":
        sqlite.copy(sqlite.path_of(settings.database_url), target)
        # Not by our own engine, which would set the copy to WAL mode again.
        engine = create_plain_engine(sqlite.url_of(target))
        try:
            with _reading(engine, settings) as work:
                facts, files = queries.facts(work.connection()), queries.ready_files(work.connection())
                return _Snapshot(3, 0, facts, files, walked(work, settings, noted))
        finally:
            engine.dispose()
    engine = create_engine(settings.database_url)
    try:
        with _reading(engine.execution_options(isolation_level="REPEATABLE READ"), settings) as work:
            connection = work.connection()
            # Of this very state: a restoration marks the database before the first table stands, and until all is proven.
            schema.check_whole(connection)
            snapshot, before = postgresql.export_snapshot(connection)
            server = postgresql.server_version(connection)
            facts, files = queries.facts(connection), queries.ready_files(connection)
            tool = postgresql.dump(settings, engine, snapshot, server, target, facts.rows.keys())
            found = walked(work, settings, noted)
            postgresql.check_unchanged(engine, before)
            return _Snapshot(server, tool, facts, files, found)
    finally:
        engine.dispose()


def _reading(engine: DatabaseEngine, settings: Settings) -> Work:
    """One state of what is backed up, by an engine that may not be the program's own."""
    return Work(engine, Origin("backup"), settings.zone, Followers(), writes=False)
