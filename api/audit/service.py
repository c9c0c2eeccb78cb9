"""The audit trail: one line per change, written in the change's own transaction, chained by an HMAC.

Each line's code covers the line before it, so that an edit, a removal or a change of order shows. The head of the chain covers
the last line under a seal of its own, so that lines cut off at the end show too. The whole database set back to an older copy shows
by the checkpoints that lie elsewhere (`checkpoints.py`). The key lies in the settings, never in the database.
"""

import hmac
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from api.access.names import organization_names
from api.access.scope import Access
from api.adapters.postgresql import by_the_server_alone
from api.adapters.typed_text import legible
from api.audit import queries
from api.audit.definitions import queries as definitions
from api.audit.definitions.changing import defined_before, defined_now
from api.audit.rules import Break, Checkpoint, binding, is_ahead
from api.audit.stored import Head, Written
from api.database import Work
from api.pagination import Pages
from models.audit import AuditLine

FIRST = "0" * 64
"""What the first line's code covers in place of a line before it."""
LINES_AT_ONCE = 1000
"""How many lines of a transaction are written together."""
MOST_NAMED, LONGEST_NAMED = 3, 120
"""Of how many things that the program has not made is told, and in how many characters each: somebody else has named them."""


log = structlog.get_logger("liangxian")

_as_json: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Swallowed(Exception):
    """The database has done as if it had written into the trail."""


class Walk(NamedTuple):
    """What a walk along the chain has found: how many lines hold from the first on, the code of the last of them, and the first
    break, if there is one. Where there is none, the trail ends with that line."""

    lines: int
    mac: str
    broken: Break | None


def chain(key: bytes) -> Callable[[Work], None]:
    """Make the step that writes a transaction's audit lines, last of all before its commit.

    The head is locked from here to the commit, so writers wait for each other only for that long. The step raises `Swallowed` where
    the database writes less than it is told to: then nothing is done that the trail does not tell.
    """

    def append(work: Work) -> None:
        seq, before = _continued(work, key, len(work.entries))
        mac = FIRST
        rows: list[dict[str, Any]] = []
        for entry in work.entries:
            seq += 1
            line = Written(
                seq=seq,
                at=work.at,
                actor_id=work.origin.actor_id,
                action=entry.action,
                target_kind=entry.target_kind,
                target_id=entry.target_id,
                organization_id=entry.organization_id,
                request_id=work.origin.request_id,
                details=entry.details,
            )
            before = mac = code(key, before, line)
            rows.append({**line._asdict(), "mac": mac})
            if len(rows) == LINES_AT_ONCE:
                # A large import has hundreds of thousands of lines: memory holds only some of them.
                _add(work, rows)
                rows.clear()
        if rows:
            _add(work, rows)
        if not queries.set_head(work, Head(seq, mac, seal(key, seq, mac))):
            raise _swallowed("audit_head")

    return append


def code(key: bytes, before: str, line: AuditLine | Written) -> str:
    """The hexadecimal HMAC-SHA-256 of a line and of the code before it, over one canonical JSON text."""
    content = [
        before,
        line.seq,
        line.at.isoformat(),
        _text(line.actor_id),
        line.action,
        line.target_kind,
        _text(line.target_id),
        _text(line.organization_id),
        line.request_id,
        line.details,
    ]
    return hmac.new(key, _as_json(content).encode(), sha256).hexdigest()


def seal(key: bytes, seq: int, mac: str) -> str:
    """What the head of the chain bears so that nobody without the key can set it back to an earlier line."""
    return hmac.new(key, f"head {seq} {mac}".encode(), sha256).hexdigest()


def genuine_head(head: Head | None, key: bytes) -> Head | None:
    """This end of the chain, if it was written by somebody with the key, or stands before the first line."""
    if head is None or (head.seq == 0 and head.mac != FIRST):
        return None
    return head if head.seq == 0 or _same(head.seal, seal(key, head.seq, head.mac)) else None


def end_of(connection: Connection) -> tuple[int, str]:
    """The number and the code of the last line as the end of the chain tells them, whoever has set it; those before the first line
    where it tells none."""
    head = queries.head(connection)
    return (head.seq, head.mac) if head is not None else (0, FIRST)


def verify(work: Work, key: bytes, noted: Sequence[Checkpoint] = ()) -> tuple[int, Break | None]:
    """Walk the whole chain. Returns how many lines hold from the first on, and the first break, as `walk` does."""
    walked = walk(work, key, noted)
    return walked.lines, walked.broken


def walk(work: Work, key: bytes, noted: Sequence[Checkpoint] = (), *, behind: Checkpoint | None = None) -> Walk:
    """Walk the whole chain in bounded memory, and hold it against what was noted elsewhere; or `behind` a checkpoint, which has
    held up to its line, that line and what comes after it.

    At the first break a line is `missing`, `altered`, `unreadable` or `not_as_noted`, the end is `cut_off`, or the table is
    `disguised`; where all lines hold, the tables may still be `not_as_made`, or `changed_meanwhile`, so that nobody knows what was
    walked.
    """
    connection = work.connection()
    before = defined_before(connection)
    with by_the_server_alone(connection):
        walked = _walk(work, key, noted, behind)
    if walked.broken is None and before is not None and defined_now(connection.engine) != before:
        return walked._replace(broken=Break(walked.lines + 1, "changed_meanwhile"))
    return walked


def _walk(work: Work, key: bytes, noted: Sequence[Checkpoint], behind: Checkpoint | None) -> Walk:
    if not definitions.stands(work):
        return Walk(0, FIRST, Break(1, "missing"))
    if definitions.is_disguised(work):
        return Walk(0, FIRST, Break(1, "disguised"))
    head = genuine_head(queries.head(work.connection()), key)
    wanted: dict[int, list[Checkpoint]] = {}
    for checkpoint in binding(noted):
        wanted.setdefault(checkpoint.seq, []).append(checkpoint)
    last, end = 0, FIRST
    if behind is not None and behind.seq > 0:
        if not queries.holds(work, behind.seq, behind.mac):
            return Walk(last, end, Break(behind.seq, "not_as_noted", behind))
        noted_line = [one.line for one in queries.lines_numbered(work, [behind.seq]) if one.line is not None]
        if not genuine_among(work, key, noted_line):
            return Walk(last, end, Break(behind.seq, "altered"))
        last, end = behind.seq, behind.mac
    for seq, line in queries.every_line(work, behind=last):
        if seq is None:
            return Walk(last, end, Break(last + 1, "unreadable"))
        if seq <= last:
            return Walk(last, end, Break(seq, "altered"))
        if seq != last + 1:
            return Walk(last, end, Break(last + 1, "missing"))
        if line is None:
            return Walk(last, end, Break(seq, "unreadable"))
        said, mac = line
        if not _same(mac, code(key, end, said)):
            return Walk(last, end, Break(seq, "altered"))
        for checkpoint in wanted.get(seq, ()):
            if checkpoint.mac != mac:
                return Walk(last, end, Break(seq, "not_as_noted", checkpoint))
        last, end = seq, mac
    for checkpoint in (one for number in wanted if number < 1 for one in wanted[number]):
        if (checkpoint.seq, checkpoint.mac) != (0, FIRST):
            return Walk(last, end, Break(last + 1, "not_as_noted", checkpoint))
    if (beyond := min((number for number in wanted if number > last), default=None)) is not None:
        return Walk(last, end, Break(last + 1, "cut_off", wanted[beyond][0]))
    if head is None or (head.seq, head.mac) != (last, end):
        return Walk(last, end, Break(last + 1, "cut_off"))
    if last == 0 and queries.something_exists(work):
        return Walk(last, end, Break(1, "cut_off"))
    other = definitions.not_as_made(work)
    named = tuple(legible(one)[:LONGEST_NAMED] for one in other[:MOST_NAMED])
    return Walk(last, end, Break(last + 1, "not_as_made", found=named) if other else None)


def unnoted_since(work: Work, noted: Sequence[Checkpoint]) -> datetime | None:
    """Since when nothing was noted: the newest checkpoint, or the first line where there is none; None where there is neither. One
    of a moment that is yet to come does not tell: a clock was ahead."""
    return max((one.written_at for one in noted if not is_ahead(one, work.at)), default=None) or queries.first_line_at(work)


def may_alter_lines(work: Work) -> bool:
    """Whether the program itself could change or remove lines, since it is no role of PostgreSQL's that may only add to them."""
    return queries.may_alter_lines(work)


def list_audit_lines(
    work: Work, access: Access, key: bytes, pages: Pages, *, target_id: UUID | None, actor_id: UUID | None
) -> tuple[list[dict[str, Any]], list[int], str | None]:
    """The newest lines first, of the organisations within reach, each with `organization_name`; of the whole district's also those
    about no organisation; each also with `is_genuine`. Then the numbers of those among them that say nothing, since the program
    writes none such."""
    numbers = queries.numbers_within(access.reach(work))
    if target_id is not None:
        numbers = numbers.where(col(AuditLine.target_id) == target_id)
    if actor_id is not None:
        numbers = numbers.where(col(AuditLine.actor_id) == actor_id)
    found, following = pages.read(work, numbers.order_by(col(AuditLine.seq).desc()))
    lines = queries.lines_numbered(work, found)
    if queries.unnumbered_exists(work):
        log.error("audit_lines_unnumbered")
    unreadable = [seq for seq, line in lines if line is None and seq is not None]
    if unreadable:
        log.error("audit_lines_unreadable", seqs=unreadable)
    readable = [line for _, line in lines if line is not None]
    genuine = genuine_among(work, key, readable)
    if len(genuine) < len(readable):
        log.error("audit_lines_not_genuine", seqs=[line.seq for line, _ in readable if line.seq not in genuine])
    names = organization_names(work, {line.organization_id for line, _ in readable if line.organization_id is not None})
    told = [
        # A line stays when its organisation is gone.
        line._asdict()
        | {"organization_name": line.organization_id and names.get(line.organization_id), "is_genuine": line.seq in genuine}
        for line, _ in readable
    ]
    return told, unreadable, following


def last_edits(work: Work, action: str, target_ids: Collection[UUID]) -> dict[UUID, dict[str, Written]]:
    """Of these things, by their keys, the last line of an action that names each field among its `fields`."""
    found: dict[UUID, dict[str, Written]] = {}
    for line, _ in (one.line for one in queries.lines_about(work, [action], target_ids) if one.line is not None):
        fields = line.details.get("fields")
        if line.target_id and isinstance(fields, list):
            found.setdefault(line.target_id, {}).update(dict.fromkeys(map(str, fields), line))
    return found


def last_genuine(work: Work, key: bytes, actions: Collection[str], target_id: UUID) -> Written | None:
    """The last line of these actions about a thing. None where there is none, or the last one is not genuine."""
    found = queries.lines_about(work, actions, [target_id])
    if not found or found[-1].line is None:
        return None
    line, mac = found[-1].line
    return line if genuine_among(work, key, [(line, mac)]) else None


def genuinely_done(work: Work, key: bytes, actions: Collection[str], target_ids: Collection[UUID]) -> set[UUID]:
    """Those of some things of which a genuine line of these actions tells."""
    lines = [one.line for one in queries.lines_about(work, actions, target_ids) if one.line is not None]
    genuine = genuine_among(work, key, lines)
    return {line.target_id for line, _ in lines if line.seq in genuine and line.target_id is not None}


def genuine_among(work: Work, key: bytes, lines: Sequence[tuple[Written, str]]) -> set[int]:
    """The numbers of those lines that somebody with the key has written behind the line that stands before each: whoever only
    writes into the database makes up none, and alters none. Where he has given a line the number of another, neither is one."""
    times = Counter(line.seq for line, _ in lines)
    codes = {line.seq: mac for line, mac in lines}
    behind = queries.lines_numbered(work, {seq - 1 for seq in codes} - codes.keys())
    codes |= {0: FIRST} | {one.line[0].seq: one.line[1] for one in behind if one.line is not None}
    return {
        line.seq
        for line, mac in lines
        if times[line.seq] == 1 and line.seq - 1 in codes and _same(mac, code(key, codes[line.seq - 1], line))
    }


def readable(work: Work, numbers: SelectOfScalar[int]) -> list[tuple[Written, str]]:
    """The lines whose numbers a query selects, the highest first, each with its code, but for those that say nothing."""
    return [line for _, line in queries.lines_among(work, numbers) if line is not None]


def _continued(work: Work, key: bytes, count: int) -> tuple[int, str]:
    """Behind which number as many lines are to be written, and what the code of the first covers: the line before it.

    Behind an end that somebody without the key has set, or where he has put lines in the way, what is written stays told apart for
    good: otherwise the seal that is made anew here would hide what he has cut off. Nobody is kept from working.
    """
    head = queries.locked_head(work)
    found = genuine_head(head, key)
    if found is not None and (found.seq > 0 or not queries.something_exists(work, begun=work.at)):
        following = queries.next_line(work, found.seq)
        if following is None or following > found.seq + count:
            return found.seq, found.mac
    log.error("audit_head_forged", seq=head and head.seq)
    told = head if head is not None and 0 <= head.seq < queries.LARGEST else Head(0, FIRST, "")
    following = queries.next_line(work, told.seq)
    is_free = following is None or following > told.seq + count
    return told.seq if is_free else queries.last_before_room(work, told.seq, count), f"forged {told.mac}"


def _add(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    if not queries.add_lines(work, rows):
        raise _swallowed("audit_line")


def _swallowed(table: str) -> Swallowed:
    log.error("audit_line_swallowed", table=table)
    return Swallowed()


def _same(found: str, wanted: str) -> bool:
    return hmac.compare_digest(found.encode(), wanted.encode())


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
