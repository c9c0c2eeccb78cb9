"""Who may do what, and where: each operation asked for by everybody, and each thing from every place of the tree."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text, update
from sqlmodel import col

from api.access.permissions import PERMISSIONS, Permission
from api.codes.reading import new_printed_code
from api.corrections.proposal import seal
from api.files.brought import prepare_picture
from api.files.service import add_file
from models import metadata
from models.account import Account, RoleGrant, SignInSession
from models.card import Card, Plate
from models.correction import CorrectionRequest
from models.enums import ConsentKind, ConsentSource, FilePurpose, MemberStatus, OrganizationKind, PlateKind, Role
from models.member import Member
from models.organization import Organization
from models.photo import Consent, Photo
from tests.authorization import ROW, ROWS, TABLE
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.routes import Door, document, doors, resolved

HERE = Path(__file__).parent
ROSTER = (HERE / "data" / "rosters" / "roster-clean.xlsx").read_bytes()
TREE_FILE = (HERE / "data" / "rosters" / "organizations.csv").read_bytes()
PICTURE = drawn("PNG")
FILES = {
    "import_members": ("花名册.xlsx", ROSTER),
    "mark_roster": ("花名册.xlsx", ROSTER),
    "import_organizations": ("organizations.csv", TREE_FILE),
    "import_list_items": ("清单.csv", "序号,事项,内容\n1,公章使用,先登记\n".encode()),
    "import_venues": ("阵地.csv", "所属组织,类型,名称\n上塘村第一党支部,红色基地,上塘村旧址\n".encode()),
}
PROBLEM = "application/problem+json"
PLACES = {
    Role.member: "B11",
    Role.deputy: "B11",
    Role.secretary: "B11",
    Role.town_officer: "T1",
    Role.district_officer: "D",
    Role.administrator: "D",
    Role.auditor: "D",
}
STRANGERS = ("anonymous", "disabled", "ended")
NOBODY_SPECIAL = "nobody_special"
ROOMS = [import_module(f"tests.{part.parent.name}.settled") for part in sorted(HERE.glob("*/settled.py"))]
"""What a room adds to `settle`: `settle(work, ids)` puts one of each of its things into an organisation, beside what has the keys
`ids`, and returns theirs."""
NOWHERE = {"session_id", "slip_request_id"}
"""Things that have no place in the tree: sessions, and requests, which are the district's."""


def protected(app: FastAPI) -> list[Door]:
    """The doors that ask for a permission, the one that ends the caller's session last."""
    return sorted((door for door in doors(app) if door.permissions), key=lambda door: door.name == "sign_out")


class Request(NamedTuple):
    """What is sent: everything that the document demands of it, by its own examples, and the ids of one place."""

    method: str
    path: str
    more: dict[str, Any]


def request(door: Door, ids: dict[str, UUID]) -> Request:
    """The smallest request that the OpenAPI document calls valid. Every id in it is one of `ids`, or random."""
    operation = document()["paths"][door.path][door.method.lower()]
    schemas = document()["components"]["schemas"]
    more: dict[str, Any] = {"headers": {"If-Match": '"1"'} if door.method == "PATCH" else {}, "params": {}}
    for parameter in (resolved(document(), part) for part in operation.get("parameters", ())):
        if parameter["in"] == "query" and parameter.get("required"):
            moment = parameter["schema"].get("format") == "date-time"
            name = parameter["name"]
            more["params"][name] = "2026-11-23T00:00:00Z" if moment else str(ids.get(name, uuid4()))
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        more["files"] = {"file": FILES.get(door.name, ("照片.png", PICTURE))}
    elif content:
        sent = content["application/json"]["schema"]
        # A body that need not be sent may also be null.
        schema = schemas[sent.get("anyOf", [sent])[0]["$ref"].rpartition("/")[2]]
        if "examples" in schema:
            body = dict(schema["examples"][0])
        else:
            body = {name: schema["properties"][name]["examples"][0] for name in schema["required"]}
        for name in body:
            if name.endswith("_id") and name != "national_id" and body[name] is not None:
                body[name] = str(ids.get("organization_id" if name == "parent_id" else name, uuid4()))
        more["json"] = body
    path = re.sub(r"\{(\w+)\}", lambda match: str(ids.get(match[1], uuid4())), door.path)
    return Request(door.method, path, more)


def names_ids(app: FastAPI, door: Door) -> bool:
    """Whether a door is asked for something by its id. What is asked of several is answered of each by itself."""
    more = request(door, {}).more
    return bool(asked_by_id(app) & {*more["params"], *more.get("json", ())}) or "_id}" in door.path


@lru_cache(maxsize=1)
def asked_by_id(app: FastAPI) -> frozenset[str]:
    """What doors ask for by its id."""
    return frozenset(name for door in protected(app) for name in re.findall(r"\{(\w+_id)\}", door.path))


def send(client: TestClient, asked: Request, caller: Caller | None) -> Any:
    headers = {**asked.more["headers"], **(caller.headers if caller else {})}
    return client.request(asked.method, asked.path, **{**asked.more, "headers": headers})


def everything(district: District) -> dict[str, list[str]]:
    """All rows of all tables, as they are stored."""
    with district.work() as work:
        connection = work.connection()
        return {
            table.name: sorted(str(row) for row in connection.execute(text(f'SELECT * FROM "{table.name}"')))
            for table in metadata.sorted_tables
        }


def test_every_protected_operation_has_one_row_in_the_table(app: FastAPI) -> None:
    written = [operation for row in ROWS for operation in row["operations"]]
    asked = {door.name for door in protected(app)}
    assert not asked - {*written}, f"{sorted(asked - {*written})}: {ROW.format(min(asked - {*written}))}"
    left_over = sorted({*written} - asked)
    assert not left_over, f"{left_over} in a room's authorization.toml: nobody may ask for these, take them out"
    twice = sorted(operation for operation, rows in Counter(written).items() if rows > 1)
    assert not twice, f"{twice} in two rows of the authorization.toml: leave one of them"


def test_the_table_and_the_permissions_tell_the_same(app: FastAPI) -> None:
    for door in protected(app):
        (permission,) = door.permissions
        holders = {role.value for role in Role if permission in PERMISSIONS[role]}
        if permission is Permission.own_account:
            holders = {*(role.value for role in Role), NOBODY_SPECIAL}
        assert TABLE[door.name] == holders, (
            f"{door.name}: by PERMISSIONS of api/access/permissions.py {sorted(holders)} hold {permission}, by its row in "
            f"authorization.toml {sorted(TABLE[door.name])} may ask: let both say the same"
        )


def stranger(district: District, kind: str) -> Caller | None:
    """Somebody who holds every permission that counts, if only he could show who he is."""
    if kind == "anonymous":
        return None
    caller = district.sign_in(Role.district_officer, "D")
    with district.work() as work:
        if kind == "disabled":
            work.exec(update(Account).where(col(Account.id) == UUID(caller.account_id)).values(disabled_at=work.at))
        else:
            mine = col(SignInSession.account_id) == UUID(caller.account_id)
            work.exec(update(SignInSession).where(mine).values(ended_at=work.at, end_reason="signed_out"))
    return caller


ON_ONE_ENGINE = pytest.mark.engine("sqlite")
"""Who asks is told apart before anything of a room is read; what is read is scoped on both engines below."""


@ON_ONE_ENGINE
@pytest.mark.parametrize("kind", STRANGERS)
def test_a_stranger_is_let_in_nowhere_and_changes_nothing(district: District, app: FastAPI, kind: str) -> None:
    caller = stranger(district, kind)
    before = everything(district)
    for door in protected(app):
        asked = request(door, district_ids(district))
        for sent in (asked, asked._replace(more={"headers": {}, "json": {}})):
            answer = send(district.client, sent, caller)
            if answer.status_code == 415 and "files" in asked.more and sent is not asked:
                continue
            assert answer.status_code == 401, (door.name, answer.text)
            assert answer.headers["content-type"] == PROBLEM, door.name
            assert answer.headers["WWW-Authenticate"].startswith("Bearer"), door.name
            assert answer.json()["code"] == "unauthenticated", door.name
    assert everything(district) == before


@ON_ONE_ENGINE
@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role.value if role else NOBODY_SPECIAL)
def test_a_role_opens_its_doors_and_no_other(district: District, app: FastAPI, role: Role | None) -> None:
    caller = district.sign_in(role, PLACES[role] if role else "B11")
    name = role.value if role else NOBODY_SPECIAL
    before = everything(district)
    for door in protected(app):
        if name not in TABLE[door.name]:
            answer = send(district.client, request(door, district_ids(district)), caller)
            assert answer.status_code == 403, (door.name, answer.text)
            assert answer.headers["content-type"] == PROBLEM, door.name
            assert answer.json()["code"] == "forbidden", door.name
    assert everything(district) == before
    for door in protected(app):
        if name in TABLE[door.name]:
            answer = send(district.client, request(door, {}), caller)
            assert answer.status_code not in (401, 403) and answer.status_code < 500, (door.name, answer.text)


def district_ids(district: District) -> dict[str, UUID]:
    return {"organization_id": district.ids["B11"]}


def settle(district: District, organization_id: UUID) -> dict[str, UUID]:
    """Put one of each owned thing into an organisation. Returns the key of each by the name of its parameter."""
    purposes = FilePurpose.portrait, FilePurpose.attachment
    pictures = [prepare_picture(district.house.storage, BytesIO(PICTURE), purpose, None) for purpose in purposes]
    with district.work() as work:
        member = Member.model_validate(
            {
                "organization_id": organization_id,
                "full_name": "王秀兰",
                "joined_on": "1995-07-01",
                "status": MemberStatus.full,
            }
        )
        account = Account(
            username=f"s{uuid4().hex}", organization_id=organization_id, password_hash="-", password_changed_at=work.at
        )
        work.add(member)
        work.add(account)
        work.flush()
        card = Card.model_validate(
            {
                "organization_id": organization_id,
                "member_id": member.id,
                "credential_number": random.getrandbits(48),
                "state_changed_at": work.at,
                "expires_on": "2099-12-31",
                "status_list": 0,
                "status_index": random.getrandbits(20),
            }
        )
        grant = RoleGrant(account_id=account.id, role=Role.deputy, organization_id=organization_id)
        work.add(card)
        work.add(grant)
        work.flush()
        kind = PlateKind.desk_plate
        plate = Plate(card_id=card.id, organization_id=organization_id, kind=kind, code=new_printed_code(kind))
        work.add(plate)
        correction = CorrectionRequest(member_id=member.id, organization_id=organization_id, changes_sealed=b"")
        seal(correction, {"job_title": "会计"}, district.house.cipher)
        work.add(correction)
        work.flush()
        belonging: dict[str, Any] = {"organization_id": organization_id, "uploaded_by": account.id}
        portrait, attachment = pictures
        file = add_file(work, attachment, attached_to=correction, **belonging)
        consent = Consent(
            member_id=member.id,
            kind=ConsentKind.photo,
            text_version="photo-1",
            source=ConsentSource.on_paper,
            given_at=work.at,
            given_by=account.id,
        )
        work.add(consent)
        work.flush()
        work.add(Photo(member_id=member.id, file_id=add_file(work, portrait, **belonging).id, consent_id=consent.id))
        things = {
            "organization_id": organization_id,
            "member_id": member.id,
            "card_id": card.id,
            "plate_id": plate.id,
            "correction_id": correction.id,
            "file_id": file.id,
            "consent_id": consent.id,
            "account_id": account.id,
            "grant_id": grant.id,
        }
        for room in ROOMS:
            things |= room.settle(work, things)
        return things


@pytest.fixture
def group(district: District) -> District:
    """The district with a group, G, below the first branch."""
    district.add_group("G")
    return district


SCOPES = [
    (Role.secretary, "B11", ("B11", "G"), ("D", "T1", "V1", "B12", "B21")),
    (Role.town_officer, "T1", ("T1", "V1", "B11", "G"), ("D", "T2", "V2", "B21")),
]


def in_reach_of(app: FastAPI, role: Role) -> Iterator[Door]:
    """The doors that a role opens and that are asked for one thing by its id; one's own sessions have no place in the tree."""
    for door in protected(app):
        if role.value in TABLE[door.name] and door.permissions != (Permission.own_account,) and names_ids(app, door):
            yield door


def told(answer: Any) -> dict[str, Any]:
    """An answer without the ids of its request."""
    return {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}


def test_whatever_a_door_asks_for_by_its_id_is_settled_in_the_tree(district: District, app: FastAPI) -> None:
    missing = sorted(asked_by_id(app) - NOWHERE - settle(district, district.ids["B11"]).keys())
    assert not missing, (
        f"{missing}: let settle() of tests/ROOM/settled.py put one into an organisation and return its key by that name"
    )


@pytest.mark.long
@ON_ONE_ENGINE
@pytest.mark.parametrize(("role", "where", "inside", "outside"), SCOPES, ids=lambda value: str(value))
def test_what_lies_outside_reads_like_what_is_missing(
    group: District, app: FastAPI, role: Role, where: str, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    caller = group.sign_in(role, where)
    things = {code: settle(group, group.ids[code]) for code in outside}
    before = everything(group)
    asked = list(in_reach_of(app, role))
    assert {"show_member", "issue_card", "create_account", "grant_role", "end_grant", "list_grants"} <= {
        door.name for door in asked
    }
    for door in asked:
        missing = send(group.client, request(door, {}), caller)
        assert missing.status_code == 404, (door.name, missing.text)
        if "{" not in door.path:
            assert missing.json()["errors"], f"{door.name}: let its NotFound have the `keys` that were sent and not found"
        for code in outside:
            answer = send(group.client, request(door, things[code]), caller)
            assert answer.status_code == 404, (door.name, code, answer.text)
            assert told(answer) == told(missing), (door.name, code)
            assert {*answer.headers} == {*missing.headers}, (door.name, code)
    assert everything(group) == before


@pytest.mark.parametrize(("role", "where", "inside", "outside"), SCOPES, ids=lambda value: str(value))
def test_what_lies_inside_is_shown_and_may_be_changed(
    group: District, app: FastAPI, role: Role, where: str, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    caller = group.sign_in(role, where)
    for code in inside:
        things = settle(group, group.ids[code])
        for door in in_reach_of(app, role):
            if door.method == "GET" and "/mine" not in door.path:
                answer = send(group.client, request(door, things), caller)
                assert answer.status_code == 200, (door.name, code, answer.text)
        for path in (f"cards/{things['card_id']}/suspend", f"cards/{things['card_id']}/plates/{things['plate_id']}/withdraw"):
            assert caller.post(f"/v1/{path}", json={"reason": "党员本人报告遗失"}).status_code == 200, code
        edited = caller.patch(f"/v1/members/{things['member_id']}", json={"job_title": "会计"}, headers={"If-Match": '"1"'})
        assert edited.status_code == 200, code
        assert caller.post(f"/v1/accounts/{things['account_id']}/disable").status_code == 200, code
        assert caller.delete(f"/v1/grants/{things['grant_id']}").status_code == 204, code


def test_one_foreign_id_among_ones_own_is_as_if_it_were_missing(group: District) -> None:
    caller = group.sign_in(Role.town_officer, "T1")
    own, foreign = settle(group, group.ids["B11"]), settle(group, group.ids["B21"])
    before = everything(group)
    missing = told(caller.get(f"/v1/members/{uuid4()}"))
    account = {"username": "chen.guohua", "organization_id": str(own["organization_id"]), "member_id": str(foreign["member_id"])}
    grant = {"account_id": str(own["account_id"]), "role": "deputy", "organization_id": str(foreign["organization_id"])}
    foreign_grant = {**grant, "account_id": str(foreign["account_id"]), "organization_id": str(own["organization_id"])}
    move = {"parent_id": str(group.ids["V2"])}
    plate = f"/v1/cards/{own['card_id']}/plates/{foreign['plate_id']}"
    for answer in (
        caller.post("/v1/accounts", json=account),
        caller.post("/v1/grants", json=grant),
        caller.post("/v1/grants", json=foreign_grant),
        caller.post(f"/v1/organizations/{group.ids['B11']}/move", json=move),
        caller.get(plate),
        caller.get(f"{plate}/qr.svg"),
        caller.post(f"{plate}/withdraw", json={"reason": "遗失"}),
        caller.get("/v1/members", params={"organization_id": str(foreign["organization_id"])}),
        caller.get("/v1/cards", params={"organization_id": str(foreign["organization_id"])}),
    ):
        assert answer.status_code == 404, answer.text
        assert told(answer) | {"errors": []} == missing
    for name, path in (("member_id", "/v1/cards"), ("parent_id", "/v1/organizations")):
        key = foreign["member_id"] if name == "member_id" else group.ids["V2"]
        assert caller.get(path, params={name: str(key)}).json() == {"items": [], "next_cursor": None}
    assert everything(group) == before


class Node(NamedTuple):
    key: UUID
    parent: UUID | None


def grow(district: District, chance: random.Random, nodes: list[Node], owned: dict[str, dict[UUID, UUID]]) -> None:
    """Add a random tree below any of `nodes`, with a random few things in it; `owned` is told where each thing lies."""
    with district.work() as work:
        for _ in range(8):
            above = work.get_one(Organization, chance.choice(nodes[-12:]).key)
            row = Organization(
                code=uuid4().hex, name=f"组织{chance.random()}", kind=OrganizationKind.branch, parent_id=above.id, path=""
            )
            row.path = f"{above.path}{row.id.hex}/"
            if len(row.path) > 330:
                continue
            work.add(row)
            work.flush()
            nodes.append(Node(row.id, above.id))
            owned["organizations"][row.id] = row.id
    for node in chance.sample(nodes[-8:], 2):
        things = settle(district, node.key)
        for name, key in (("members", "member_id"), ("cards", "card_id"), ("accounts", "account_id")):
            owned[name][things[key]] = node.key


def lies_below(nodes: dict[UUID, Node], key: UUID, tops: set[UUID]) -> bool:
    at: UUID | None = key
    while at is not None:
        if at in tops:
            return True
        at = nodes[at].parent
    return False


def every_id(caller: Caller, path: str) -> list[UUID]:
    found: list[UUID] = []
    cursor: str | None = None
    while True:
        answer = caller.get(path, params={"limit": 200, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        found += [UUID(item["id"]) for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


def test_lists_hold_just_what_lies_below_ones_grants_in_any_tree(district: District) -> None:
    """Fifty random trees with random grants: each list against a walk from child to parent."""
    chance = random.Random(990101)
    caller = district.sign_in(None, "D")
    nodes = [Node(district.ids["D"], None)]
    owned: dict[str, dict[UUID, UUID]] = {"organizations": {nodes[0].key: nodes[0].key}, "members": {}, "cards": {}, "accounts": {}}
    owned["accounts"][UUID(caller.account_id)] = nodes[0].key
    with district.work() as work:
        work.exec(text("DELETE FROM organization WHERE kind IN ('branch')"))
        work.exec(text("DELETE FROM organization WHERE kind IN ('village')"))
        work.exec(text("DELETE FROM organization WHERE kind IN ('town')"))
    for _ in range(50):
        grow(district, chance, nodes, owned)
        by_key = {node.key: node for node in nodes}
        grants = [(chance.choice(list(Role)), chance.choice(nodes[-16:]).key) for _ in range(chance.randint(1, 3))]
        with district.work() as work:
            ended = update(RoleGrant).where(col(RoleGrant.account_id) == UUID(caller.account_id), col(RoleGrant.ended_at).is_(None))
            work.exec(ended.values(ended_at=work.at))
            for role, key in set(grants):
                work.add(RoleGrant(account_id=UUID(caller.account_id), role=role, organization_id=key))
        for name, permission in (
            ("organizations", Permission.organization_read),
            ("members", Permission.member_read),
            ("cards", Permission.card_read),
            ("accounts", Permission.account_read),
        ):
            tops = {key for role, key in grants if permission in PERMISSIONS[role]}
            if not tops:
                assert caller.get(f"/v1/{name}").status_code == 403
                continue
            expected = {key for key, place in owned[name].items() if lies_below(by_key, place, tops)}
            found = every_id(caller, f"/v1/{name}")
            assert len(found) == len(set(found)), "nothing is told twice"
            assert set(found) == expected, name
