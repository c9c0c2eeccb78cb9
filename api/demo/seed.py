"""Fill an empty database with the demonstration district, through the same services that an office uses."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from api.access import service as access
from api.adapters.cipher import Cipher
from api.cards import service as cards
from api.cards.keys import ensure_key
from api.database import Origin, Work
from api.demo import district
from api.house import House
from api.members import service as members
from api.organizations.rules import path_of
from api.settings import write_private
from models.enums import PlateKind, Role
from models.member import Member
from models.organization import Organization

SEED = 1921
CHUNK = 500


@dataclass(frozen=True)
class DemoAccount:
    role: Role
    username: str
    password: str
    organization_code: str


@dataclass(frozen=True)
class Seeded:
    """What the demonstration shows of itself: an account for each role, and the card of the member among them."""

    accounts: tuple[DemoAccount, ...]
    member_id: str
    printed_code: str

    def save(self, path: Path) -> None:
        write_private(path, json.dumps(asdict(self), ensure_ascii=False, indent=2))

    @classmethod
    def load(cls, path: Path) -> "Seeded":
        content = json.loads(path.read_text(encoding="utf-8"))
        accounts = tuple(DemoAccount(**{**account, "role": Role(account["role"])}) for account in content["accounts"])
        return cls(accounts, content["member_id"], content["printed_code"])


Progress = Callable[[str, int, int], None]
"""Told which part is being made, how much of it is done, and how much there is."""


def seed(house: House, today: date, progress: Progress) -> Seeded:
    """Load the tree, its members with their cards, one account a role, and a plate. All of it stands, or nothing does."""
    tree = list(district.organizations())
    people = list(district.members(tree, SEED, today=today))
    roles = ((role, f"{secrets.token_urlsafe(9)}") for role in Role)
    hashed = [(role, password, house.passwords.hash(password)) for role, password in roles if role is not Role.deputy]
    with house.database.writing(Origin("demo")) as work:
        ensure_key(work, house.cipher)
        by_code = _plant(work, tree)
        rows: list[Member] = []
        for chunk in _chunks(people):
            rows += _enrol(work, chunk, by_code, house.cipher)
            progress("党员", len(rows), len(people))
        for done in cards.issue_to(work, rows, cards.Issuing(house.status_key, house.settings.card_years, today)):
            progress("身份卡", done, len(rows))
        secretary = next(row for row in rows if row.party_post and row.party_post.value == "secretary")
        member = next(row for row in rows if row.organization_id == secretary.organization_id and row.party_post is None)
        accounts = _accounts(work, hashed, by_code, member, secretary)
        plate = cards.add_plate(work, cards.card_of(work, member.id), PlateKind.desk_plate)
        return Seeded(accounts, str(member.id), plate.code)


def _plant(work: Work, tree: list[district.DemoOrganization]) -> dict[str, Organization]:
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
        # A parent must stand before what stands below it.
        work.flush()
    return by_code


def _enrol(work: Work, people: list[district.DemoMember], by_code: dict[str, Organization], cipher: Cipher) -> list[Member]:
    rows = []
    for person in people:
        content = asdict(person)
        sensitive = {name: content.pop(name) for name in ("national_id", "mobile", "home_address")}
        row = Member.model_validate({**content, "organization_id": by_code[content.pop("organization_code")].id})
        members.seal(row, cipher, **sensitive)
        work.add(row)
        work.record("create_member", row)
        rows.append(row)
    work.flush()
    return rows


def _accounts(
    work: Work,
    hashed: list[tuple[Role, str, str]],
    by_code: dict[str, Organization],
    member: Member,
    secretary: Member,
) -> tuple[DemoAccount, ...]:
    root = next(iter(by_code.values()))
    branch = next(row for row in by_code.values() if row.id == member.organization_id)
    town = next(row for row in by_code.values() if row.kind == "town" and branch.path.startswith(row.path))
    places = {Role.member: branch, Role.secretary: branch, Role.town_officer: town}
    people: dict[Role, UUID] = {Role.member: member.id, Role.secretary: secretary.id}
    made = []
    for role, password, password_hash in hashed:
        place = places.get(role, root)
        account = access.add_account(work, role.value, place.id, people.get(role), password_hash, one_time=False)
        access.add_grant(work, account, role, place.id, granted_by=None)
        made.append(DemoAccount(role, role.value, password, place.code))
    return tuple(made)


def _chunks(people: list[district.DemoMember]) -> Iterator[list[district.DemoMember]]:
    for start in range(0, len(people), CHUNK):
        yield people[start : start + CHUNK]
