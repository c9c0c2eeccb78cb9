"""What is there already is not sent again, what is long is sent compressed to whoever asks, and no secret ever is."""

import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import col, update

from api.house import House
from api.web.documentation import made_once
from api.web.representation import GZIPPED, SMALLEST, has_already, wants_gzip
from models.enums import Role
from models.organization import Organization
from tests.accounts.people import enrol, issue
from tests.conftest import Caller, District, version_of
from tests.routes import document, doors
from tests.verification.holders import Holder, hold

ON_ENGINES = ("sqlite",)
PLAIN = {"Accept-Encoding": "identity"}
GZIP = {"Accept-Encoding": "br;q=1, gzip;q=0.5"}
OF_CONTENT = {"content-type", "content-length", "content-encoding", "content-disposition"}


@pytest.fixture
def holder(district: District, house: House) -> Holder:
    return hold(house, district.ids["B11"])


@pytest.fixture
def secretary(district: District, holder: Holder) -> Caller:
    """The secretary of a branch, herself a member with a card."""
    return district.sign_in(Role.secretary, "B11", member_id=holder.member_id)


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def long_record(officer: Caller, district: District) -> str:
    """The address of a member of whom so much is kept that it is compressed."""
    body = {"organization_id": str(district.ids["B11"]), "full_name": "陈国华", "joined_on": "1995-07-01", "remark": "记" * 400}
    made = officer.post("/v1/members", json=body)
    assert made.status_code == 201, made.text
    return f"/v1/members/{made.json()['id']}"


def test_whatever_has_a_tag_is_not_sent_again_to_whoever_has_it(
    app: FastAPI, district: District, holder: Holder, secretary: Caller, officer: Caller
) -> None:
    ids = {
        "organization_id": district.ids["B11"],
        "member_id": holder.member_id,
        "card_id": holder.card_id,
        "plate_id": holder.plate_id,
        "account_id": officer.account_id,
        "number": 0,
        "name": "swagger-ui.css",
    }
    tagged = set()
    for door in doors(app):
        if door.method != "GET":
            continue
        path = re.sub(r"\{(\w+)\}", lambda match: str(ids.get(match[1], uuid4())), door.path)
        for caller in (secretary, officer):
            for coding in (PLAIN, GZIP):
                first = caller.get(path, headers=coding, follow_redirects=False)
                if first.status_code != 200 or "ETag" not in first.headers:
                    continue
                tag = first.headers["ETag"]
                for known in (tag, f"W/{tag}", f'"x,y", {tag}', "*", tag.replace(GZIPPED, "")):
                    held = caller.get(path, headers={"If-None-Match": known, **coding})
                    assert (held.status_code, held.content) == (304, b""), f"{path}: {known}"
                    assert not OF_CONTENT & set(held.headers)
                    for name in ("ETag", "Cache-Control", "Vary"):
                        assert held.headers.get(name) == first.headers.get(name), f"{path}: {name}"
                for other in ('"x"', tag[:-2] + '"', f'"{tag}', "x" * 2000 + tag):
                    assert caller.get(path, headers={"If-None-Match": other, **coding}).status_code == 200, f"{path}: {other}"
                tagged.add(door.name)
    assert tagged >= {"show_own_account", "show_own_member", "show_own_card", "show_organization", "show_member", "show_card"}
    assert tagged >= {"draw_plate_svg", "show_status_list", "show_openapi", "show_documentation_asset"}


def test_a_tag_changes_with_whatever_is_shown_though_the_row_has_not(district: District, holder: Holder, secretary: Caller) -> None:
    before = secretary.get("/v1/accounts/mine")
    with district.work() as work:
        work.exec(update(Organization).where(col(Organization.id) == district.ids["B11"]).values(name="上塘村老支部"))
    officer = district.sign_in(Role.district_officer, "D")
    granted = {"account_id": secretary.account_id, "role": "deputy", "organization_id": str(district.ids["B11"])}
    assert officer.post("/v1/grants", json=granted).status_code == 201
    after = secretary.get("/v1/accounts/mine", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200 and len(after.json()["roles"]) == 2
    assert version_of(after) == version_of(before)


@pytest.mark.parametrize("coding", [PLAIN, GZIP])
def test_the_tag_of_a_compressed_answer_is_taken_like_any_other(
    district: District, officer: Caller, coding: dict[str, str]
) -> None:
    url = long_record(officer, district)
    read = officer.get(url, headers=GZIP)
    tag = read.headers["ETag"]
    assert read.headers["Content-Encoding"] == "gzip" and tag.endswith(f'{GZIPPED}"')
    assert officer.get(url, headers={"If-None-Match": tag, **coding}).status_code == 304
    changed = officer.patch(url, json={"job_title": "会计"}, headers={"If-Match": tag, **coding})
    assert (changed.status_code, version_of(changed)) == (200, 2)
    assert officer.patch(url, json={"job_title": "教师"}, headers={"If-Match": tag, **coding}).status_code == 412
    assert officer.get(url, headers={"If-None-Match": changed.headers["ETag"], **coding}).status_code == 304


def test_long_json_is_compressed_for_whoever_asks(district: District, officer: Caller) -> None:
    for path, params in (
        ("/v1/organizations", {}),
        ("/v1/organizations", {f"unknown_{n}": "1" for n in range(40)}),
        ("/openapi.json", {}),
    ):
        answers = {name: officer.get(path, params=params, headers=asked) for name, asked in (("plain", PLAIN), ("gzip", GZIP))}
        for name, answer in answers.items():
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert answer.headers.get("Content-Encoding") == (None if name == "plain" else "gzip")
            assert "application/" in answer.headers["Content-Type"] and "json" in answer.headers["Content-Type"]
        assert without_id(answers["plain"].json()) == without_id(answers["gzip"].json())
        lengths = {name: int(answer.headers["Content-Length"]) for name, answer in answers.items()}
        assert lengths["plain"] == len(answers["plain"].content) and lengths["gzip"] < lengths["plain"] / 2
        # What is measured is what is sent.
        with officer.client.stream("GET", path, params=params, headers={**officer.headers, **GZIP}) as streamed:
            sent = b"".join(streamed.iter_raw())
        assert without_id(gzip.decompress(sent).decode()) == without_id(answers["plain"].text)


def without_id(content: Any) -> Any:
    """A body without what differs from one request to the next."""
    return re.sub(r"[0-9a-f]{16}", "", str(content))


def test_the_assets_of_the_documentation_are_compressed_once_for_all(client: TestClient) -> None:
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        plain, packed = (client.get(f"/docs/{name}", headers=headers) for headers in (PLAIN, GZIP))
        assert plain.content == packed.content
        assert (plain.headers.get("Content-Encoding"), packed.headers.get("Content-Encoding")) == (None, "gzip")
        assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
        assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
        assert plain.headers["ETag"] != packed.headers["ETag"]


def test_short_json_and_other_content_stay_as_they_are(district: District, officer: Caller, holder: Holder) -> None:
    plate = f"/v1/cards/{holder.card_id}/plates/{holder.plate_id}"
    for path in ("/livez", f"/v1/organizations/{district.ids['V1']}", f"{plate}/qr.svg", f"/C/{holder.code}", "/C"):
        answer = officer.get(path, headers=GZIP)
        assert answer.status_code == 200, path
        assert "Content-Encoding" not in answer.headers and "Accept-Encoding" not in answer.headers.get("Vary", ""), path


def test_an_answer_with_secrets_is_never_compressed(district: District, secretary: Caller) -> None:
    enrol(district, "B11", *(f"王{number}" for number in "甲乙丙丁戊己庚辛壬癸"))
    answer = issue(secretary, district, "B11", **GZIP)
    assert answer.status_code == 200 and len(answer.content) > 2 * SMALLEST
    assert "Content-Encoding" not in answer.headers


def test_every_secret_that_is_told_is_marked_as_one(app: FastAPI) -> None:
    found = set()
    for name, schema in document()["components"]["schemas"].items():
        for field, part in schema.get("properties", {}).items():
            kinds = [kind for kind in (part, *part.get("anyOf", ())) if kind.get("type") == "string"]
            if kinds and re.search(r"(?:_token|password|secret|half)$", field):
                assert [kind.get("format") for kind in kinds] == ["password"], f"{name}.{field}"
                found.add(field)
    assert found >= {"access_token", "refresh_token", "one_time_password", "one_time_half"}


@pytest.mark.parametrize("asked", ["gzip", "GZIP", "*", "gzip;q=0.1, br", "br, gzip", "identity;q=0, *;q=0.5"])
def test_gzip_is_sent_to_whoever_takes_it(asked: str) -> None:
    assert wants_gzip(asked)


@pytest.mark.parametrize("asked", [None, "", "identity", "br", "gzip;q=0", "*;q=0", "xgzip", "gzip;q=0, *"])
def test_gzip_is_sent_to_nobody_else(asked: str | None) -> None:
    assert not wants_gzip(asked)


@pytest.mark.parametrize("known", [None, "", "12", '"1"2', '"12', "W/", ",", '"", ""', "\x00", '"13", W/"123"'])
def test_a_part_of_a_tag_is_not_the_tag(known: str | None) -> None:
    assert not has_already(known, '"123x"')
    assert not has_already(known, '"1-gzip"') or known is None


def test_of_many_who_ask_at_first_one_makes_the_answer_and_the_others_wait_for_it() -> None:
    made, others = list[str](), Event()

    @made_once
    def make(name: str) -> str:
        made.append(name)
        others.wait(0.3)
        return name

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(make, ["a"] * 8))
    assert (told, made) == (["a"] * 8, ["a"])
