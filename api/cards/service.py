"""The life of a card: issued, suspended, reported lost, renewed, replaced, ended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col

from api.access.about import barred, barred_from_work, check_about_member
from api.access.permissions import Permission
from api.access.rules import ForTheLevelAbove
from api.access.scope import Access, Lock, actor_may
from api.access.subtrees import hold_subtree
from api.bulk import Bulk
from api.cards import plates, queries, rules
from api.cards.issuing import Issuing as Issuing
from api.cards.issuing import expiry_of
from api.cards.issuing import issue_to as issue_to
from api.cards.rules import Action, Expiry
from api.cards.showing import show_own_card
from api.database import Work
from api.errors import FieldFault, Forbidden, NotFound, Refusal, Text
from api.members import life
from api.organizations.rules import MOST_POST_HOLDERS, TooManyHoldPosts
from api.pagination import Pages
from api.status_lists import service as status_lists
from api.versions import Expected
from models.card import Card
from models.enums import CardState
from models.member import Member
from models.organization import Organization


@dataclass
class Issued(Bulk):
    """To whom cards were issued. Of those who may have none a thousand are told at the most."""

    remaining: int = 0
    """How many more members may be issued a card, by asking again."""


def list_cards(
    work: Work, access: Access, pages: Pages, *, member_id: UUID | None, organization_id: UUID | None, state: CardState | None
) -> tuple[list[Card], str | None]:
    """The cards within reach, the newest first; of an organisation, those of everything below it too."""
    found = access.listed(work, Card, organization_id=organization_id, member_id=member_id, state=state)
    return pages.read(work, found.order_by(col(Card.id).desc()))


def show_card(work: Work, access: Access, card_id: UUID) -> Card:
    return access.get(work, Card, card_id)


def issue_card(work: Work, access: Access, member_id: UUID, issuing: Issuing) -> Card:
    """Issue a member's card. Raises `NotFound`, `AlreadyHasCard`, `MemberHasLeft`, `BranchClosed`, or, for a second card of oneself
    or of one about whom the caller may not act, `AboutOneself` or `ForTheLevelAbove`."""
    return _issue_one(work, access.get(work, Member, member_id), issuing, by=access)


@dataclass(frozen=True)
class PassedOver:
    """Who of an organisation and of everything below it is to have no card or has one, and whether anybody else is there."""

    organization_id: UUID
    members: Sequence[tuple[UUID, type[Refusal]]]
    has_others: bool


def find_passed_over(work: Work, access: Access, organization_id: UUID) -> PassedOver:
    """Look through the members there before anything is written, as far as `issue_cards` tells of them. Raises `NotFound`."""
    top = access.get(work, Organization, organization_id)
    found: list[tuple[UUID, type[Refusal]]] = []
    for member_id, status, is_closed, has_card in queries.members_past_cards(work, top, work.today, rules.AT_ONCE):
        reason = rules.why_not(status, branch_is_closed=is_closed, has_living_card=has_card)
        assert reason is not None
        found.append((member_id, reason))
    return PassedOver(top.id, found, has_others=queries.count_members_without_card(work, top, work.today) > 0)


def issue_cards(work: Work, access: Access, passed_over: PassedOver, issuing: Issuing) -> Issued:
    """Issue cards to members of an organisation and of everything below it, to as many as are issued by one request, passing over
    those who may have none.

    The keys are the members'. Raises `NotFound`.
    """
    issued = Issued()
    if not passed_over.has_others:
        issued.skipped += passed_over.members
        return issued
    top = hold_subtree(work, lambda: access.get(work, Organization, passed_over.organization_id, Lock.none))
    # Whoever is held up by his rank alone is found here too, and comes first each time.
    members = {member.id: member for member in queries.members_without_card(work, top, work.today, rules.AT_ONCE)}
    # Who has a card is read once the members are locked: what another batch has given out meanwhile counts too.
    _expire(work, queries.lapsed(work, work.today, member_ids=members))
    have_one = queries.member_ids_with_card(work, members)
    without = [member for member in members.values() if member.id not in have_one]
    about = barred(work, access, [member.id for member in without])
    had_one = queries.had_card(work, about)
    eligible = [member for member in without if member.id not in had_one]
    issued.skipped += [(member_id, about[member_id]) for member_id in had_one]
    issued.remaining = queries.count_members_without_card(work, top, work.today) - len(without)
    issued.skipped += passed_over.members
    for _ in issue_to(work, eligible, issuing):
        pass
    issued.done += [member.id for member in eligible]
    if issued.done:
        work.record_batch("issue_cards", "card", organization_id=top.id, issued=len(issued.done), skipped=len(issued.skipped))
    return issued


def suspend_card(work: Work, access: Access, card_id: UUID, reason: str, expected: Expected) -> Card:
    """Stop a card for a while. Every scan tells so from now on."""
    return _change(work, access, card_id, Action.suspend, reason, expected, "suspend_card")


def resume_card(work: Work, access: Access, card_id: UUID, reason: str, expected: Expected) -> Card:
    """Let a suspended card be valid again."""
    return _change(work, access, card_id, Action.resume, reason, expected, "resume_card")


def report_lost(work: Work, access: Access) -> Card:
    """Stop one's own card at once because it, or the phone with it, is lost (挂失); the branch then resumes or replaces it.

    Saying it again changes nothing. Raises `NotFound`, or `NotInThisState` for a card that has ended.
    """
    card = show_own_card(work, access)
    if card.state not in rules.LIVING:
        # Whoever held it may have replaced it. The member himself is not held: an import may hold him for a minute.
        card = show_own_card(work, access)
    state = rules.MOVES.after(Action.suspend, card.state)
    if card.lost_reported_at is None:
        card.lost_reported_at = work.at
        if state is card.state:
            work.record("report_lost", card)
            work.flush()
        else:
            _set_state(work, card, state, rules.LOST, "report_lost")
    return card


def renew_card(
    work: Work, access: Access, card_id: UUID, reason: str, last_day: date | None, expected: Expected, issuing: Issuing
) -> Card:
    """Date a card anew, by the rules or to `last_day` (换发): its plates stay good, and an expired one is valid again.

    Raises `NotFound`, `AboutOneself`, `NotInThisState`, `BadLastDay`, `IssuedByFormerBranch`, or why its member may have no card.
    """
    member, card = _member_and_card(work, access, card_id, expected)
    counted = card.state if card.state is CardState.suspended else rules.state_on(card.state, card.expires_on, work.today)
    state = rules.MOVES.after(Action.renew, counted)
    if card.organization_id != member.organization_id:
        raise rules.IssuedByFormerBranch
    organization = work.get_one(Organization, member.organization_id)
    living = queries.living_card(work, member.id)
    _refuse_card(member, organization, has_living_card=living is not None and living.id != card.id)
    terms = {organization.id: organization.term_ends_on}
    expiry = rules.by_decision(last_day, work.today) if last_day else expiry_of(member, terms, work.today, issuing.years)
    if state is card.state:
        _redate(work, card, expiry)
    else:
        card.expires_on, card.expiry_basis = expiry
        _set_state(work, card, state, reason, "renew_card")
    return card


def revoke_card(work: Work, access: Access, card_id: UUID, reason: str, expected: Expected) -> Card:
    """End a card for good, with every code that leads to it."""
    return _change(work, access, card_id, Action.revoke, reason, expected, "revoke_card")


def expire_card(work: Work, access: Access, card_id: UUID, reason: str, expected: Expected) -> Card:
    """Let a card's validity end today."""
    return _change(work, access, card_id, Action.expire, reason, expected, "expire_card")


def expire_lapsed_cards(work: Work) -> int:
    """Write down of valid cards past their last day that they have expired, as every scan says already; of the first thousand, for
    all cards of a campaign lapse on one day. Returns of how many."""
    return _expire(work, queries.lapsed(work, work.today, most=rules.AT_ONCE))


def reissue_card(
    work: Work, access: Access, card_id: UUID, reason: str, expected: Expected, issuing: Issuing, *, remake_plates: bool = False
) -> Card:
    """Replace a card by a new one with fresh numbers (补发). The old one is revoked if it still lived, and its plates with it.

    With `remake_plates` the new card gets a plate for each one that was in use, to be printed. Raises `NotFound`, `AboutOneself`,
    or why the member may have no card.
    """
    member, old = _member_and_card(work, access, card_id, expected)
    kinds = [plate.kind for plate in queries.plates_in_use(work, old.id, rules.MOST_PLATES)]
    if old.state in rules.LIVING:
        _set_state(work, old, CardState.revoked, reason, "revoke_card")
    card = _issue_one(work, member, issuing)
    work.record("reissue_card", card, former=str(old.id))
    if remake_plates:
        for kind in kinds:
            plates.add_plate(work, card, kind)
    return card


def revoke_card_of_member(work: Work, member: Member) -> None:
    """End the living card of a member who leaves: as transferred where he moves to another district, else as revoked. Where another
    way of leaving is recorded of him, the card that the former one has ended is told accordingly."""
    card = queries.living_card(work, member.id) or queries.card_ended_at(
        work, member.id, life.left_at(work, member), rules.BY_LEAVING
    )
    state = rules.after_leaving(member.left_kind)
    if card is not None and card.state is not state:
        was_suspended = card.state is CardState.suspended or card.state_reason == rules.LEFT_SUSPENDED
        reason = rules.LEFT_SUSPENDED if was_suspended else rules.LEFT
        _set_state(work, card, state, reason, "transfer_card" if state is CardState.transferred else "revoke_card")


def replace_card_of_member(work: Work, member: Member, left_at: Collection[datetime], *, issuing: Issuing) -> Text | None:
    """Issue a card to a member who has come back, if it was the leaving that ended his; a suspended one is followed by a suspended
    one. What has ended never comes back. Whoever may not issue a card directly does not do so by this either."""
    former = queries.card_ended_at(work, member.id, left_at, rules.BY_LEAVING)
    if former is None:
        return None
    if not actor_may(work, Permission.card_write, member.organization_id):
        return rules.CARD_FOR_OTHERS
    card = _issue_one(work, member, issuing)
    _follow(work, former, card, suspended_for=rules.RESTORED if former.state_reason == rules.LEFT_SUSPENDED else None)
    return rules.CARD_STAYS_SUSPENDED if card.state is CardState.suspended else rules.CARD_REPLACED


def renew_last_day_of_member(work: Work, member: Member, *, years: int) -> None:
    """Let the living card of a member who was confirmed be good for as long as a full member's; suspended stays suspended."""
    _expire(work, queries.lapsed(work, work.today, member_ids=[member.id]))
    if (card := queries.living_card(work, member.id)) is not None:
        terms = queries.terms(work, {member.organization_id})
        fresh = expiry_of(member, terms, work.today, years)
        _redate(work, card, rules.on_confirmation(Expiry(card.expires_on, card.expiry_basis), fresh))


def redate_cards_of_term(work: Work, organization: Organization, *, years: int) -> None:
    """Bring the living cards of those who hold a post in an organisation in line with the end of its committee's term.

    Raises `AboutOneself` or `ForTheLevelAbove` where a card would be dated anew of one about whom the caller may not act, or by
    one who dates no cards there directly, such as an administrator: then the term is for the level above to change. Raises
    `TooManyHoldPosts`.
    """
    if organization.term_ends_on is None:
        return
    fresh: list[tuple[Card, Expiry]] = []
    cards = queries.cards_of_post_holders(work, organization.id, MOST_POST_HOLDERS + 1)
    if len(cards) > MOST_POST_HOLDERS:
        raise TooManyHoldPosts
    for card in cards:
        standing = Expiry(card.expires_on, card.expiry_basis)
        if (expiry := rules.on_new_term(standing, organization.term_ends_on, work.today, years)) != standing:
            fresh.append((card, expiry))
    refusals = [*barred_from_work(work, {card.member_id for card, _ in fresh}).values()]
    if fresh and not actor_may(work, Permission.card_write, organization.id):
        refusals.append(ForTheLevelAbove)
    for refusal in refusals:
        raise refusal(faults=(FieldFault("body.term_ends_on", rules.TermRule.dates_cards, rules.TERM_DATES_CARDS),))
    for card, expiry in fresh:
        _redate(work, card, expiry)


def transfer_card_of_member(work: Work, member: Member, _: UUID, *, issuing: Issuing) -> None:
    """End the living card of a member's former branch as transferred, and issue one of the branch that he belongs to now.

    A suspended card is followed by a suspended one, for the same reason; where there was none, there is none. Raises
    `BranchClosed`.
    """
    _expire(work, queries.lapsed(work, work.today, member_ids=[member.id]))
    former = queries.living_card(work, member.id)
    if former is None:
        return
    suspended_for = (former.state_reason or "") if former.state is CardState.suspended else None
    _set_state(work, former, CardState.transferred, "member_moved", "transfer_card")
    card = _issue_one(work, member, issuing)
    _follow(work, former, card, suspended_for=suspended_for)


def _follow(work: Work, former: Card, card: Card, *, suspended_for: str | None) -> None:
    """Let a card take the place of one that has ended with its branch or membership: suspended and lost, if that one was."""
    if suspended_for is not None:
        card.lost_reported_at = former.lost_reported_at
        _set_state(work, card, CardState.suspended, suspended_for, "suspend_card")
    work.record("reissue_card", card, former=str(former.id))


def _issue_one(work: Work, member: Member, issuing: Issuing, *, by: Access | None = None) -> Card:
    organization = work.get_one(Organization, member.organization_id)
    _expire(work, queries.lapsed(work, work.today, member_ids=[member.id]))
    _refuse_card(
        member,
        organization,
        has_living_card=queries.living_card(work, member.id) is not None,
        had_card=bool(queries.had_card(work, [member.id])),
        barred_by=barred(work, by, [member.id]).get(member.id) if by else None,
    )
    for _ in issue_to(work, [member], issuing):
        pass
    card = queries.living_card(work, member.id)
    assert card is not None
    return card


def _refuse_card(
    member: Member,
    organization: Organization,
    *,
    has_living_card: bool,
    had_card: bool = False,
    barred_by: type[Forbidden] | None = None,
) -> None:
    reason = rules.why_not(
        member.status,
        branch_is_closed=organization.closed_on is not None,
        has_living_card=has_living_card,
        had_card=had_card,
        barred_by=barred_by,
    )
    if reason is not None:
        raise reason(keys=(member.id,))


def _member_and_card(work: Work, access: Access, card_id: UUID, expected: Expected) -> tuple[Member, Card]:
    """A card that is not one's own and its member, who is locked first, as when he leaves, so that the two never wait for each
    other."""
    member_id = queries.member_of(work, access.select(work, Card), card_id)
    if member_id is None:
        raise NotFound
    check_about_member(work, access, member_id)
    member = access.get(work, Member, member_id)
    card = access.get(work, Card, card_id)
    expected.check(card)
    return member, card


def _change(work: Work, access: Access, card_id: UUID, action: Action, reason: str, expected: Expected, audit_action: str) -> Card:
    card = access.get(work, Card, card_id)
    check_about_member(work, access, card.member_id)
    expected.check(card)
    state = rules.MOVES.after(action, card.state)
    if state is not card.state:
        _set_state(work, card, state, reason, audit_action)
    elif card.state_reason in rules.UNDECIDED:
        card.state_reason = reason
        work.record(audit_action, card, former_state=state, state=state)
        work.flush()
    return card


def _redate(work: Work, card: Card, expiry: Expiry) -> None:
    if expiry != (card.expires_on, card.expiry_basis):
        if card.expires_on <= work.today:
            # Its list says that it has expired, or may before this is committed.
            status_lists.note_change(work, card.status_list)
        card.expires_on, card.expiry_basis = expiry
        work.record("renew_card", card, expires_on=card.expires_on.isoformat(), basis=card.expiry_basis)
        work.flush()


def _expire(work: Work, cards: Sequence[Card]) -> int:
    for card in cards:
        _mark(work, card, CardState.expired, rules.LAPSED, "expire_card")
    work.flush_batch()
    return len(cards)


def _set_state(work: Work, card: Card, state: CardState, reason: str, audit_action: str) -> None:
    _mark(work, card, state, reason, audit_action)
    work.flush()


def _mark(work: Work, card: Card, state: CardState, reason: str, audit_action: str) -> None:
    former, card.state = card.state, state
    if state is CardState.valid:
        card.lost_reported_at = None
    card.state_reason, card.state_changed_at = reason, work.at
    work.record(audit_action, card, former_state=former, state=state)
    work.must_be_seen = True
    status_lists.note_change(work, card.status_list)
