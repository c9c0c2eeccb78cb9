"""A district of any size, put straight into the tables: the rows of one real holder, copied with other keys and numbers."""

import sqlite3
import uuid
from collections.abc import Iterator
from typing import Any, Final

import psycopg
from msgspec.json import encode
from psycopg.types.json import set_json_loads
from sqlalchemy.engine import make_url

from api.codes.reading import printed_code
from api.database import Origin
from api.house import House
from api.keys.service import ensure_key
from api.profiles.rules import kept_pledges
from api.profiles.sections import PledgeEntry, ProgressEntry
from models.enums import OrganizationKind, PlateKind
from models.organization import Organization
from models.status_list import StatusList
from tests.clock import district_day
from tests.verification.holders import hold

MEMBERS_OF_A_BRANCH: Final = 50
TOWNS: Final = 20
"""The branches stand below them in turn."""
FAMILY_NAMES: Final = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁"
GIVEN_NAMES: Final = "秀英伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂"
STATUS_LIST: Final = 1
"""The list that all of them stand in; the holder that they are copied from has his place in list 0."""

TABLES: Final = ("organization", "member", "card", "plate", "profile")
KEYS: Final = dict.fromkeys(TABLES, "id") | {"profile": "member_id"}
TOWN: Final = 9
"""The towns' place among the tables, where their keys are made."""
Row = dict[str, Any]

PLAIN: Final = 0
PLEDGED: Final = 1
"""What members have to show beside their cards, by their number's remainder: nothing but a post, or pledges too."""
TODAY: Final = district_day()
YEAR: Final = TODAY.year


def credential_number(member: int) -> int:
    """The credential number of the card of a member, counted from 0: scattered, and none twice."""
    return (member + 1) * 0x5DEECE66D % (1 << 48)


def plate_code(member: int) -> str:
    """The code of that card's plate."""
    return printed_code(PlateKind.desk_plate, (member + 1) * 0x9E3779B97F4A7C15 % (1 << 64))


def town_key(number: int) -> uuid.UUID:
    return _key(TOWN, number)


def branch_key(number: int) -> uuid.UUID:
    return _key(TABLES.index("organization"), number)


def member_key(number: int) -> uuid.UUID:
    return _key(TABLES.index("member"), number)


def card_key(number: int) -> uuid.UUID:
    return _key(TABLES.index("card"), number)


def _key(table: int, number: int) -> uuid.UUID:
    # Ascending like the keys that the application makes, and none of them one of those.
    return uuid.UUID(int=0x019A << 112 | table << 96 | number)


def pledges(member: int) -> str | None:
    """What a member's profile says of his six pledges, three of this year and three of the last, as the application keeps them:
    those of the last until 31 March. None of every second member."""
    if member % 2 == PLAIN:
        return None
    entries = [
        PledgeEntry(
            id=str(uuid.UUID(int=member << 8 | YEAR - year << 4 | number)),
            kind="annual",
            category="service",
            content=f"年底前给第 {member} 网格的 6 户独居老人装好卫生间扶手，教会他们用",
            measure="6 户都装好，老人签字确认",
            due_on=f"{year}-12-20",
            year=year,
            percent=member % 100,
            state="published" if year == YEAR else "fulfilled",
            is_claimed=False,
            outcome_reason=None,
            last_progress=ProgressEntry(happened_on=f"{year}-01-02", note=f"给第 {number + 1} 户的王阿婆家装好了。"),
            settled_on=None if year == YEAR else f"{year}-12-01",
        )
        for year in (YEAR, YEAR - 1)
        for number in range(3)
    ]
    return encode(kept_pledges(entries, TODAY)).decode()


def fill(house: House, members: int, of_a_branch: int = MEMBERS_OF_A_BRANCH) -> None:
    """Give an empty, migrated database that many members, each with a valid card and a plate, so many to a branch, in its towns."""
    with house.database.writing(Origin("bench")) as work:
        ensure_key(work, house.cipher)
        work.add(StatusList(number=STATUS_LIST))
        root = Organization(code="D", name="明湖区", kind=OrganizationKind.district, path="")
        root.path = f"{root.id.hex}/"
        work.add(root)
        work.flush()
        branch = Organization(
            code="B",
            name="上塘村第一党支部",
            kind=OrganizationKind.branch,
            parent_id=root.id,
            path="",
            service_phone="0574-00001234",
        )
        branch.path = f"{root.path}{branch.id.hex}/"
        work.add(branch)
        work.flush()
    holder = hold(house, branch.id)
    ids = {"organization": branch.id, "card": holder.card_id, "plate": holder.plate_id}
    ids |= dict.fromkeys(("member", "profile"), holder.member_id)
    copy = _into_sqlite if house.database.is_sqlite else _into_postgresql
    copy(house.database.url, ids, members, of_a_branch)


def _copies(first: dict[str, Row], members: int, of_a_branch: int, own: Any) -> Iterator[tuple[str, Iterator[Row]]]:
    """For each table the rows to be put into it; `own` writes a key as the engine does."""

    def key(table: int, number: int) -> Any:
        return own(_key(table, number))

    def organizations() -> Iterator[Row]:
        top = first["organization"]["path"].split("/")[0]
        for number in range(TOWNS):
            place = {"id": key(TOWN, number), "path": f"{top}/{town_key(number).hex}/", "kind": OrganizationKind.town.value}
            yield first["organization"] | place | {"code": f"T{number}", "name": f"云溪镇{number}"}
        for number in range(-(-members // of_a_branch)):
            town = number % TOWNS
            place = {"parent_id": key(TOWN, town), "path": f"{top}/{town_key(town).hex}/{branch_key(number).hex}/"}
            named = {"id": key(0, number), "code": f"B{number}", "name": f"上塘村第{number}党支部"}
            yield first["organization"] | place | named

    def belonging(number: int) -> Row:
        return {"organization_id": key(0, number // of_a_branch)}

    def called(number: int) -> Row:
        chance = number * 0x9E3779B1 % 2**32
        given = GIVEN_NAMES[chance // 20 % 24] + GIVEN_NAMES[chance // 480 % 24]
        return {"full_name": FAMILY_NAMES[chance % 20] + given}

    yield "organization", organizations()
    yield "member", (first["member"] | belonging(number) | called(number) | {"id": key(1, number)} for number in range(members))
    yield (
        "profile",
        (first["profile"] | {"member_id": key(1, number), "pledges": pledges(number)} for number in range(members)),
    )
    yield (
        "card",
        (
            first["card"]
            | belonging(number)
            | {"id": key(2, number), "member_id": key(1, number), "credential_number": credential_number(number)}
            | {"status_list": STATUS_LIST, "status_index": (number + 1) * 0x9E375 % 2**20}
            for number in range(members)
        ),
    )
    yield (
        "plate",
        (
            first["plate"] | belonging(number) | {"id": key(3, number), "card_id": key(2, number), "code": plate_code(number)}
            for number in range(members)
        ),
    )


def _into_sqlite(url: str, ids: dict[str, uuid.UUID], members: int, of_a_branch: int) -> None:
    connection = sqlite3.connect(make_url(url).database or "")
    connection.row_factory = sqlite3.Row
    first = {
        table: dict(connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", (ids[table].hex,)).fetchone())
        for table, key in KEYS.items()
    }
    for table, rows in _copies(first, members, of_a_branch, lambda key: key.hex):
        names = list(first[table])
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
        connection.executemany(statement, ([row[name] for name in names] for row in rows))
    connection.commit()
    connection.close()


def _into_postgresql(url: str, ids: dict[str, uuid.UUID], members: int, of_a_branch: int) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection, connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        # What is JSON is put in again as it stands.
        set_json_loads(lambda text: text if isinstance(text, str) else text.decode(), cursor)
        first = {
            table: cursor.execute(f"SELECT * FROM {table} WHERE {key} = %s", (ids[table],)).fetchone() or {}
            for table, key in KEYS.items()
        }
        for table, rows in _copies(first, members, of_a_branch, lambda key: key):
            names = list(first[table])
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([row[name] for name in names])
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
