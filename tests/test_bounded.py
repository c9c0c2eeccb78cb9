"""What anybody may ask without signing in costs the same however much has been written behind it: each statement of it answers with
a bounded number of rows, by what the statement itself says.

All public operations are walked, with more written behind them than any of them tells. What a table bounds itself (items of a list
by their numbers, keys by their slots) is not written in such numbers.
"""

import re
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import event

from api.access.permissions import PUBLIC
from api.codes.reading import new_venue_code
from api.database import Work
from api.pledges.public import service as public_pledges
from models.complaint import Complaint
from models.enums import (
    ComplaintKind,
    EvaluationSource,
    FilePurpose,
    FileState,
    Grade,
    MemberStatus,
    OrganizationKind,
    PartyPost,
    PledgeVisibility,
    Role,
    VenueKind,
    WordsState,
)
from models.evaluation import Evaluation
from models.file import StoredFile
from models.list_edition import ListEdition
from models.list_enums import ListKind
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from models.pledge_text import PledgeText
from models.post import Post, PostHolding
from models.post_enums import HoldingHow, PostKind, PostSlot
from models.standard import Standard
from models.venue import Venue
from tests.conftest import PASSWORD, District
from tests.fetched import Fetched, fetched
from tests.lists import asking as lists
from tests.pledges.kept import YEAR, keep_pledge, somebody
from tests.posts.kept import add_post
from tests.routes import Door, doors
from tests.standards import asking as standards
from tests.venues.kept import HERE, keep_venue
from tests.verification.holders import hold

MANY: Final = 300
MOST: Final = 200
"""Rows of one statement: what was done for a pledge, of which no other tells more, but for a wall, which is cut here at as many, or
ready when it is asked for again."""
WRITES: Final = "BEGIN IMMEDIATE"
"""What SQLite is told by whoever takes the lock of its one writer."""
NEAR: Final = {"lat": 29.8167, "lon": 121.55}
UNOPENED: Final = {"show_photo", "show_public_picture", "show_list_picture", "show_standard_picture"}
"""They read one row and then a file, of which there is none here."""


@pytest.mark.engine("sqlite")
def test_no_public_operation_reads_more_the_more_is_written(
    app: FastAPI, district: District, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_pledges, "MOST_ON_WALL", MOST)
    places, bodies = crowded(district)
    public = [door for door in doors(app) if door.name in PUBLIC]
    assert {door.name for door in public} == PUBLIC
    opened: set[str] = set()
    read: list[tuple[Fetched, str]] = []
    for door in public:
        for path in paths(door, places):
            for accept in ("application/json", "text/html"):
                asked: dict[str, Any] = {"headers": {"Accept": accept}, "follow_redirects": False, **bodies.get(door.name, {})}
                with fetched(district.house) as statements:
                    answer = district.client.request(door.method, path, **asked)
                assert answer.status_code < 500, f"{door.method} {path}: {answer.text}"
                if answer.status_code < 400 or not door.succeeds:
                    opened.add(door.name)
                read += [(one, f"{door.name} {path}") for one in statements]
    missing = sorted(PUBLIC - opened - UNOPENED)
    assert not missing, f"{missing}: tell in `crowded` what these are asked for with"
    most, where = max(read)
    assert most.rows <= MOST, f"{where} reads {most.rows} rows without a bound: {most.statement}"


@pytest.mark.engine("sqlite")
def test_what_anybody_asks_for_again_at_once_is_not_read_from_many_rows_again(
    app: FastAPI, district: District, patient: None
) -> None:
    """Nothing counts what strangers read, so what is long is read once for all of them."""
    places, bodies = crowded(district)
    for door in doors(app):
        if door.name in PUBLIC and door.method == "GET":
            for path in paths(door, places):
                for accept in ("application/json", "text/html"):
                    asked: dict[str, Any] = {"headers": {"Accept": accept}, **bodies.get(door.name, {})}
                    district.client.get(path, **asked)
                    with fetched(district.house) as statements:
                        district.client.get(path, **asked)
                    most = max((one.rows for one in statements), default=0)
                    assert most <= MOST, f"{door.name} {path} reads {most} rows for each who asks: {max(statements).statement}"
                    whole = [one for one in statements if "storage_key" in one.statement and one.rows > 1]
                    assert not whole, f"{door.name} {path} reads whole rows of files, of which nine hang on each of many things"


@pytest.mark.engine("sqlite")
def test_no_stranger_s_form_that_is_refused_or_was_taken_before_keeps_anybody_from_writing(
    app: FastAPI, district: District, patient: None
) -> None:
    places, bodies = crowded(district)
    begun: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        begun.append(statement)

    event.listen(district.house.database.engine, "before_cursor_execute", note)
    refused = set()
    for door in doors(app):
        if door.name in PUBLIC and door.method == "POST":
            for path in paths(door, places):
                for accept in ("application/json", "text/html"):
                    form = "json" if "json" in bodies.get(door.name, {}) else "data"
                    asked: dict[str, Any] = {"headers": {"Accept": accept}, "follow_redirects": False, form: {}}
                    answer = district.client.request(door.method, path, **asked)
                    if 400 <= answer.status_code < 500:
                        refused.add(door.name)
                        assert WRITES not in begun, door
                    begun.clear()
    assert "rate_pledge" in refused and "send_report" in refused
    page: dict[str, Any] = {"headers": {"Accept": "text/html"}, "follow_redirects": False}
    code, venue = places["code"]
    rated, reported = f"/C/{code}/pledges/{places['pledge_id'][0]}/evaluations", f"/C/{venue}/report"
    rating, report = {"grade": "satisfied", "key": "r" * 22}, {"kind": "other", "details": "灯又坏了。", "key": "r" * 22}
    for path, sent, status, does_write in (
        (rated, rating, 303, True),
        (rated, rating, 303, False),
        (rated, rating | {"key": "s" * 22}, 409, False),
        (reported, report, 303, True),
        (reported, report, 303, False),
    ):
        begun.clear()
        assert district.client.post(path, data=sent, **page).status_code == status
        assert (WRITES in begun) is does_write, path
    sent_before = bodies["report_misuse"]["json"]
    begun.clear()
    assert district.client.post("/v1/complaints", json=sent_before).status_code == 201
    assert WRITES not in begun


def paths(door: Door, places: dict[str, list[str]]) -> list[str]:
    """The addresses of a door with each of what may stand in them."""
    found = [door.path]
    for name in re.findall(r"\{(\w+)\}", door.path):
        values = places.get(f"{door.name} {name}") or places[name]
        found = [path.replace(f"{{{name}}}", value) for path in found for value in values]
    return found


def crowded(district: District) -> tuple[dict[str, list[str]], dict[str, dict[str, Any]]]:
    """Write much behind each public operation. Returns what stands in their addresses, by its name, and what else they are sent."""
    holder = hold(district.house, district.ids["B11"])
    venue = keep_venue(district, kind=VenueKind.service_center, name="上塘村党群服务中心")
    pledge_id, other_id = keep_pledge(district, "B11"), keep_pledge(district, "B11", holder.member_id)
    account_id = somebody(district)
    standards.publish_default(district)
    officer = lists.officer_of(district)
    lists.drafted(officer), lists.added(officer), lists.published(officer)
    about = {"code": venue.code, "kind": "other", "details": "灯坏了。", "key": "k" * 22}
    receipt = district.client.post("/v1/complaints", json=about).json()["receipt_no"]
    with district.work() as work:
        _in_a_venue(work, district, venue, holder.member_id)
        progress_id = _of_pledges(work, district, (pledge_id, other_id), account_id)
        _elsewhere(work, district, venue, holder.card_id)
    caller = district.sign_in(Role.secretary, "B11")
    places = {
        "code": [holder.code, venue.code],
        "pledge_id": [str(pledge_id)],
        "progress_id": [str(progress_id)],
        "file_id": [str(uuid4())],
        "receipt_no": [receipt],
        "digest": ["ab" * 32],
        "kind": ["power", "negative"],
        "item": ["3"],
        "number": ["1"],
        "show_status_list number": ["0"],
        "name": ["swagger-ui.css"],
    }
    rating = {"grade": "satisfied", "key": "r" * 22}
    bodies: dict[str, dict[str, Any]] = {
        "find_venues_near": {"params": NEAR | {"radius_m": 20_000, "limit": 50}},
        "compare_standards": {"params": {"to": 1}},
        "sign_in": {"json": {"username": caller.username, "password": PASSWORD}},
        "refresh_session": {"json": {"refresh_token": caller.refresh_token}},
        "report_misuse": {"json": about},
        "send_report": {"data": about},
        "rate_pledge": {"data": rating},
        "open_typed_code": {"data": {"code": venue.code}},
        "open_typed_receipt": {"data": {"receipt_no": receipt}},
    }
    return places, bodies


def _in_a_venue(work: Work, district: District, venue: Venue, member_id: UUID) -> None:
    branch = district.ids["B11"]
    post = add_post(work, branch, title="一号岗", venue_id=venue.id)
    of_party = add_post(work, branch, title="书记", venue_id=venue.id, kind=PostKind.party, party_post=PartyPost.secretary)
    assert of_party.is_public
    for number in range(MANY):
        window = Venue(organization_id=branch, kind=VenueKind.window, name=f"{number}号", services=[], code=new_venue_code())
        window.parent_id, window.lat, window.lon = venue.id, *HERE
        station = Venue(organization_id=branch, kind=VenueKind.station, name=f"{number}号", services=[], code=new_venue_code())
        station.lat, station.lon = HERE
        secretary = Member(organization_id=branch, full_name=f"王{number}", joined_on=work.today, status=MemberStatus.full)
        secretary.party_post = PartyPost.secretary
        held = PostHolding(post_id=post.id, member_id=member_id, slot=PostSlot.primary, since=work.today, how=HoldingHow.appointed)
        duty = Post(organization_id=branch, kind=PostKind.duty, title=f"岗{number}", seats=1, duties=[], venue_id=venue.id)
        work.add_all((window, station, secretary, held, duty))
    work.flush()


def _of_pledges(work: Work, district: District, pledge_ids: tuple[UUID, UUID], account_id: UUID) -> UUID:
    """Much on two pledges, and many like the first. Returns the key of something that was done for it."""
    pledge_id, other_id = pledge_ids
    pledge = work.get_one(Pledge, pledge_id)
    like = pledge.model_dump(exclude={"id", "created_at", "updated_at", "version"})
    entries = []
    for number in range(MANY):
        entry = PledgeProgress(pledge_id=pledge_id, happened_on=work.today, note=f"第{number}次", published_on=work.today)
        entries.append(entry)
        work.add_all(
            (
                Pledge(**like),
                entry,
                PledgeProgress(pledge_id=other_id, happened_on=work.today, note="做了", published_on=work.today),
                _text(work, pledge, number + 2, account_id),
                *(_grade(work, pledge_id, source) for source in (EvaluationSource.masses, EvaluationSource.peers)),
            )
        )
    work.flush()
    work.add_all(_picture(district, entry.id, account_id) for entry in entries)
    work.flush()
    return entries[0].id


def _text(work: Work, pledge: Pledge, no: int, account_id: UUID) -> PledgeText:
    text = PledgeText(
        pledge_id=pledge.id,
        no=no,
        content=pledge.content,
        measure=pledge.measure,
        due_on=pledge.due_on,
        visibility=PledgeVisibility.public,
        submitted_at=work.at,
        submitted_by=account_id,
    )
    text.published_at, text.published_by = work.at, account_id
    return text


def _grade(work: Work, pledge_id: UUID, source: EvaluationSource) -> Evaluation:
    grade = Evaluation(pledge_id=pledge_id, source=source, period=f"{YEAR}-Q1", grade=Grade.satisfied, by_digest=uuid4().hex)
    grade.counts_from = work.at - timedelta(hours=1)
    if source is EvaluationSource.masses:
        grade.words_sealed, grade.words_state = b"", WordsState.held
    return grade


def _picture(district: District, entry_id: UUID, account_id: UUID) -> StoredFile:
    return StoredFile(
        organization_id=district.ids["B11"],
        purpose=FilePurpose.attachment,
        state=FileState.ready,
        storage_key=f"pledge/{entry_id}",
        media_type="image/jpeg",
        digest="cd" * 32,
        uploaded_by=account_id,
        attached_kind="pledge_progress",
        attached_id=entry_id,
    )


def _elsewhere(work: Work, district: District, venue: Venue, card_id: UUID) -> None:
    district_id, branch = district.ids["D"], work.get_one(Organization, district.ids["B11"])
    for number in range(MANY):
        group = Organization(code=f"G{number}", name=f"第{number}党小组", kind=OrganizationKind.group, parent_id=branch.id, path="")
        group.path = f"{branch.path}{group.id.hex}/"
        edition = ListEdition(
            organization_id=district_id, kind=ListKind.negative, number=number + 1, title="清单", change_note="改"
        )
        version = Standard(organization_id=district_id, number=number + 2, title="规范", issuer="明湖区", change_note="改")
        version.effective_on = work.today - timedelta(days=1)
        edition.token, version.token = uuid4().hex, uuid4().hex
        edition.published_at = version.published_at = work.at
        version.withdrawn_at, version.withdrawn_reason = work.at, "有误"
        work.add_all((group, edition, version))
        for of_venue, of_card in ((venue.id, None), (None, card_id)):
            complaint = Complaint(organization_id=branch.id, venue_id=of_venue, card_id=of_card, kind=ComplaintKind.other)
            complaint.receipt_no, complaint.sent_digest = uuid4().hex[:12], uuid4().hex
            work.add(complaint)
    work.flush()
