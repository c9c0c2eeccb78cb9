"""What the house does once a day by itself: first, note where the audit trail ends, since whoever writes into the database may let
another chore go on for ever; write down what has lapsed, forget what need not be kept, clear away unused files, and count the
periods that are open; last, leave nothing of former values in the database, and note when it was done."""

from collections.abc import Callable, Mapping
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Thread
from time import monotonic, sleep
from typing import Final

import structlog

from api.access.devices import forget_unused_devices
from api.access.refusals import tell_refusals
from api.accounts.grants import end_passed_grants
from api.audit.checkpoints import write_daily
from api.audit.clock import check_clock, note_time
from api.audit.rules import ClockNotSure
from api.building import PROFILES
from api.cards.service import expire_lapsed_cards
from api.database import Origin, Work
from api.errors import Unavailable
from api.files.sweep import sweep_files
from api.house import House
from api.performance.periods.counting import Counting
from api.privacy.contradicting import check_members
from api.privacy.notes import note_erasures
from api.privacy.retention import forget_personal_data
from api.profiles.service import mend_some_profiles
from api.transfers.service import lapse_transfers
from api.unfinished import Ended
from api.verification.counts import forget_old_counts

A_DAY: Final = timedelta(days=1)
AN_HOUR: Final = timedelta(hours=1)
PAUSE_SECONDS: Final = 0.1
"""Between two pieces of a chore: on SQLite, whoever waits to write looks ten times a second whether he may."""

log = structlog.get_logger("liangxian")

Chore = Callable[[House, datetime], int]
"""What is done by the moment that was held for right, to its end: a clock may jump meanwhile."""


def _in_one_transaction(do: Callable[[Work], int]) -> Chore:
    def chore(house: House, now: datetime) -> int:
        with house.database.writing(Origin("housekeeping", now)) as work:
            return do(work)

    return chore


def _in_pieces(do: Callable[[Work], int]) -> Chore:
    """A chore whose steps are transactions of their own, so that others get in between, a failure takes back one of them at the
    most, and the next time goes on where the last has ended."""

    def chore(house: House, now: datetime) -> int:
        step, done = _in_one_transaction(do), 0
        while some := step(house, now):
            done += some
            sleep(PAUSE_SECONDS)
        return done

    return chore


def _mend_profiles(house: House, now: datetime) -> int:
    done, after = 0, None
    while True:
        with house.database.writing(Origin("housekeeping", now)) as work:
            mended, after = mend_some_profiles(work, PROFILES, after)
        done += mended
        if after is None:
            return done
        sleep(PAUSE_SECONDS)


def _sweep(house: House, now: datetime) -> int:
    return sum(astuple(sweep_files(house.database, house.storage, now)))


def _forget(house: House, now: datetime) -> int:
    return forget_personal_data(house.database, house.storage, house.cipher, house.audit_key, now).total()


def _let_go(house: House, _: datetime, *, wholly: bool = False) -> int:
    house.database.let_go_of_what_was(wholly=wholly)
    return 0


CHORES: Final[Mapping[str, Chore]] = {
    "checkpoints_written": lambda house, now: write_daily(house.database, house.storage, house.audit_key, now),
    "cards_expired": _in_pieces(expire_lapsed_cards),
    "grants_ended": _in_one_transaction(end_passed_grants),
    "transfers_lapsed": _in_one_transaction(lapse_transfers),
    "refusals_told": _in_one_transaction(tell_refusals),
    "devices_forgotten": _in_pieces(forget_unused_devices),
    "scan_counts_forgotten": _in_pieces(forget_old_counts),
    "profiles_mended": _mend_profiles,
    "files_swept": _sweep,
    # Before what forgets anew, and writes it down, whom his row alone says to be erased.
    "members_checked": lambda house, now: check_members(house.database, house.storage, house.cipher, house.audit_key, now),
    "values_forgotten": _forget,
    "erasures_noted": lambda house, now: note_erasures(house.database, house.storage, house.audit_key, now),
    "periods_counted": lambda house, _: Counting(house.database).count_daily(),
    # Once the trail was looked at: what SQLite writes anew has lost what would be told of its schema.
    "former_values_cleared": _let_go,
    "time_noted": lambda house, now: note_time(house.storage, house.audit_key, now),
}

WHOLLY: Final[Mapping[str, Chore]] = {**CHORES, "former_values_cleared": partial(_let_go, wholly=True)}
"""The same, and an SQLite database of any size is written anew."""


BY_ANY_CLOCK: Final = frozenset({"members_checked", "checkpoints_written"})
"""What forgets nothing, and tells of a trail, or of members' rows, that do not hold."""
FOR_GOOD: Final = frozenset(CHORES) - BY_ANY_CLOCK - {"refusals_told", "profiles_mended", "erasures_noted", "periods_counted"}
"""What nobody takes back, and what is not missed where it is done later: what has lapsed is lapsed by its day."""


def keep_house(house: House, chores: Mapping[str, Chore] = CHORES, *, is_clock_right: bool = False) -> dict[str, int | None]:
    """Do each chore by itself, so that one that fails keeps none of the others from being done.

    By a clock that is far from when this was last done none but `BY_ANY_CLOCK` is, since it would forget for good what is to be
    kept for years; unless somebody has said that it is right. Each holds it anew and goes by that moment, since a clock may jump
    meanwhile. Returns of how many rows, files or periods each has disposed, None for one that failed; why it did is logged.
    """
    done: dict[str, int | None] = {}
    unsure: ClockNotSure | None = None
    for name, chore in chores.items():
        now = datetime.now(UTC)
        try:
            if not (is_clock_right or name in BY_ANY_CLOCK):
                _check_clock(house, name, now)
            done[name] = chore(house, now)
        except (KeyboardInterrupt, Ended):
            raise
        except BaseException as error:
            log.warning("housekeeping_failed", chore=name, error=type(error).__name__)
            done[name] = None
            unsure = error if isinstance(error, ClockNotSure) else unsure
    if unsure is not None:
        log.error(unsure.code(), what=unsure.sentence().en, **unsure.params)
    log.info("housekeeping", **done)
    return done


def _check_clock(house: House, name: str, now: datetime) -> None:
    """Raise `ClockNotSure`; while the storage is away, which knows the last time, `Unavailable` before what is done for good."""
    try:
        check_clock(house.database, house.storage, house.audit_key, now)
    except Unavailable:
        if name in FOR_GOOD:
            raise


def keep_house_daily(
    house: House, every: timedelta = A_DAY, chores: Mapping[str, Chore] = CHORES, again: timedelta = AN_HOUR
) -> Event:
    """Keep house beside whatever else this process does: at once, and again after each day; `again` after a chore has failed it is
    tried once more. Nobody waits for it.

    The event that is returned ends it when it is set; otherwise it ends with the process. `house` is closed after each time, since
    no connection should lie idle for a day.
    """
    ended = Event()

    def failed(due: Mapping[str, Chore]) -> Mapping[str, Chore]:
        done: dict[str, int | None] = {}
        try:
            done = keep_house(house, due)
            house.database.close()
        except BaseException as error:
            # Nobody would start this thread again.
            log.warning("housekeeping_failed", error=type(error).__name__)
        return {name: chore for name, chore in due.items() if done.get(name) is None}

    def keep() -> None:
        while True:
            due, next_day = failed(chores), monotonic() + every.total_seconds()
            while (left := next_day - monotonic()) > 0:
                if ended.wait(min(left, again.total_seconds()) if due else left):
                    return
                if due and monotonic() < next_day:
                    due = failed(due)

    Thread(target=keep, name="housekeeping", daemon=True).start()
    return ended
