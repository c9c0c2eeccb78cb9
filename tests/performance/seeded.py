"""A district by chance, with every shape that its rows can have, put straight into the tables. Its moments lie where something
begins or ends, or right beside it, more often than chance would have it."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import SQLModel, col, select

from api.database import Work
from models.account import Account, RoleGrant
from models.base import metadata
from models.card import Card, Plate, ScanCount
from models.complaint import Complaint
from models.enums import (
    CardState,
    CheckResult,
    ClaimOutcome,
    ComplaintKind,
    ComplaintState,
    EmblemUse,
    EvaluationSource,
    Grade,
    LeavingKind,
    MemberStatus,
    Obligation,
    OrganizationKind,
    PartyPost,
    PlateKind,
    PledgeCategory,
    PledgeKind,
    PledgeOutcome,
    PledgeState,
    PledgeVisibility,
    RectificationState,
    Role,
    ScanOutcome,
    SignElement,
    TextDecision,
    VenueKind,
)
from models.evaluation import Evaluation
from models.inspection import Inspection, InspectionItem
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_text import PledgeText
from models.post import Post, PostHolding
from models.post_enums import HoldingHow, PostKind, PostSlot
from models.rectification import Rectification
from models.standard import Standard, StandardItem
from models.venue import Venue
from tests.performance.moments import A_DAY, A_MOMENT, A_WEEK, DAYS, EDGES, FIRST, IN_AUTUMN, IN_SUMMER, LAST
from tests.performance.oracle import midnight

OUTCOMES = {state: PledgeOutcome(state) for state in ("fulfilled", "unfulfilled", "exempted")}
KINDS = [VenueKind.window, VenueKind.station, VenueKind.red_base]
CODES = ("DK-01", "SG-01", "SG-02", "VC-01")


class Seed:
    """The rows of one district, drawn by `chance`, below the organisation that the database has as its root."""

    def __init__(self, work: Work, chance: Random) -> None:
        self.chance = chance
        self.rows: list[SQLModel] = []
        self.account: UUID = work.exec(select(Account.id)).all()[0]
        self.root = work.exec(select(Organization).where(col(Organization.parent_id).is_(None))).one()
        self.owners = self._organizations()
        members = [self._member() for _ in range(self.chance.randint(0, 50))]
        self._accounts(members)
        cards = [card for member in members for card in self._cards(member)]
        self._of_cards(cards)
        self._posts(members)
        self._pledges(members)
        self._signs()

    def put(self, work: Work) -> None:
        by_table: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            table = metadata.tables[str(row.__tablename__)]
            by_table.setdefault(table.name, []).append({column.name: getattr(row, column.name) for column in table.columns})
        for table in metadata.sorted_tables:
            if table.name in by_table:
                work.execute(insert(table), by_table[table.name])

    def _add(self, row: Any) -> Any:
        self.rows.append(row)
        return row

    def _is(self, likely: float) -> bool:
        return self.chance.random() < likely

    def _any(self, some: Any) -> Any:
        return self.chance.choice(list(some))

    def _maybe(self, value: Any, likely: float = 0.5) -> Any:
        return value if self._is(likely) else None

    def _moment(self) -> datetime:
        if self._is(0.75):
            back = self._any([timedelta(), timedelta(), A_WEEK])
            moment: datetime = self._any(EDGES) - back + self._any([-A_MOMENT, timedelta(), timedelta(), A_MOMENT])
            return moment
        span = (midnight(LAST) - midnight(FIRST)) // A_MOMENT
        return midnight(FIRST) + self.chance.randrange(span) * A_MOMENT

    def _day(self) -> date:
        if self._is(0.75):
            day: date = self._any(DAYS) + self._any([-A_DAY, timedelta(), A_DAY])
            return day
        return FIRST + self.chance.randrange((LAST - FIRST).days) * A_DAY

    def _owner(self) -> UUID:
        owner: UUID = self._any(self.owners)
        return owner

    def _organizations(self) -> list[UUID]:
        """A tree of any shape, in which some are closed."""
        known = [self.root]
        kinds = [kind for kind in OrganizationKind if kind is not OrganizationKind.district]
        for number in range(self.chance.randint(1, 12)):
            above = self._any([one for one in known if one.path.count("/") < 8])
            one = Organization(code=f"X{number}", name=f"某组织{number}", kind=self._any(kinds), parent_id=above.id, path="")
            one.path, one.closed_on = f"{above.path}{one.id.hex}/", self._maybe(self._day(), 0.2)
            known.append(self._add(one))
        return [one.id for one in known]

    def _member(self) -> Any:
        status = self._any([MemberStatus.full, *MemberStatus])
        has_left = status is MemberStatus.left
        return self._add(
            Member(
                organization_id=self._owner(),
                full_name="方秀兰",
                joined_on=date(1990, 7, 1),
                confirmed_on=self._maybe(self._any([date(1991, 7, 1), self._day(), self._day()])),
                status=status,
                party_post=self._maybe(self._any(PartyPost), 0.2),
                pledges_voluntary=self._is(0.2),
                left_on=self._day() if has_left else None,
                left_kind=LeavingKind.withdrew if has_left else None,
            )
        )

    def _accounts(self, members: Sequence[Any]) -> None:
        for member in members:
            if self._is(0.7):
                continue
            number, place = len(self.rows), member.organization_id
            account = self._add(
                Account(
                    organization_id=place,
                    member_id=member.id,
                    username=f"x{number}",
                    password_hash="-",
                    password_changed_at=IN_SUMMER,
                )
            )
            for role in self.chance.sample([Role.member, Role.deputy, Role.secretary], self.chance.randint(0, 2)):
                until, ended_at = self._maybe(self._day()), self._maybe(IN_SUMMER, 0.2)
                self._add(RoleGrant(account_id=account.id, role=role, organization_id=place, until=until, ended_at=ended_at))

    def _cards(self, member: Any) -> Iterator[Any]:
        """His card, if he has one, and former ones; of a former organisation where he has moved."""
        living = [self._any([CardState.valid, CardState.valid, CardState.suspended])] * self._is(0.8)
        ended = [self._any([CardState.revoked, CardState.expired, CardState.transferred]) for _ in range(self.chance.randint(0, 2))]
        for state in [*living, *ended]:
            number = len(self.rows)
            card = Card(
                organization_id=member.organization_id if self._is(0.8) else self._owner(),
                member_id=member.id,
                credential_number=number,
                state=state,
                state_changed_at=IN_SUMMER,
                expires_on=self._any([self._day(), date(2031, 1, 1)]),
                status_list=0,
                status_index=number,
            )
            yield self._add(card)

    def _of_cards(self, cards: Sequence[Any]) -> None:
        for card in cards:
            for _ in range(self.chance.randint(0, 2)):
                withdrawn_at = self._maybe(self._moment())
                code = f"N{len(self.rows):010}"
                plate = Plate(kind=PlateKind.name_badge, code=code, organization_id=self._owner(), card_id=card.id)
                plate.withdrawn_at = withdrawn_at
                self._add(plate)
            hours = {self._moment().replace(minute=0, second=0, microsecond=0) for _ in range(self.chance.randint(0, 3))}
            for hour in hours:
                outcome = self._any([ScanOutcome.valid, ScanOutcome.valid, ScanOutcome.stale_code])
                self._add(ScanCount(hour=hour, card_id=card.id, outcome=outcome, count=self.chance.randint(1, 9)))
        for _ in range(self.chance.randint(0, 30)):
            state = self._any(ComplaintState)
            self._add(
                Complaint(
                    organization_id=self._owner(),
                    card_id=self._any(cards).id if cards and self._is(0.7) else None,
                    kind=ComplaintKind.other,
                    receipt_no=f"{len(self.rows):012}",
                    sent_digest=f"{len(self.rows)}",
                    state=state,
                    decided_at=None if state is ComplaintState.open else IN_AUTUMN,
                    created_at=self._moment(),
                )
            )

    def _posts(self, members: Sequence[Any]) -> None:
        for _ in range(self.chance.randint(0, 20)):
            kind = self._any([PostKind.window, PostKind.window, PostKind.duty, PostKind.first_secretary])
            post = Post(organization_id=self._owner(), kind=kind, title="岗位", duties=[], closed_on=self._maybe(self._day()))
            self._add(post)
            for _ in range(self.chance.randint(0, 4) if members else 0):
                since, until = sorted((self._day(), self._day()))
                self._add(
                    PostHolding(
                        post_id=post.id,
                        member_id=self._any(members).id,
                        slot=self._any(PostSlot),
                        since=since,
                        until=self._maybe(until),
                        how=HoldingHow.elected,
                    )
                )

    def _pledges(self, members: Sequence[Any]) -> None:
        """Some members with several, some organisations with their own; a member's may have stayed where he was before."""
        for member in [*members, *[None] * 4]:
            for _ in range(self.chance.randint(0, 4)):
                own = member is None or self._is(0.2)
                self._pledge(self._owner() if own else member.organization_id, None if member is None else member.id)

    def _pledge(self, owner: UUID, member_id: UUID | None) -> None:
        state = self._any([*PledgeState, PledgeState.published, PledgeState.fulfilled])
        outcome = OUTCOMES.get(state)
        if state is PledgeState.evaluated:
            outcome = self._any([PledgeOutcome.fulfilled, PledgeOutcome.unfulfilled])
        is_claimed = state is PledgeState.published and self._is(0.3)
        text_no = 0 if state is PledgeState.draft else self.chance.randint(1, 2)
        due_on = self._day()
        stated: dict[str, Any] = {
            "content": "上门服务。",
            "measure": "两次。",
            "due_on": due_on,
            "visibility": PledgeVisibility.public,
        }
        pledge = Pledge(
            **stated,
            organization_id=owner,
            member_id=member_id,
            kind=self._any([PledgeKind.annual, PledgeKind.annual, PledgeKind.instant]),
            category=PledgeCategory.service,
            year=due_on.year,
            state=state,
            text_no=text_no,
            amendment_no=text_no + 1 if text_no and self._is(0.2) else None,
            entered_by=self.account,
            published_at=self._maybe(IN_SUMMER),
            claim_outcome=self._any(ClaimOutcome) if is_claimed else None,
            claimed_at=IN_SUMMER if is_claimed else None,
            outcome=outcome,
            decided_at=None if outcome is None else self._moment(),
            withdrawn_reason="情况有变" if state is PledgeState.withdrawn else None,
        )
        self._add(pledge)
        for no in range(1, (pledge.amendment_no or text_no) + 1):
            self._text(pledge, no, stated)
        for _ in range(self.chance.randint(0, 3)):
            self._evaluation(pledge)

    def _text(self, pledge: Any, no: int, stated: dict[str, Any]) -> None:
        submitted_at = self._any([self._moment(), self._any(EDGES) - A_WEEK])
        after = self._any([A_WEEK - A_MOMENT, A_WEEK, A_WEEK + A_MOMENT, timedelta(milliseconds=self.chance.randrange(10**9))])
        is_decided = self._is(0.6)
        self._add(
            PledgeText(
                **stated,
                pledge_id=pledge.id,
                no=no,
                submitted_at=submitted_at,
                submitted_by=self.account,
                decision=self._any(TextDecision) if is_decided else None,
                decided_at=submitted_at + after if is_decided else None,
            )
        )

    def _evaluation(self, pledge: Any) -> None:
        source = self._any([EvaluationSource.masses, EvaluationSource.masses, *EvaluationSource])
        is_void = self._is(0.2)
        self._add(
            Evaluation(
                pledge_id=pledge.id,
                source=source,
                period=f"{len(self.rows):07}",
                grade=self._any(Grade),
                by_digest=None if source is EvaluationSource.organization else "x",
                counts_from=self._moment(),
                void_reason="重复" if is_void else None,
                voided_at=IN_AUTUMN if is_void else None,
                voided_by=self.account if is_void else None,
            )
        )

    def _signs(self) -> None:
        """Versions of the standard, of which one may be a draft and others withdrawn; venues, and what was found there."""
        drafts = [True] * self._is(0.3)
        versions = [False] * self.chance.randint(0, 3)
        numbers = [self._standard(number + 1, is_draft) for number, is_draft in enumerate([*versions, *drafts])]
        for number in range(self.chance.randint(0, 30)):
            self._venue(number, numbers[: len(versions)])

    def _standard(self, number: int, is_draft: bool) -> int:
        is_withdrawn = not is_draft and self._is(0.3)
        standard = Standard(
            organization_id=self.root.id,
            number=number,
            title="规范",
            issuer="明湖区",
            change_note="",
            effective_on=None if is_draft else self._day(),
            published_at=None if is_draft else IN_SUMMER,
            withdrawn_at=self._moment() if is_withdrawn else None,
            withdrawn_reason="有误" if is_withdrawn else None,
            token=f"{number}",
        )
        self._add(standard)
        for code in CODES:
            if self._is(0.8):
                self._add(
                    StandardItem(
                        standard_id=standard.id,
                        code=code,
                        name="牌",
                        venue_kinds=[str(kind) for kind in KINDS if self._is(0.5)],
                        element=SignElement.other,
                        obligation=self._any([Obligation.mandatory, *Obligation]),
                        emblem=EmblemUse.forbidden,
                        sizes=[],
                        basis=[],
                        pictures=[],
                    )
                )
        return number

    def _venue(self, number: int, standards: Sequence[int]) -> None:
        venue = Venue(
            organization_id=self._owner(),
            kind=self._any(KINDS),
            name="阵地",
            services=[],
            closed_on=self._maybe(self._day(), 0.4),
            code=f"V{number:010}",
            created_at=self._any([midnight(FIRST), self._moment()]),
        )
        self._add(venue)
        finished_at = self._moment()
        for _ in range(self.chance.randint(0, 4) if standards else 0):
            # Two may have been finished at the same moment.
            finished_at = self._any([finished_at, self._moment()])
            self._inspection(venue, finished_at, self._any(standards))

    def _inspection(self, venue: Any, finished_at: datetime, number: int) -> None:
        inspection = Inspection(
            organization_id=venue.organization_id if self._is(0.8) else self._owner(),
            inspected_by=self.account,
            client_id=UUID(int=len(self.rows)),
            venue_id=venue.id,
            venue_kind=venue.kind,
            standard_number=number,
            unannounced=False,
            revision=1,
            started_at=finished_at,
            finished_at=finished_at,
            final=self._is(0.85),
            by_own_organization=self._is(0.2),
            received_at=finished_at,
            digest="",
        )
        self._add(inspection)
        for code in CODES:
            result = self._any([CheckResult.passed, CheckResult.passed, CheckResult.passed, *CheckResult])
            item = InspectionItem(inspection_id=inspection.id, code=code, result=result)
            self._add(item)
            if inspection.final and result is CheckResult.failed and self._is(0.9):
                self._rectification(inspection, item)

    def _rectification(self, inspection: Any, item: Any) -> None:
        state, due_on = self._any([*RectificationState, RectificationState.confirmed, RectificationState.confirmed]), self._day()
        is_claimed = state is not RectificationState.open
        beside = midnight(due_on + A_DAY) + self._any([-A_MOMENT, timedelta()])
        self._add(
            Rectification(
                organization_id=inspection.organization_id if self._is(0.8) else self._owner(),
                venue_id=inspection.venue_id,
                inspection_id=inspection.id,
                source_kind="inspection_item",
                source_id=item.id,
                code=item.code,
                name="牌",
                finding="缺失",
                state=state,
                due_on=due_on,
                claimed_by=self.account if is_claimed else None,
                claimed_at=self._any([beside, self._moment()]) if is_claimed else None,
                confirmed_at=self._moment() if state is RectificationState.confirmed else None,
            )
        )
