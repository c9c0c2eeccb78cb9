"""Fill an empty database with the demonstration district, through the same services that an office uses."""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.cipher import Cipher
from api.cards import plates, showing
from api.cards import service as cards
from api.database import Origin, Work
from api.days import day_of
from api.demo import answers, district, lists
from api.demo.honored import award
from api.demo.inspected import Place, hang_and_inspect
from api.demo.people import add_person, caller
from api.demo.performed import perform
from api.demo.pledged_year import Branch, Cast, live_years
from api.demo.posted import post_branch
from api.demo.venues import add_venues
from api.errors import Text
from api.files.brought import prepare_picture
from api.foreign import read_json
from api.house import House
from api.keys.service import ensure_key
from api.lists.drafts import add_items, create_list_draft, publish_list_draft
from api.members import record as members
from api.organizations.rules import path_of
from api.posts.showing import show_posts_of_members
from api.printing.choosing import Asked, choose_print_batch
from api.printing.drawing import Paper
from api.printing.service import create_print_batch
from api.settings import write_private
from api.standards import default
from api.standards.drafts import create_standard_draft, publish_standard_draft
from api.versions import Expected
from models.enums import FilePurpose, OrganizationKind, PartyPost, PlateKind, Role, VenueKind
from models.list_enums import ListKind
from models.member import Member
from models.organization import Organization
from models.print_enums import PrintKind, PrintLayout
from models.venue import Venue

SEED = 1921
CHUNK = 500
BRANCHES_THAT_PLEDGE = 3
MOST_THAT_PLEDGE = 9
"""Of a branch."""
PEERS = 4
STANDARD_SINCE, VENUES_SINCE = timedelta(days=400), timedelta(days=100)
"""How long the standard has been in force, and the venues have been known."""


@dataclass(frozen=True)
class DemoAccount:
    role: Role
    username: str
    password: str = field(repr=False)
    organization_code: str
    organization_name: str = ""


@dataclass(frozen=True)
class Seeded:
    """What the demonstration shows of itself: an account for each role, the card of the member among them, which bears a photo, and
    a printed code for each other answer."""

    accounts: tuple[DemoAccount, ...]
    member_id: str
    printed_code: str
    other_codes: dict[str, str] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        write_private(path, json.dumps(asdict(self), ensure_ascii=False, indent=2))

    @classmethod
    def load(cls, path: Path) -> "Seeded":
        content = read_json(path.read_text(encoding="utf-8"))
        accounts = tuple(DemoAccount(**{**account, "role": Role(account["role"])}) for account in content["accounts"])
        return cls(accounts, content["member_id"], content["printed_code"], content.get("other_codes", {}))


Progress = Callable[[Text, int, int], None]
"""Told which part is being made, how much of it is done, and how much there is."""


def seed(house: House, progress: Progress, *, bare: bool = False) -> Seeded:
    """Load the tree, its members with their cards, an account for each role but the deputy, and a plate: all of it or nothing.
    Then publish the standard that is shipped, and unless it is to be `bare` enter venues, and let the branches of a town
    live a year of pledges."""
    now = datetime.now(UTC)
    tree = list(district.organizations())
    people = list(district.members(tree, SEED, today=day_of(now, house.settings.zone)))
    roles = ((role, f"{secrets.token_urlsafe(9)}") for role in Role)
    hashed = [(role, password, house.passwords.hash(password)) for role, password in roles if role is not Role.deputy]
    with answers.PORTRAIT.open("rb") as content:
        photo = prepare_picture(house.storage, content, FilePurpose.portrait, None)
    with house.database.writing(Origin("demo")) as work:
        ensure_key(work, house.cipher)
        progress(Text("党组织", "Party organisations"), 0, len(tree))
        by_code = plant(work, tree)
        by_id = {row.id: row for row in by_code.values()}
        rows: list[Member] = []
        for chunk in _chunks(people):
            rows += enrol(work, chunk, by_code, house.cipher)
            progress(Text("党员", "members"), len(rows), len(people))
        for done in cards.issue_to(work, rows, cards.Issuing(house.status_key, house.settings.card_years)):
            progress(Text("身份卡", "cards"), done, len(rows))
        town = next(row for row in by_code.values() if row.kind is OrganizationKind.town)
        in_town = [row for row in rows if by_id[row.organization_id].path.startswith(town.path)]
        villages = {row.id for row in by_code.values() if row.kind is OrganizationKind.village}
        of_villages = (row for row in in_town if by_id[row.organization_id].parent_id in villages)
        member = next(row for row in of_villages if row.party_post is PartyPost.organization_commissioner)
        secretary = next(row for row in in_town if row.organization_id == member.organization_id)
        branch, root = by_id[member.organization_id], next(iter(by_code.values()))
        places = {Role.member: branch, Role.secretary: branch, Role.town_officer: town}
        people_of = {Role.member: member.id, Role.secretary: secretary.id}
        accounts = {
            role: add_person(work, role.value, role, places.get(role, root).id, people_of.get(role), password_hash)
            for role, _, password_hash in hashed
        }
        told = tuple(_told(role, password, places.get(role, root)) for role, password, _ in hashed)
        plate = plates.add_plate(work, showing.card_of(work, member.id), PlateKind.desk_plate)
        officer = accounts[Role.district_officer]
        answers.show_photo(work, officer, member, photo)
        others = (row for row in in_town if row.party_post is None and row.organization_id != branch.id)
        other_codes = answers.codes_of_answers(work, answers.Cast(officer, others, branch))
        seeded = Seeded(told, str(member.id), plate.code, other_codes)
        # The member himself before the others of his branch.
        people_in_town = [member, *(row for row in in_town if row is not member)]
        callers: dict[Role, Access] = {role: caller(role, account) for role, account in accounts.items()}
        cast = _cast(callers, branch.id, people_in_town, () if bare else _peers(work, house, branch, people_in_town, callers))
    progress(Text("标识规范", "the signage standard"), 0, 1)
    with house.database.writing(Origin("demo", now - STANDARD_SINCE)) as work:
        create_standard_draft(work, "default", default.TITLE, "系统自带的通用默认版，供各地修改后使用。")
        publish_standard_draft(work, work.today, Expected(None, required=False))
    if not bare:
        progress(Text("三清单", "the three lists"), 0, 1)
        with house.database.writing(Origin("demo", now - STANDARD_SINCE)) as work:
            _publish_lists(work)
        progress(Text("阵地", "venues"), 0, 1)
        with house.database.writing(Origin("demo", now - VENUES_SINCE)) as work:
            venues = add_venues(work, callers[Role.district_officer], by_code, branch)
            inspected = _inspected(work, house, [told.venue for told in venues], by_id, callers)
        with house.database.writing(Origin("demo", now, callers[Role.district_officer].account_id)) as work:
            award(work, callers[Role.district_officer], branch, [member, secretary], town, root)
        progress(Text("岗位", "posts"), 0, 1)
        in_branch = (row for row in people_in_town if row.organization_id == branch.id)
        colleagues = [member, secretary, *(row for row in in_branch if row.id not in people_of.values())]
        sent = next(row for row in reversed(people_in_town) if row.organization_id != branch.id and row.party_post is None)
        window = next(told.venue for told in venues if told.venue.kind is VenueKind.window)
        by_officer = callers[Role.district_officer]
        with house.database.writing(Origin("demo", now, by_officer.account_id)) as work:
            post_branch(work, by_officer, callers[Role.member], branch, [*colleagues, sent], window_id=window.id)
        progress(Text("铭牌", "plates"), 0, 1)
        by_secretary = callers[Role.secretary].using(Permission.plate_write)
        origin, paper = Origin("demo", now, by_secretary.account_id), Paper.of(house.settings)
        with house.database.reading(origin) as work:
            asked = Asked(PrintKind.desk_plate, branch.id, PrintLayout.a4, make_missing=True)
            chosen = choose_print_batch(work, by_secretary, asked, paper)
        with house.database.writing(origin) as work:
            create_print_batch(work, by_secretary, chosen, paper)
        hang_and_inspect(house, inspected, now, lambda done, total: progress(Text("标识检查", "inspections of signs"), done, total))
        live_years(house, cast, now, SEED, lambda done, total: progress(Text("一年的承诺", "a year of pledges"), done, total))
        perform(house, cast, by_officer, now, lambda done, total: progress(Text("一年的绩效", "a year of figures"), done, total))
    return seeded


def plant(work: Work, tree: list[district.DemoOrganization]) -> dict[str, Organization]:
    by_code: dict[str, Organization] = {}
    for item in tree:
        parent = by_code.get(item.parent_code or "")
        row = Organization.model_validate(
            {
                "code": item.code,
                "name": item.name,
                "kind": item.kind,
                "service_phone": item.service_phone,
                "parent_id": parent.id if parent else None,
                "path": "",
            }
        )
        row.path = path_of(row.id, parent.path if parent else "")
        by_code[item.code] = row
        work.add(row)
        work.record("create_organization", row)
    # In the order in which they came, each parent before what stands below it.
    work.flush()
    return by_code


def enrol(work: Work, people: list[district.DemoMember], by_code: dict[str, Organization], cipher: Cipher) -> list[Member]:
    rows = []
    for person in people:
        content = asdict(person)
        row = members.made(content, by_code[content.pop("organization_code")].id, cipher)
        work.add(row)
        work.record("create_member", row)
        rows.append(row)
    work.flush()
    show_posts_of_members(work, [row for row in rows if row.party_post is not None])
    return rows


def _publish_lists(work: Work) -> None:
    for kind in ListKind:
        draft = create_list_draft(work, kind, None, lists.TITLES[kind], lists.NOTE)
        add_items(work, draft.row, lists.items(kind))
        publish_list_draft(work, kind, Expected(None, required=False))


def _unknown(house: House) -> str:
    """The hash of a password that nobody knows."""
    return house.passwords.hash(secrets.token_urlsafe(9))


def _told(role: Role, password: str, place: Organization) -> DemoAccount:
    return DemoAccount(role, role.value, password, place.code, place.name)


def _peers(
    work: Work, house: House, branch: Organization, people: Iterable[Member], callers: Mapping[Role, Access]
) -> list[Access]:
    """Others of a branch who rate its pledges, with accounts whose password nobody knows."""
    password_hash, has_account = _unknown(house), {one.member_id for one in callers.values()}
    others = (one for one in people if one.organization_id == branch.id and one.id not in has_account)
    peers = []
    for number, member in enumerate(islice(others, PEERS), 1):
        account = add_person(work, f"peer.{number}", Role.member, branch.id, member.id, password_hash)
        peers.append(caller(Role.member, account))
    return peers


def _cast(callers: Mapping[Role, Access], first: UUID, people: Iterable[Member], peers: Sequence[Access]) -> Cast:
    """The branches of a town with those of their members who hold a card, the first before the others; and who acts for them."""
    by_branch: dict[UUID, list[UUID]] = {first: []}
    for member in people:
        by_branch.setdefault(member.organization_id, []).append(member.id)
    secretary = callers[Role.secretary]
    branches = []
    for key, ids in islice(by_branch.items(), BRANCHES_THAT_PLEDGE):
        author = secretary if key == first else callers[Role.district_officer]
        # What the secretary pledges herself is another's to enter here: one story has one author.
        branches.append(Branch(key, [one for one in ids if one != secretary.member_id][:MOST_THAT_PLEDGE], author))
    return Cast(branches, callers[Role.member], peers, secretary, callers[Role.town_officer])


def _inspected(
    work: Work, house: House, venues: Iterable[Venue], by_id: Mapping[UUID, Organization], callers: Mapping[Role, Access]
) -> list[Place]:
    """Some venues with who inspects them: the town's officer what lies below her town, and the district's everything else. The
    secretary keeps her own branch's, and everywhere else somebody does whose password nobody knows."""
    chief, town_officer, secretary = callers[Role.district_officer], callers[Role.town_officer], callers[Role.secretary]
    town, password_hash = by_id[town_officer.organization_id], _unknown(house)
    keepers = {secretary.organization_id: secretary, chief.organization_id: chief}
    places = []
    for venue in venues:
        owner = by_id[venue.organization_id]
        if owner.id not in keepers:
            role = Role.town_officer if owner.kind is OrganizationKind.town else Role.secretary
            account = add_person(work, f"keeper.{len(keepers) - 1}", role, owner.id, None, password_hash)
            keepers[owner.id] = caller(role, account)
        is_below = owner is not town and owner.path.startswith(town.path)
        places.append(Place(venue.id, venue.kind, town_officer if is_below else chief, keepers[owner.id]))
    return places


def _chunks(people: list[district.DemoMember]) -> Iterator[list[district.DemoMember]]:
    for start in range(0, len(people), CHUNK):
        yield people[start : start + CHUNK]
