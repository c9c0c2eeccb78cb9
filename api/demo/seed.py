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
from api.access.scope import Access, Granted
from api.accounts import service as accounts_service
from api.accounts.grants import add_grant
from api.adapters.cipher import Cipher
from api.cards import plates, showing
from api.cards import service as cards
from api.database import Origin, Work
from api.days import day_of
from api.demo import answers, district
from api.demo.pledged_year import Branch, Cast, live_years
from api.demo.venues import add_venues
from api.files.service import prepare_picture
from api.house import House
from api.keys.service import ensure_key
from api.members import record as members
from api.organizations.rules import path_of
from api.posts.service import show_posts_of_members
from api.settings import write_private
from api.standards import default
from api.standards.drafts import create_standard_draft, publish_standard_draft
from api.versions import Expected
from models.account import Account
from models.enums import FilePurpose, OrganizationKind, PartyPost, PlateKind, Role
from models.member import Member
from models.organization import Organization

SEED = 1921
CHUNK = 500
BRANCHES_THAT_PLEDGE = 3
MOST_THAT_PLEDGE = 9
"""Of a branch."""
PEERS = 4
STANDARD_SINCE = timedelta(days=400)
"""How long the standard has been in force."""


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
        content = json.loads(path.read_text(encoding="utf-8"))
        accounts = tuple(DemoAccount(**{**account, "role": Role(account["role"])}) for account in content["accounts"])
        return cls(accounts, content["member_id"], content["printed_code"], content.get("other_codes", {}))


Progress = Callable[[str, int, int], None]
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
        photo = prepare_picture(house.storage, content, FilePurpose.portrait)
    with house.database.writing(Origin("demo")) as work:
        ensure_key(work, house.cipher)
        progress("党组织", 0, len(tree))
        by_code = plant(work, tree)
        by_id = {row.id: row for row in by_code.values()}
        rows: list[Member] = []
        for chunk in _chunks(people):
            rows += enrol(work, chunk, by_code, house.cipher)
            progress("党员", len(rows), len(people))
        for done in cards.issue_to(work, rows, cards.Issuing(house.status_key, house.settings.card_years)):
            progress("身份卡", done, len(rows))
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
            role: _account(work, role, password_hash, places.get(role, root), people_of.get(role))
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
        callers: dict[Role, Access] = {role: _caller(role, account) for role, account in accounts.items()}
        cast = _cast(callers, branch.id, people_in_town, () if bare else _peers(work, house, branch, people_in_town, callers))
    progress("标识规范", 0, 1)
    with house.database.writing(Origin("demo", now - STANDARD_SINCE)) as work:
        create_standard_draft(work, "default", default.TITLE, "系统自带的通用默认版，供各地修改后使用。")
        publish_standard_draft(work, work.today, Expected(None, required=False))
    if not bare:
        progress("阵地", 0, 1)
        with house.database.writing(Origin("demo", now)) as work:
            add_venues(work, callers[Role.district_officer], by_code)
        live_years(house, cast, now, SEED, lambda done, total: progress("一年的承诺", done, total))
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


def _account(work: Work, role: Role, password_hash: str, place: Organization, member_id: UUID | None) -> Account:
    account = accounts_service.add_account(work, role.value, place.id, member_id, password_hash, one_time=False)
    add_grant(work, account, role, place.id, granted_by=None)
    return account


def _told(role: Role, password: str, place: Organization) -> DemoAccount:
    return DemoAccount(role, role.value, password, place.code, place.name)


def _peers(
    work: Work, house: House, branch: Organization, people: Iterable[Member], callers: Mapping[Role, Access]
) -> list[Access]:
    """Others of a branch who rate its pledges, with accounts whose password nobody knows."""
    password_hash, has_account = house.passwords.hash(secrets.token_urlsafe(9)), {caller.member_id for caller in callers.values()}
    others = (one for one in people if one.organization_id == branch.id and one.id not in has_account)
    peers = []
    for number, member in enumerate(islice(others, PEERS), 1):
        account = accounts_service.add_account(work, f"peer.{number}", branch.id, member.id, password_hash, one_time=False)
        add_grant(work, account, Role.member, branch.id, granted_by=None)
        peers.append(_caller(Role.member, account))
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


def _caller(role: Role, account: Account) -> Access:
    place = account.organization_id
    return Access(account.id, account.id, place, account.member_id, Permission.own_pledge, (Granted(role, place),))


def _chunks(people: list[district.DemoMember]) -> Iterator[list[district.DemoMember]]:
    for start in range(0, len(people), CHUNK):
        yield people[start : start + CHUNK]
