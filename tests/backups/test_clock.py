"""A backup that is made, and one that is restored, by a clock that is far off."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from api.audit.rules import LONGEST_PAUSE
from api.backups.service import backup, restore, verify
from api.building import build
from api.housekeeping import BY_ANY_CLOCK, CHORES, keep_house
from api.settings import Settings
from tests.backups.installation import SILENT, Heard, Installation
from tests.clock import Ahead, ahead

__all__ = ["ahead"]
ON_ENGINES = ("sqlite",)
FAR = LONGEST_PAUSE + timedelta(days=1)


def kept(settings: Settings) -> set[str]:
    """The chores that are done."""
    house = build(settings)
    with closing(house.database):
        return {name for name, number in keep_house(house).items() if number is not None}


def warned(heard: Heard) -> list[str]:
    return [said.partition(",")[0] for said in heard.said if said.startswith("CAUTION: this machine's clock")]


def test_a_backup_by_a_clock_that_is_far_off_says_so_and_keeps_nobody_from_keeping_house_afterwards(
    living: Installation, tmp_path: Path, ahead: Ahead
) -> None:
    assert kept(living.settings) == set(CHORES)
    for by, told in ((FAR, 1), (timedelta(), 0), (-FAR, 1)):
        ahead(by)
        heard = Heard()
        backup(living.settings, tmp_path / f"{by.days}.tar", heard.voice)
        assert len(warned(heard)) == told
    ahead(timedelta())
    for days in (0, 1, 59, 100, 150):
        ahead(timedelta(days=days))
        assert kept(living.settings) == set(CHORES)


def test_a_backup_that_bears_a_time_to_come_is_told_of(
    living: Installation, elsewhere: Settings, tmp_path: Path, ahead: Ahead
) -> None:
    ahead(FAR)
    path = tmp_path / "ahead.tar"
    backup(living.settings, path, SILENT)
    for by, told in ((timedelta(), 1), (FAR, 0)):
        ahead(by)
        heard = Heard()
        verify(living.settings, path, heard.voice)
        assert sum("yet to come" in said for said in heard.said) == told
    ahead(timedelta())
    heard = Heard()
    restore(elsewhere, path, heard.voice)
    assert any("yet to come" in said for said in heard.said) and not warned(heard), "it is the clock of then that was wrong"


@pytest.mark.parametrize("same", [False, True], ids=["elsewhere", "in the same storage"])
@pytest.mark.parametrize("by", [FAR, -FAR], ids=["ahead", "behind"])
def test_what_was_restored_by_a_clock_that_is_far_off_keeps_no_house_by_it(
    living: Installation, archive: Path, elsewhere: Settings, ahead: Ahead, by: timedelta, same: bool
) -> None:
    assert kept(living.settings) == set(CHORES)
    place = elsewhere.model_copy(update={"storage_url": living.settings.storage_url}) if same else elsewhere
    heard = Heard()
    ahead(by)
    restore(place, archive, heard.voice, same_storage=same)
    assert len(warned(heard)) == 1
    for _ in range(3):
        assert kept(place) == BY_ANY_CLOCK


@pytest.mark.parametrize("by", [20 * FAR, FAR + timedelta(days=2), -FAR], ids=lambda by: f"{by.days} days")
def test_a_backup_by_the_clock_that_is_far_off_does_not_vouch_for_it_where_it_is_restored(
    living: Installation, elsewhere: Settings, tmp_path: Path, ahead: Ahead, by: timedelta
) -> None:
    for days in (0, 1, 2):
        ahead(timedelta(days=days))
        assert kept(living.settings) == set(CHORES)
    ahead(by)
    path, heard = tmp_path / "off.tar", Heard()
    # What the trail is noted by goes on by any clock.
    assert kept(living.settings) == BY_ANY_CLOCK
    backup(living.settings, path, SILENT)
    restore(elsewhere, path, heard.voice)
    assert len(warned(heard)) == 1
    assert kept(elsewhere) == BY_ANY_CLOCK
    ahead(timedelta(days=3))
    assert kept(elsewhere) == set(CHORES), "nothing was written that the right clock is held against"


def test_what_was_restored_by_a_clock_that_is_right_keeps_house_at_once(
    living: Installation, elsewhere: Settings, tmp_path: Path, ahead: Ahead
) -> None:
    assert kept(living.settings) == set(CHORES)
    path, heard = tmp_path / "right.tar", Heard()
    backup(living.settings, path, SILENT)
    ahead(LONGEST_PAUSE - timedelta(days=1))
    restore(elsewhere, path, heard.voice)
    assert not warned(heard)
    assert kept(elsewhere) == set(CHORES)
