"""The published status lists: places in them given out, changes noted, signed when it is due."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from api.database import Database, Origin, Work
from api.days import day_of
from api.errors import NotFound
from api.keys.ring import KeyRing
from api.keys.service import withdrawal_of
from api.status_lists import queries, rules, token
from api.status_lists.places import place_of
from models.status_list import StatusList

TOUCHED = "status lists that have changed"


@dataclass(frozen=True)
class Signed:
    """A list's bytes as every worker serves them, and their strong entity tag."""

    content: bytes
    etag: str


@dataclass(frozen=True)
class Signing:
    """What lists are signed with: the keys, and the public address."""

    keys: KeyRing
    base_url: str


def take_places(work: Work, count: int, key: bytes) -> Iterator[tuple[int, int]]:
    """Give out fresh places, each a list and an index in it; nobody else is given any until the transaction ends."""
    counter = queries.locked_counter(work)
    first, counter.allocated = counter.allocated, counter.allocated + count
    for number in range(-(-first // rules.SIZE), -(-counter.allocated // rules.SIZE)):
        work.add(StatusList(number=number))
    work.flush()
    return (place_of(first + offset, key) for offset in range(count))


def note_change(work: Work, number: int) -> None:
    """Note that a card of a list has changed its state; counted once a transaction, last of all, so that nobody waits long."""
    touched: set[int] = work.info.setdefault(TOUCHED, set())
    if not touched:
        work.closing.append(lambda work: queries.count_changes(work, touched))
    touched.add(number)


def list_status_lists(work: Work, base_url: str) -> Sequence[str]:
    """Where the lists are published."""
    return [token.address(base_url, number) for number in queries.numbers(work)]


def count_lists(database: Database, origin: Origin) -> int:
    """How many lists there are."""
    with database.reading(origin) as work:
        return len(queries.numbers(work))


def show_status_list(database: Database, origin: Origin, number: int, signing: Signing) -> Signed:
    """A list as it was signed last, signed anew first if that is due. Raises `NotFound`, or `Unavailable` without a key."""
    with database.reading(origin) as work:
        row = queries.status_list(work, number)
        if row is None:
            raise NotFound
        if not _is_due(work, row):
            return _signed(row)
    with database.writing(origin) as work:
        # Another worker may have signed it meanwhile: what counts is what stands now that it is locked.
        row = queries.status_list(work, number)
        if row is None:
            raise NotFound
        if _is_due(work, row):
            _sign(work, row, signing)
        return _signed(row)


def _is_due(work: Work, row: StatusList) -> bool:
    day = day_of(row.signed_at, work.zone) if row.signed_at else None
    return rules.is_due(
        work.at,
        signed_at=row.signed_at,
        has_changed=row.changes != row.signed_changes,
        is_lapsing=day is not None and day < work.today and queries.has_lapsed_since(work, row.number, day, work.today),
        signed_by_living_key=row.key_slot is not None and withdrawal_of(work, row.key_slot) is None,
    )


def _sign(work: Work, row: StatusList, signing: Signing) -> None:
    slot, key = signing.keys.signing(work)
    states = queries.entries(work, row.number, work.today)
    entries = ((index, rules.STATUSES[state]) for index, state in states)
    row.token = token.write(entries, row.number, base_url=signing.base_url, at=work.at, key=key).encode()
    row.signed_at, row.signed_changes, row.key_slot = work.at, row.changes, slot
    work.flush()


def _signed(row: StatusList) -> Signed:
    content = row.token or b""
    return Signed(content, f'"{sha256(content).hexdigest()[:32]}"')
