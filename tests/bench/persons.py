"""What a year leaves about persons, and a little of whatever else can be asked for, in a district where `year` has been lived."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import SQLModel, select, update

from api.access.scope import root_id
from api.corrections import proposal
from api.database import Origin, Work
from api.house import House
from models.account import Account, RoleGrant, SignInSession
from models.appeal import Appeal
from models.appraisal import Appraisal, AppraisalItem, AppraisalPeer
from models.appraisal_enums import AppraisalGrade, AppraisalState
from models.audit import AuditLine
from models.base import metadata
from models.campaign import Campaign
from models.card import Card, Plate
from models.correction import CorrectionRequest
from models.enums import (
    ConsentKind,
    ConsentSource,
    FilePurpose,
    FileState,
    HonorLevel,
    MembershipEventKind,
    RequestState,
    Role,
)
from models.file import StoredFile
from models.honor import Honor
from models.indicator import Indicator, IndicatorValue, Period
from models.list_edition import ListEdition
from models.list_enums import ListKind
from models.member import MembershipEvent
from models.organization import Organization
from models.performance_enums import PeriodState
from models.photo import Consent
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from models.post import Post, PostApplication
from models.post_enums import HoldingHow
from models.print_enums import PrintKind, PrintLayout
from models.printing import PrintBatch, PrintItem
from models.publication import Publication
from models.score import ScoreEntry, ScoreYear
from models.score_enums import AppealState, ScoreScheme, ScoreSection
from models.sign_in_enums import SessionEnd
from models.standard import Standard
from models.transfer import Transfer
from tests.bench.multiplied import Multiplied, numbered, written
from tests.bench.seeding import MEMBERS_OF_A_BRANCH, YEAR, branch_key

EMBLEM: Final = "emblem/of-the-bench"
DRAWN: Final = b"an emblem"
SEEDED: Final = "id < '019b0000-0000-0000-0000-000000000000'"
"""All members but the one from whom they are copied, who is given the first rows himself."""
SESSIONS: Final = 2
"""Of each account, of which one has ended."""
LINES: Final = 3
"""Of the audit trail, about each member."""
ENTRIES: Final = 2
"""Of each member's score."""
EVERY_UNPUBLISHED: Final = 100
"""Of so many entries of progress one waits to be published."""
EVERY_REQUEST: Final = 20
"""Of so many members one has asked for something, which was decided."""
BEHIND_MEMBERS: Final = 1_000_000_000
"""The first number of an office's account, where those of members have smaller ones."""


def meet(house: House) -> None:
    """Give every member an account and what is written about persons within a year."""
    many = Multiplied(house, _firsts)
    members = numbered("member", "id, organization_id", SEEDED)
    own = {"organization_id": "a.organization_id", "member_id": "a.id"}
    many.put(Account, members, 1, **own, username="'m' || CAST(a.no AS VARCHAR)")
    accounts = numbered("account", "id, organization_id", "username LIKE 'm_%'")
    of_account = {"account_id": "a.id"}
    many.put(RoleGrant, accounts, 1, **of_account, organization_id="a.organization_id")
    _lead(many)
    ended = {"ended_at": "CASE n WHEN 0 THEN first.ended_at END", "end_reason": "CASE n WHEN 0 THEN first.end_reason END"}
    many.put(SignInSession, accounts, SESSIONS, **of_account, **ended)
    many.put(MembershipEvent, members, 1, **own)
    many.put(Consent, members, 1, member_id="a.id")
    many.put(Honor, numbered("member", "id, organization_id", SEEDED, every=3), 1, **own)
    few = numbered("member", "id, organization_id", SEEDED, every=EVERY_REQUEST)
    one, another = (many.literal(branch_key(number)) for number in (0, 1))
    elsewhere = f"CASE a.organization_id WHEN {one} THEN {another} ELSE {one} END"
    many.put(Transfer, few, 1, **own, to_organization_id=elsewhere)
    many.put(CorrectionRequest, few, 1, **own)
    _seal(house)
    house.storage.put(EMBLEM, io.BytesIO(DRAWN), "image/png")
    many.put(ScoreEntry, members, ENTRIES, **own, entered_by=_account_of(Role.secretary, "a.organization_id"))
    entries = numbered("score_entry", "id, organization_id", every=100)
    many.put(Appeal, entries, 1, organization_id="a.organization_id", entry_id="a.id")
    many.put(Appraisal, numbered("organization", "id", "kind = 'branch'"), 1, organization_id="a.id")
    round_of = "(SELECT p.id FROM appraisal AS p WHERE p.organization_id = a.organization_id)"
    many.put(AppraisalItem, members, 1, appraisal_id=round_of, member_id="a.id")
    many.put(AppraisalPeer, numbered("appraisal_item", "id"), 2, item_id="a.id", by_digest="CAST(n AS VARCHAR)")
    published = f"CASE WHEN a.no % {EVERY_UNPUBLISHED} = 0 THEN NULL ELSE first.happened_on END"
    many.put(PledgeProgress, numbered("pledge", "id"), 1, pledge_id="a.id", published_on=published)
    places = numbered("organization", "id")
    many.put(Campaign, places, 1, organization_id="a.id")
    many.put(Publication, places, 4, organization_id="a.id", quarter=f"'{YEAR}-Q' || CAST(n + 1 AS VARCHAR)")
    many.put(PrintBatch, places, 1, organization_id="a.id")
    batch = "(SELECT b.id FROM print_batch AS b WHERE b.organization_id = a.organization_id)"
    plates, position = numbered("plate", "id, organization_id", SEEDED), f"(a.no - 1) % {MEMBERS_OF_A_BRANCH} + 1"
    many.put(PrintItem, plates, 1, batch_id=batch, position=position, plate_id="a.id")
    each = "(SELECT o.id, o.path, i.code FROM organization AS o, indicator AS i WHERE o.parent_id IS NOT NULL) AS figured"
    many.put(IndicatorValue, numbered(each, "id, path, code"), 1, organization_id="a.id", path="a.path", indicator="a.code")
    asked = numbered("post_holding", "id, post_id, member_id", every=10)
    whose = "(SELECT p.organization_id FROM post AS p WHERE p.id = a.post_id)"
    many.put(PostApplication, asked, 1, organization_id=whose, post_id="a.post_id", member_id="a.member_id")
    # Behind those that are written truly, so that the chain goes on where it is.
    many.put(AuditLine, members, LINES, seq=f"-(a.no * {LINES} + n)", target_id="a.id", organization_id="a.organization_id")
    many.measure()


def _lead(many: Multiplied) -> None:
    """Give every town an officer and every branch a secretary, whose account names no member and was made by the town's."""
    above = "organization AS b JOIN organization AS t ON t.kind = 'town' AND b.path LIKE t.path || '%'"
    each = f"(SELECT b.id, t.id AS town FROM {above} WHERE b.kind = 'branch') AS led"
    for role, places, made_by in (
        (Role.town_officer, numbered("organization", "id", "kind = 'town'"), "first.id"),
        (Role.secretary, numbered(each, "id, town"), _account_of(Role.town_officer, "a.town")),
    ):
        number = f"({BEHIND_MEMBERS * (1 + list(Role).index(role))} + a.no)"
        at = {"organization_id": "a.id", "username": f"'{role}.' || CAST(a.id AS VARCHAR)"}
        many.put(Account, places, 1, **at, id=many.key(Account, 1, number), member_id="NULL", created_by=made_by)
        holder, key = _account_of(role, "a.id"), many.key(RoleGrant, 1, number)
        many.put(RoleGrant, places, 1, organization_id="a.id", id=key, account_id=holder, role=f"'{role}'")


def _account_of(role: str, place: str) -> str:
    return f"(SELECT o.id FROM account AS o WHERE o.username = '{role}.' || CAST({place} AS VARCHAR))"


def _firsts(work: Work) -> Iterator[SQLModel]:
    """One row of each table, of the district's own or of the member whose card came first."""
    root, at, today = root_id(work), work.at, work.today
    assert root is not None
    card, plate = written(work, Card), written(work, Plate)
    pledge, post = written(work, Pledge), written(work, Post)
    by, indicator = written(work, Account).id, written(work, Indicator).code
    own: dict[str, Any] = {"organization_id": root, "member_id": card.member_id}
    decided: dict[str, Any] = {"state": RequestState.refused, "decided_by": by, "decided_at": at, "decision_reason": "材料不全"}
    account = Account(**own, username="m", password_hash="", password_changed_at=at)
    entry = ScoreEntry(
        **own,
        year=YEAR,
        section=ScoreSection.bonus,
        half_points=4,
        reason="参加志愿服务",
        happened_on=date(YEAR, 1, 5),
        entered_by=by,
    )
    appraisal = Appraisal(organization_id=root, year=YEAR, state=AppraisalState.closed, held_on=today, present=9)
    appraisal.closed_by, appraisal.closed_at = by, at
    item = AppraisalItem(appraisal_id=appraisal.id, member_id=card.member_id, is_graded=True, grade=AppraisalGrade.qualified)
    item.self_grade, item.self_words = AppraisalGrade.qualified, "按时参加组织生活。"
    batch = PrintBatch(
        organization_id=root, kind=PrintKind.desk_plate, layout=PrintLayout.a4, emblem=False, count=1, made=1, created_by=by
    )
    wish: dict[str, Any] = {
        "post_id": post.id,
        "member_id": card.member_id,
        "how": HoldingHow.applied,
        "statement": "愿意承担。",
        "asked_by": by,
    }
    session = SignInSession(account_id=account.id, device="bench", last_used_at=at, expires_at=at + timedelta(days=30))
    session.ended_at, session.end_reason = at, SessionEnd.signed_out
    path = work.get_one(Organization, root).path
    counted: dict[str, Any] = dict.fromkeys(("own_numerator", "own_denominator", "numerator", "denominator"), 1)
    closed: dict[str, Any] = {"code": f"{YEAR}-Q1", "state": PeriodState.closed, "as_of": at, "closed_at": at, "indicators": []}
    rows: tuple[SQLModel, ...] = (
        account,
        RoleGrant(account_id=account.id, role=Role.member, organization_id=root),
        session,
        MembershipEvent(
            member_id=card.member_id,
            kind=MembershipEventKind.confirmed,
            happened_on=date(YEAR, 1, 5),
            organization_id=root,
        ),
        Consent(
            member_id=card.member_id,
            kind=ConsentKind.photo,
            text_version="1",
            source=ConsentSource.on_paper,
            given_at=at,
            given_by=by,
        ),
        Honor(**own, title="优秀共产党员", awarded_by="明湖区", level=HonorLevel.district, awarded_on=date(YEAR, 1, 5)),
        Transfer(**own, **decided, to_organization_id=branch_key(0), reason="工作变动", due_on=today, requested_by=by),
        CorrectionRequest(**own, **decided, changes_sealed=b"x"),
        ScoreYear(year=YEAR, scheme=ScoreScheme.vanguard_ningbo),
        entry,
        Appeal(
            organization_id=root,
            entry_id=entry.id,
            reason="与事实不符",
            **decided | {"state": AppealState.refused},
        ),
        appraisal,
        item,
        AppraisalPeer(item_id=item.id, grade=AppraisalGrade.qualified, by_digest="x"),
        PledgeProgress(pledge_id=pledge.id, happened_on=date(YEAR, 1, 5), note="走访一户。", percent=10),
        Campaign(organization_id=root, title="我为群众办实事", due_on=date(YEAR, 12, 31), templates=[]),
        Publication(organization_id=root, quarter=f"{YEAR - 1}-Q1", published_at=at, published_by=by, lines=[]),
        _emblem(root, by),
        Standard(organization_id=root, number=2, title="规范", issuer="明湖区", change_note="", token="2"),
        Period(**closed, starts_on=date(YEAR, 1, 1), ends_on=date(YEAR, 3, 31)),
        IndicatorValue(**counted, period=f"{YEAR}-Q1", organization_id=root, indicator=indicator, path=path),
        batch,
        PrintItem(batch_id=batch.id, position=1, plate_id=plate.id),
        PostApplication(organization_id=root, **wish, **decided),
        ListEdition(organization_id=root, kind=ListKind.responsibility, number=1, title="清单", change_note="", token="l"),
    )
    for row in rows:
        work.add(row)
        work.flush()
        yield row
    yield work.exec(select(AuditLine).limit(1)).one()


def _emblem(root: UUID, by: UUID) -> StoredFile:
    file = StoredFile(organization_id=root, purpose=FilePurpose.emblem, state=FileState.ready, storage_key=EMBLEM, uploaded_by=by)
    file.media_type, file.size, file.digest = "image/png", len(DRAWN), sha256(DRAWN).hexdigest()
    file.attached_kind, file.attached_id = "organization", root
    return file


def _seal(house: House) -> None:
    """Give each correction its own sealed changes: copied ones do not open."""
    with house.database.writing(Origin("bench")) as work:
        keys = work.exec(select(CorrectionRequest.id)).all()
        rows = []
        for key in keys:
            request = CorrectionRequest(id=key, organization_id=key, member_id=key)
            proposal.seal(request, {"education": "大专"}, house.cipher)
            rows.append({"key": key, "changes_sealed": request.changes_sealed})
        table = metadata.tables["correction_request"]
        work.connection().execute(update(table).where(table.c.id == bindparam("key")), rows)
