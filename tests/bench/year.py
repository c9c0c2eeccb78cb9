"""A year of records of a district that `seeding` has filled: of each table one row as the application has them, which the engine
itself multiplies."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import SQLModel

from api.access.scope import root_id
from api.accounts import service as accounts
from api.database import Work
from api.house import House
from models.card import Card, ScanCount
from models.complaint import Complaint
from models.enums import (
    CheckResult,
    ComplaintKind,
    EmblemUse,
    EvaluationSource,
    Grade,
    Obligation,
    PledgeCategory,
    PledgeKind,
    PledgeState,
    PledgeVisibility,
    RectificationState,
    ScanOutcome,
    SignElement,
    TextDecision,
    VenueKind,
)
from models.evaluation import Evaluation
from models.inspection import Inspection, InspectionItem
from models.pledge import Pledge
from models.pledge_text import PledgeText
from models.post import Post, PostHolding
from models.post_enums import HoldingHow, PostKind, PostSlot
from models.rectification import Rectification
from models.standard import Standard, StandardItem
from models.venue import Venue
from tests.bench.multiplied import Multiplied, numbered, written
from tests.bench.seeding import YEAR

SCANS: Final = 10
"""In how many hours of the year each card was scanned."""
PLEDGES: Final = 3
"""Of each member, each with its text, and graded by somebody."""
COMPLAINTS: Final = 5
"""Of each organisation, of which the last one waits."""
VENUES: Final = 5
"""Of each organisation, each inspected every month by `ITEMS` items, one of which fails."""
WINDOWS: Final = 2
MONTHS: Final = 12
ITEMS: Final = 8


def live(house: House) -> None:
    """Put a year of records into a district, what is scanned and pledged of each member, and the rest of each organisation."""
    year = Multiplied(house, _firsts)
    members, cards = numbered("member", "id, organization_id"), numbered("card", "id")
    places, venues = numbered("organization", "id"), numbered("venue", "id, organization_id")
    inspections = numbered("inspection", "id, organization_id, venue_id")
    failures = numbered("inspection_item", "id, inspection_id", "result = 'fail'")
    year.put(ScanCount, cards, SCANS, card_id="a.id", hour=year.hours("(a.no * 7 + n * 811) % 8760"))
    belonging = {"organization_id": "a.organization_id", "member_id": "a.id"}
    reviewed = {"review_organization_id": "a.organization_id"}
    year.put(Pledge, members, PLEDGES, **belonging, **reviewed, due_on=year.days("(a.no + n * 120) % 365"))
    of_pledge = {"pledge_id": year.key(Pledge, PLEDGES)}
    year.put(PledgeText, members, PLEDGES, **of_pledge)
    year.put(Evaluation, members, PLEDGES, **of_pledge, counts_from=year.hours("a.no % 6000"))
    digests = dict.fromkeys(("receipt_no", "sent_digest"), f"CAST(a.no * {COMPLAINTS} + n AS VARCHAR)")
    came, waits = year.hours("n * 1700"), f"n = {COMPLAINTS - 1}"
    decided = {"state": f"CASE WHEN {waits} THEN 'open' WHEN n = 0 THEN 'founded' ELSE 'unfounded' END"}
    decided["decided_at"] = f"CASE WHEN {waits} THEN NULL ELSE {came} END"
    year.put(Complaint, places, COMPLAINTS, organization_id="a.id", created_at=came, **decided, **digests)
    year.put(Post, places, WINDOWS, organization_id="a.id")
    # Every second member holds a post.
    post = year.key(Post, 1, f"(a.no % ({year.organizations} * {WINDOWS}) + {WINDOWS})")
    year.put(PostHolding, numbered("member", "id", "1 = 1", every=2), 1, member_id="a.id", post_id=post)
    number = f"(a.no * {VENUES} + n)"
    # Scattered over thirty kilometres each way, whatever there is of them.
    placed = {"lat": f"29600000 + {number} * 7919 % 270000", "lon": f"121400000 + {number} * 10007 % 310000"}
    named = {"organization_id": "a.id", "code": f"CAST({number} AS VARCHAR)"}
    year.put(Venue, places, VENUES, **named, **placed, created_at=year.hours("0"))
    of_venue = {"organization_id": "a.organization_id", "venue_id": "a.id", "client_id": year.key(Inspection, MONTHS)}
    year.put(Inspection, venues, MONTHS, **of_venue, finished_at=year.hours("n * 720 + a.no % 700"))
    said = {"code": "'C' || CAST(n AS VARCHAR)", "result": f"CASE n WHEN {ITEMS - 1} THEN 'fail' ELSE 'pass' END"}
    year.put(InspectionItem, inspections, ITEMS, inspection_id="a.id", **said)
    of_item = {"source_id": "a.id", "inspection_id": "a.inspection_id"}
    when = {name: year.hours(f"a.no % 365 * 24 + {hour}") for name, hour in (("claimed_at", 1), ("confirmed_at", 9))}
    whose = "(SELECT i.organization_id FROM inspection AS i WHERE i.id = a.inspection_id)"
    year.put(Rectification, failures, 1, **of_item, **when, organization_id=whose, due_on=year.days("a.no % 365"))
    year.measure()


def _firsts(work: Work) -> Iterator[SQLModel]:
    """One row of each table."""
    root, at = root_id(work), work.at
    assert root is not None
    by = accounts.add_account(work, "year", root, None, "x").id
    card = written(work, Card)
    of: dict[str, Any] = {"organization_id": root}
    stated: dict[str, Any] = {
        "content": "每月入户走访困难群众两户。",
        "measure": "全年24户次",
        "due_on": date(YEAR, 12, 31),
        "visibility": PledgeVisibility.public,
    }
    venue = Venue(**of, kind=VenueKind.window, name="代办窗口", services=[], code="V")
    standard = Standard(**of, number=1, title="规范", issuer="明湖区", change_note="", token="1")
    standard.effective_on, standard.published_at = date(YEAR, 1, 1), at
    look: dict[str, Any] = {"element": SignElement.other, "emblem": EmblemUse.forbidden, "sizes": [], "basis": [], "pictures": []}
    item = StandardItem(
        standard_id=standard.id,
        code=f"C{ITEMS - 1}",
        name="桌牌",
        venue_kinds=[VenueKind.window],
        obligation=Obligation.mandatory,
        **look,
    )
    pledge = Pledge(
        **of,
        **stated,
        kind=PledgeKind.annual,
        category=PledgeCategory.service,
        year=YEAR,
        state=PledgeState.published,
        text_no=1,
        review_organization_id=root,
        entered_by=by,
        published_at=at,
    )
    pledge_text = PledgeText(**stated, pledge_id=pledge.id, no=1, submitted_at=at, submitted_by=by)
    pledge_text.decision, pledge_text.decided_at, pledge_text.decided_by = TextDecision.approved, at, by
    pledge_text.published_at, pledge_text.published_by = at, by
    graded: dict[str, Any] = {"source": EvaluationSource.masses, "period": f"{YEAR}-Q1", "grade": Grade.satisfied}
    post = Post(**of, kind=PostKind.window, title="代办", duties=[])
    inspection = Inspection(
        **of,
        inspected_by=by,
        client_id=by,
        venue_id=venue.id,
        venue_kind=venue.kind,
        standard_number=1,
        unannounced=False,
        revision=1,
        started_at=at,
        finished_at=at,
        final=True,
        by_own_organization=False,
        received_at=at,
        digest="0" * 64,
    )
    found = InspectionItem(inspection_id=inspection.id, code="C", result=CheckResult.passed)
    wrong = Rectification(
        **of,
        venue_id=venue.id,
        inspection_id=inspection.id,
        source_kind="inspection_item",
        source_id=found.id,
        code=found.code,
        name=item.name,
        finding="桌牌缺失",
        state=RectificationState.confirmed,
        due_on=date(YEAR, 1, 1),
        claimed_by=by,
        claimed_at=at,
        confirmed_at=at,
    )
    holding = PostHolding(
        post_id=post.id, member_id=card.member_id, slot=PostSlot.backup, since=date(YEAR, 1, 1), how=HoldingHow.elected
    )
    rows: tuple[SQLModel, ...] = (
        ScanCount(hour=at.replace(minute=0, second=0, microsecond=0), card_id=card.id, outcome=ScanOutcome.valid, count=1),
        pledge,
        pledge_text,
        Evaluation(pledge_id=pledge.id, **graded, by_digest="x", counts_from=at - timedelta(days=1)),
        Complaint(**of, kind=ComplaintKind.other, receipt_no="0", sent_digest="0"),
        post,
        holding,
        venue,
        standard,
        item,
        inspection,
        found,
        wrong,
    )
    for row in rows:
        work.add(row)
        work.flush()
        yield row
