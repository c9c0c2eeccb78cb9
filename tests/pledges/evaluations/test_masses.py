from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from api.database import Origin
from api.errors import NotFound, Refusal
from api.pledges.evaluations import rules
from api.pledges.evaluations.masses import Rating, has_rated, rate_pledge
from api.pledges.evaluations.tally import tally_of, words_shown
from api.pledges.rules import AlreadyEvaluated
from api.privacy.retention import forget_personal_data
from models.audit import AuditLine
from models.enums import EvaluationSource, Grade, PledgeState, PledgeVisibility, WordsState
from models.evaluation import Evaluation
from tests.conftest import District
from tests.pledges.kept import YEAR, keep_grade, keep_member, keep_pledge

NETWORK = "203.0.113.0/24"
NIGHT = datetime(YEAR, 9, 30, 15, 59, tzinfo=UTC)
"""A minute before the district's October begins."""
GOOD = Grade.satisfied


def rate(
    district: District,
    pledge_id: UUID,
    device: str = "",
    key: str = "",
    network: str = NETWORK,
    grade: Grade = GOOD,
    words: str | None = None,
    at: datetime | None = None,
) -> UUID:
    """Send a rating, from another device with another key where none are given; its key."""
    rating = Rating(grade, words, key or uuid4().hex, device or uuid4().hex, network)
    with district.house.database.writing(Origin("test", at) if at else Origin("test")) as work:
        return rate_pledge(work, pledge_id, rating, district.house.cipher).id


def stored(district: District) -> Sequence[Evaluation]:
    with district.work() as work:
        found: Sequence[Evaluation] = work.exec(select(Evaluation).order_by(col(Evaluation.id))).all()
        return found


def test_one_device_rates_a_pledge_once_a_quarter(district: District) -> None:
    pledge_id, device = keep_pledge(district, "B11"), uuid4().hex
    rate(district, pledge_id, device, at=NIGHT)
    with pytest.raises(AlreadyEvaluated):
        rate(district, pledge_id, device, at=NIGHT)
    rate(district, pledge_id, device, at=NIGHT + timedelta(minutes=1))
    rate(district, keep_pledge(district, "B11"), device, at=NIGHT)
    assert [one.period for one in stored(district)] == [f"{YEAR}-Q3", f"{YEAR}-Q4", f"{YEAR}-Q3"]


def test_a_rating_counts_a_day_after_its_receipt(district: District) -> None:
    pledge_id = keep_pledge(district, "B11")
    rate(district, pledge_id, at=NIGHT)
    for hours, counted in ((23, 0), (24, 1)):
        with district.house.database.reading(Origin("test", NIGHT + timedelta(hours=hours))) as work:
            told = tally_of(work, pledge_id, district.house.cipher)
        assert (told.masses[GOOD], told.waiting) == (counted, 1 - counted)


def test_the_same_key_again_is_answered_alike(district: District) -> None:
    pledge_id, key = keep_pledge(district, "B11"), uuid4().hex
    first = rate(district, pledge_id, key=key)
    assert rate(district, pledge_id, key=key, grade=Grade.average) == first
    assert len(stored(district)) == 1
    assert rate(district, keep_pledge(district, "B11"), key=key) != first


def test_words_of_the_masses_are_held_and_sealed_and_the_grade_counts(district: District) -> None:
    pledge_id = keep_pledge(district, "B11")
    rate(district, pledge_id, words="说到做到。", at=NIGHT)
    (rating,) = stored(district)
    assert rating.words_state is WordsState.held
    assert "说到做到".encode() not in (rating.words_sealed or b"")
    with district.house.database.reading(Origin("test")) as work:
        assert words_shown(work, pledge_id, district.house.cipher) == []
        assert tally_of(work, pledge_id, district.house.cipher).masses[GOOD] == (datetime.now(UTC) > NIGHT + rules.WAITS)
    with district.work() as work:
        work.get_one(Evaluation, rating.id).words_state = WordsState.shown
    with district.house.database.reading(Origin("test")) as work:
        assert [(one.grade, one.words) for one in words_shown(work, pledge_id, district.house.cipher)] == [(GOOD, "说到做到。")]


@pytest.mark.parametrize("state", [PledgeState.submitted, PledgeState.approved, PledgeState.withdrawn])
def test_only_what_is_published_is_rated(district: District, state: PledgeState) -> None:
    with pytest.raises(NotFound):
        rate(district, keep_pledge(district, "B11", state=state))
    rate(district, keep_pledge(district, "B11", state=PledgeState.evaluated))


def test_what_is_not_public_or_is_archived_is_not_rated(district: District) -> None:
    pledge_id = keep_pledge(district, "B11", due_on=date(YEAR, 6, 30))
    for hidden in (PledgeVisibility.branch, PledgeVisibility.inner_party):
        with pytest.raises(NotFound):
            rate(district, keep_pledge(district, "B11", visibility=hidden))
    rate(district, pledge_id, at=datetime(YEAR + 1, 3, 31, 15, 59, tzinfo=UTC))
    with pytest.raises(NotFound):
        rate(district, pledge_id, at=datetime(YEAR + 1, 3, 31, 16, 0, tzinfo=UTC))


def test_a_network_rates_fifty_times_a_day_and_stops_nobody_else(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "A_DAY_FROM_ONE_NETWORK", 3)
    for _ in range(3):
        rate(district, keep_pledge(district, "B11"), at=NIGHT)
    with pytest.raises(rules.TooManyEvaluations) as refused:
        rate(district, keep_pledge(district, "B11"), at=NIGHT)
    assert (refused.value.retry_after, refused.value.members) == (61, {"service_phone": "0574-00001234"})
    rate(district, keep_pledge(district, "B11"), network="198.51.100.0/24", at=NIGHT)
    rate(district, keep_pledge(district, "B11"), at=NIGHT + timedelta(minutes=1))


def test_a_network_rates_one_pledge_twenty_times_a_day(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "A_DAY_ABOUT_ONE_PLEDGE", 2)
    pledge_id, key = keep_pledge(district, "B11"), uuid4().hex
    rate(district, pledge_id, at=NIGHT)
    first = rate(district, pledge_id, key=key, at=NIGHT)
    with pytest.raises(rules.TooManyEvaluations):
        rate(district, pledge_id, at=NIGHT)
    assert rate(district, pledge_id, key=key, at=NIGHT) == first, "what was taken is answered again"
    rate(district, keep_pledge(district, "B11"), at=NIGHT)


def test_of_a_device_it_is_known_whether_it_has_rated_this_quarter(district: District) -> None:
    pledge_id, device = keep_pledge(district, "B11"), uuid4().hex
    rate(district, pledge_id, device)
    with district.house.database.reading(Origin("test")) as work:
        asked = {one: has_rated(work, pledge_id, one, district.house.cipher) for one in (device, uuid4().hex, None)}
    assert list(asked.values()) == [True, False, False]
    with district.house.database.reading(Origin("test", datetime.now(UTC) + timedelta(days=93))) as work:
        assert not has_rated(work, pledge_id, device, district.house.cipher)


def test_neither_device_nor_network_can_be_read_or_brought_together(district: District) -> None:
    device = uuid4().hex
    for at in (NIGHT, NIGHT + timedelta(minutes=1)):
        rate(district, keep_pledge(district, "B11"), device, at=at)
    one, other = stored(district)
    assert one.by_digest != other.by_digest and one.network_digest != other.network_digest
    assert not {device, NETWORK} & {one.by_digest, one.network_digest, one.sent_digest}


def test_from_where_a_rating_came_is_forgotten_after_two_days(district: District) -> None:
    rate(district, keep_pledge(district, "B11"), at=NIGHT)
    for hours, number in ((47, 0), (49, 1)):
        house, now = district.house, NIGHT + timedelta(hours=hours)
        done = forget_personal_data(house.database, house.storage, house.cipher, house.audit_key, now)
        assert done["evaluation"] == number
    assert stored(district)[0].network_digest is None


def test_a_rating_leaves_a_line_without_its_grade_and_without_anybodys_account(district: District) -> None:
    pledge_id = keep_pledge(district, "B11", keep_member(district, "B11"))
    key = rate(district, pledge_id, grade=Grade.dissatisfied, words="没有看到。")
    with district.work() as work:
        line = work.exec(select(AuditLine).where(col(AuditLine.action) == "rate_pledge")).one()
    assert (line.target_id, line.organization_id, line.actor_id) == (key, district.ids["B11"], None)
    assert "dissatisfied" not in str(line.details) and "没有" not in str(line.details)


def test_void_ratings_and_those_of_others_are_told_apart(district: District) -> None:
    pledge_id = keep_pledge(district, "B11")
    keep_grade(district, pledge_id, Grade.average)
    keep_grade(district, pledge_id, Grade.average, EvaluationSource.self)
    with district.house.database.reading(Origin("test")) as work:
        told = tally_of(work, pledge_id, district.house.cipher)
    assert (told.masses[Grade.average], told.own, told.peers, told.organization, told.comments) == (
        1,
        Grade.average,
        None,
        None,
        [],
    )


def test_two_ratings_from_one_device_at_once_are_one(district: District) -> None:
    pledge_id, device = keep_pledge(district, "B11"), uuid4().hex
    start = Barrier(4)

    def send(_: int) -> type[Refusal] | None:
        start.wait()
        try:
            rate(district, pledge_id, device)
        except Refusal as refusal:
            return type(refusal)
        return None

    with ThreadPoolExecutor(4) as senders:
        answers = list(senders.map(send, range(4)))
    assert answers.count(None) == 1 and answers.count(AlreadyEvaluated) == 3
    assert len(stored(district)) == 1


def test_the_same_rating_many_times_at_once_is_taken_in_once(district: District) -> None:
    pledge_id, key = keep_pledge(district, "B11"), uuid4().hex
    with ThreadPoolExecutor(4) as senders:
        assert len(set(senders.map(lambda _: rate(district, pledge_id, key=key), range(4)))) == 1
    assert len(stored(district)) == 1
