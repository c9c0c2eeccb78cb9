from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.profiles.rules import display_name
from api.verification.rules import CardFacts, PublicCard, Reason, ScanAnswer, answer, public_card, unknown
from models.enums import CardState, NameDisplay, OrganizationKind, ScanOutcome

AT = datetime(2026, 11, 23, 2, 15, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FACTS = CardFacts(
    state=CardState.valid,
    expires_on=TODAY,
    plate_withdrawn=False,
    full_name="王秀兰",
    name_display=NameDisplay.full,
    posts=({"post": "secretary"},),
    honors=(),
    pledges=(),
    has_left=False,
    organization="上塘村第一党支部",
    organization_kind=OrganizationKind.branch,
    service_phone="0574-00001234",
    service_phone_of=None,
    present_organization="上塘村第一党支部",
    photo_key=None,
)
STALENESS = [None, Reason.code_too_old, Reason.clock_behind]
ENDED = {
    CardState.suspended: (ScanOutcome.suspended, Reason.card_suspended),
    CardState.revoked: (ScanOutcome.revoked, Reason.card_revoked),
    CardState.expired: (ScanOutcome.expired, Reason.card_expired),
    CardState.transferred: (ScanOutcome.transferred, Reason.card_transferred),
}


def facts(**changes: object) -> CardFacts:
    return replace(FACTS, **changes)


def told(known: CardFacts, *, stale: Reason | None = None) -> tuple[ScanOutcome, Reason]:
    found = answer(known, at=AT, today=TODAY, stale=stale)
    return found.outcome, found.reason


@pytest.mark.parametrize(("state", "stale"), list(product(ENDED, STALENESS)))
def test_a_cards_own_state_comes_before_its_codes_age(state: CardState, stale: Reason | None) -> None:
    assert told(facts(state=state), stale=stale) == ENDED[state]


@pytest.mark.parametrize("state", sorted({CardState.revoked, CardState.expired, CardState.transferred}))
def test_a_card_that_has_ended_stays_what_it_is_past_its_last_day(state: CardState) -> None:
    assert told(facts(state=state, expires_on=TODAY - timedelta(days=1))) == ENDED[state]


@pytest.mark.parametrize(("state", "stale"), list(product([CardState.valid, CardState.suspended], STALENESS)))
def test_a_living_card_past_its_last_day_has_expired(state: CardState, stale: Reason | None) -> None:
    known = facts(state=state, expires_on=TODAY - timedelta(days=1))
    assert told(known, stale=stale) == (ScanOutcome.expired, Reason.card_expired)


@pytest.mark.parametrize("state", sorted(set(CardState) - {CardState.revoked}))
def test_a_withdrawn_plate_is_revoked_whatever_becomes_of_its_card(state: CardState) -> None:
    assert told(facts(state=state, plate_withdrawn=True)) == (ScanOutcome.revoked, Reason.plate_withdrawn)


def test_a_withdrawn_plate_of_a_revoked_card_tells_of_the_card() -> None:
    known = facts(state=CardState.revoked, plate_withdrawn=True)
    assert told(known) == (ScanOutcome.revoked, Reason.card_revoked)


@pytest.mark.parametrize("stale", STALENESS)
def test_a_withdrawn_plate_of_a_valid_card_is_revoked_for_a_reason_of_its_own(stale: Reason | None) -> None:
    assert told(facts(plate_withdrawn=True), stale=stale) == (ScanOutcome.revoked, Reason.plate_withdrawn)


@pytest.mark.parametrize("stale", STALENESS[1:])
def test_a_code_of_a_valid_card_that_is_out_of_its_time_tells_why(stale: Reason) -> None:
    assert told(FACTS, stale=stale) == (ScanOutcome.stale_code, stale)


@pytest.mark.parametrize("days_left", [0, 1, 3650])
def test_a_card_is_valid_through_its_last_day(days_left: int) -> None:
    assert told(facts(expires_on=TODAY + timedelta(days=days_left))) == (ScanOutcome.valid, Reason.card_valid)


def test_nothing_is_known_of_an_unknown_code_but_the_time_of_the_check() -> None:
    assert unknown(AT) == ScanAnswer(ScanOutcome.not_found, Reason.code_unknown, AT, issuer=None, service_phone=None, card=None)


@pytest.mark.parametrize(
    ("known", "stale"),
    [*((facts(state=state), None) for state in ENDED), (facts(plate_withdrawn=True), None), (FACTS, Reason.code_too_old)],
)
def test_the_holder_is_shown_for_a_valid_card_only_but_the_issuer_and_its_telephone_always(
    known: CardFacts, stale: Reason | None
) -> None:
    found = answer(known, at=AT, today=TODAY, stale=stale)
    assert (found.card, found.issuer, found.service_phone, found.verified_at) == (
        None,
        "上塘村第一党支部",
        "0574-00001234",
        AT,
    )


def test_a_stranger_learns_name_branch_post_and_photo_of_the_holder_and_nothing_more() -> None:
    assert answer(FACTS, at=AT, today=TODAY).card == PublicCard("王秀兰", "上塘村第一党支部", ({"post": "secretary"},))
    photo = {"photo_key", "photo_size", "photo_digest"}
    assert set(PublicCard.__struct_fields__) == {"display_name", "organization", "posts", "pledges", "honors"} | photo
    assert set(ScanAnswer.__struct_fields__) == {
        "outcome",
        "reason",
        "verified_at",
        "issuer",
        "service_phone",
        "moved_to",
        "card",
        "code_kind",
        "plate_kind",
        "seen",
        "service_phone_of",
        "venue",
        "issuer_kind",
    }


def test_an_ordinary_member_has_no_post() -> None:
    assert public_card(facts(posts=()), TODAY).posts == ()


def test_a_masked_name_is_masked_in_the_answer() -> None:
    shown = answer(facts(name_display=NameDisplay.masked), at=AT, today=TODAY).card
    assert shown is not None
    assert shown.display_name == "王**"


@pytest.mark.parametrize(
    ("name", "masked"),
    [("王芳", "王*"), ("欧阳修远", "欧***"), ("阿卜杜热依木·买买提", "阿*********"), ("𠮷田", "𠮷*"), ("李", "李")],
)
def test_a_masked_name_keeps_its_first_character_and_its_length(name: str, masked: str) -> None:
    assert display_name(name, NameDisplay.masked) == masked
    assert display_name(name, NameDisplay.full) == name


@given(st.text(min_size=1, max_size=50))
def test_no_further_character_of_a_masked_name_is_told(name: str) -> None:
    assert display_name(name, NameDisplay.masked)[1:] == "*" * (len(name) - 1)


def test_a_former_branchs_card_tells_where_its_holder_is_now() -> None:
    moved = facts(state=CardState.transferred, present_organization="南塘村第一党支部")
    assert answer(moved, at=AT, today=TODAY).moved_to == "南塘村第一党支部"
    assert answer(facts(state=CardState.transferred), at=AT, today=TODAY).moved_to is None


@pytest.mark.parametrize("state", sorted(set(CardState) - {CardState.transferred}))
def test_no_other_card_tells_where_its_holder_is_now(state: CardState) -> None:
    assert answer(facts(state=state, present_organization="南塘村第一党支部"), at=AT, today=TODAY).moved_to is None


def test_only_a_valid_card_has_a_photo() -> None:
    shown = facts(photo_key="portrait/1")
    card = answer(shown, at=AT, today=TODAY).card
    assert card and card.photo_key == "portrait/1"
    for known in (facts(photo_key="portrait/1", state=CardState.suspended), facts(photo_key="portrait/1", plate_withdrawn=True)):
        assert answer(known, at=AT, today=TODAY).card is None
    assert answer(shown, at=AT, today=TODAY, stale=Reason.code_too_old).card is None
