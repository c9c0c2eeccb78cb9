"""Holding a database that came out of an archive against what the archive promises."""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError

from api import schema
from api.adapters.storage import Storage
from api.audit.checkpoints import Noted
from api.audit.rules import Break
from api.audit.service import Walk, walk
from api.audit.words import reason
from api.backups import queries, rules
from api.backups.archive import FILES
from api.backups.content import is_older
from api.backups.manifest import Manifest
from api.backups.voice import FILES_THERE, MIGRATED, NOTED_HOLD, ROWS_HOLD, SCANS_HOLD, TRAIL_HOLDS, Voice
from api.building import build
from api.cards.rules import state_on
from api.database import Database, Followers, Origin, Work
from api.days import day_of
from api.errors import Text, Unavailable
from api.privacy.contradicting import contradicting
from api.privacy.notes import lost_among
from api.settings import Settings, derive
from api.verification.reader import reader
from api.verification.service import find_card
from models.enums import ScanOutcome


class Proof(NamedTuple):
    """How many lines of the trail hold, the code of the last one where it holds as a whole and as it was noted, and all that is not
    as it should be."""

    lines: int
    end: str | None
    findings: list[Text]


def prove(
    url: str,
    manifest: Manifest,
    settings: Settings,
    storage: Storage | None,
    noted: Noted,
    erased: frozenset[str],
    voice: Voice,
) -> Proof:
    """Hold a restored database against the manifest, bring it to the present revision, walk its audit trail, hold that against what
    was noted of it, and its members against what was told of erasures, and look up printed codes as a scan would.

    Each file must be in the storage, where one is given.
    """
    with closing(_database(url, settings)) as database, database.reading(Origin("restore")) as work:
        found = queries.facts(work.connection())
        # Archives of earlier programs count also what is not of the schema.
        wanted = replace(manifest.facts, rows={name: count for name, count in manifest.rows.items() if name in queries.OURS})
        findings = rules.differences(wanted, found)
        if not findings:
            voice.say(ROWS_HOLD.fill(tables=len(found.rows), rows=sum(found.rows.values())))
    if is_older(manifest.revision, settings):
        schema.migrate(url, restoring=True)
        voice.say(MIGRATED.fill(found=manifest.revision))
    with closing(_database(url, settings)) as database, database.reading(Origin("restore")) as work:
        lines, mac, broken = walk(work, derive(settings.audit_key, "audit"), noted.checkpoints)
        files = queries.ready_files(work.connection())
    if broken is None:
        voice.say(TRAIL_HOLDS.fill(lines=lines))
        if noted.checkpoints:
            voice.say(NOTED_HOLD.fill(count=len(noted.checkpoints)))
    else:
        findings.append(told_break(broken))
    findings += [rules.FORGED_CHECKPOINT.fill(name=name) for name in noted.forged[:1]]
    lost = [file.key for file in files if not _is_there(file, manifest, storage)]
    findings += [rules.FILE_WITHOUT_OBJECT.fill(key=key) for key in lost[:10]]
    if files and not lost:
        voice.say(FILES_THERE.fill(count=len(files)))
    findings += _contradicted(url, settings, erased)
    looked_up, misread = _look_up(url, settings)
    if looked_up and not misread:
        voice.say(SCANS_HOLD.fill(count=looked_up))
    return Proof(lines, mac if broken is None and not noted.forged else None, findings + misread)


def walked(work: Work, settings: Settings, noted: Noted) -> Walk | None:
    """What a walk along the trail that is backed up finds; None where the database does not let it be walked to its end."""
    try:
        return walk(work, derive(settings.audit_key, "audit"), noted.checkpoints)
    except DBAPIError:
        return None


def misread_codes(url: str, settings: Settings) -> list[Text]:
    """What `prove` would find of printed codes in a database that others write to; nothing while its schema is older than this
    program's, by which codes are looked up."""
    with closing(_database(url, settings)) as database, database.reading(Origin("backup")) as work:
        if is_older(queries.facts(work.connection()).revision, settings):
            return []
    found = _look_up(url, settings)[1]
    # A card may have changed between the two readings of it.
    return [one for one in _look_up(url, settings)[1] if one in found] if found else []


def told_break(broken: Break) -> Text:
    """Why a trail does not hold."""
    why = reason(broken)
    if broken.checkpoint is not None:
        return rules.CONTRADICTED_TRAIL.fill(seq=broken.seq, why=why, checkpoint=broken.checkpoint.name)
    return rules.BROKEN_TRAIL.fill(seq=broken.seq, why=why)


def _contradicted(url: str, settings: Settings, erased: frozenset[str]) -> list[Text]:
    house = build(settings.model_copy(update={"database_url": url}))
    try:
        with closing(house.database), house.database.reading(Origin("restore")) as work:
            found = [one.said() for one in contradicting(work, house.cipher, house.audit_key, erased)]
            lost = lost_among(work, erased)
    except Unavailable:
        raise
    # As with codes: what somebody has written is told, and keeps nobody from the rest.
    except Exception as error:
        return [rules.MEMBERS_UNREAD.fill(why=type(error).__name__)]
    told = [rules.CONTRADICTED_MEMBERS.fill(count=len(found), keys=", ".join(found[:10]))] if found else []
    return told + ([rules.LOST_ERASURES.fill(count=len(lost))] if lost else [])


def _database(url: str, settings: Settings) -> Database:
    return Database(url, zone=settings.zone, followers=Followers(), before_commit=_nothing)


def _look_up(url: str, settings: Settings) -> tuple[int, list[Text]]:
    """Look up printed codes through the scan door's own reading. Returns how many, and each answer that is not what the card's
    state asks for, or that cannot be given."""
    with closing(_database(url, settings)) as database:
        with database.reading(Origin("restore")) as work:
            codes = queries.printed_codes(work.connection())
        return len(codes), asyncio.run(_misread(database, codes, settings))


async def _misread(database: Database, codes: list[tuple[str, str]], settings: Settings) -> list[Text]:
    at, findings, door = datetime.now(UTC), [], reader(database.url)
    await door.open()
    try:
        for code, card_id in codes:
            try:
                with database.reading(Origin("restore")) as work:
                    card = queries.printed_card(work.connection(), code)
                found, told = await find_card(door, None, code, at, settings.zone, None)
                wanted = ScanOutcome[state_on(card.state, card.expires_on, day_of(at, settings.zone)).name]
            # Nobody knows what somebody may have put into a row: whatever comes of it is told, and keeps nobody from the rest.
            except Exception as error:
                findings.append(rules.NO_ANSWER.fill(card=card_id, why=type(error).__name__))
                continue
            if (found, told.outcome) != (card.card_id, wanted):
                findings.append(rules.OTHER_ANSWER.fill(card=card.card_id, found=told.outcome, wanted=wanted))
    finally:
        await door.close()
    return findings


def _is_there(file: queries.ReadyFile, manifest: Manifest, storage: Storage | None) -> bool:
    content = manifest.members.get(FILES + file.key)
    if content is None or (content.size, content.sha256) != (file.size, file.digest):
        return False
    return storage is None or storage.size(file.key) == file.size


def _nothing(_: Work) -> None:
    raise RuntimeError("a backup writes nothing")
