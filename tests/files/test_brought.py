"""An object that a request has brought is deleted with it, unless a row names it; none that a row names ever is."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.adapters.storage import Storage
from api.database import Database, Work
from api.errors import Unavailable
from api.files import service
from api.files.brought import Prepared
from api.files.service import SecondLook
from api.web import idempotency
from api.web.dependencies import get_access
from api.web.writes import OF_AN_OBJECT, Writes
from models.enums import Role
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.outcomes import refused
from tests.printing.plates import emblem
from tests.verification.holders import hold

SENT = drawn("PNG", size=(400, 300))


class Bringing(NamedTuple):
    """Somebody who brings a picture at a door, and where it is shown then."""

    bring: Callable[..., Any]
    shown: Callable[[Any], Any]


def _file(caller: Caller, url: str, content: bytes = SENT) -> Callable[..., Any]:
    return lambda **more: caller.post(url, files={"file": ("x", content)}, **more)


def _upload_file(district: District) -> Bringing:
    member = district.sign_in(Role.member, "B11")
    return Bringing(_file(member, "/v1/files"), lambda answer: member.get(answer.headers["Location"]))


def _complete_upload(district: District) -> Bringing:
    member = district.sign_in(Role.member, "B11")
    upload = member.post("/v1/files/uploads", json={"media_type": "image/png"}).json()
    url = f"/v1/files/uploads/{upload['file']['id']}"
    assert member.post(f"{url}/content", files={"file": ("x", SENT)}).status_code == 204
    shown = f"/v1/files/mine/{upload['file']['id']}"
    return Bringing(lambda **more: member.post(f"{url}/complete", **more), lambda _: member.get(shown))


def _photo(district: District, role: Role) -> Bringing:
    holder = hold(district.house, district.ids["B11"])
    member = district.sign_in(Role.member, "B11", member_id=holder.member_id)
    assert member.post("/v1/consents/mine", json={"kind": "photo", "text_version": "photo-1"}).status_code == 201
    caller, whose = (member, "mine") if role is Role.member else (district.sign_in(role, "B11"), str(holder.member_id))
    return Bringing(_file(caller, f"/v1/photos/{whose}"), lambda _: caller.get(f"/v1/photos/{whose}"))


def _upload_emblem(district: District) -> Bringing:
    officer = district.sign_in(Role.district_officer, "D")
    return Bringing(_file(officer, "/v1/printing/emblem", emblem()), lambda _: officer.get("/v1/printing/emblem"))


DOORS: dict[str, Callable[[District], Bringing]] = {
    "upload_file": _upload_file,
    "complete_upload": _complete_upload,
    "set_own_photo": lambda district: _photo(district, Role.member),
    "set_member_photo": lambda district: _photo(district, Role.secretary),
    "upload_emblem": _upload_emblem,
}


@pytest.fixture(params=DOORS)
def bringing(district: District, request: pytest.FixtureRequest) -> Bringing:
    return DOORS[request.param](district)


@pytest.fixture
def storage(district: District) -> Storage:
    return district.house.storage


def keys(storage: Storage) -> set[str]:
    return {item.key for item in storage.objects()}


def _dependants(dependant: Any) -> Iterator[Any]:
    for one in dependant.dependencies if dependant else ():
        yield one
        yield from _dependants(one)


def test_whatever_stores_a_picture_looks_for_an_answer_first_and_after_it_behind_its_transaction(app: FastAPI) -> None:
    found = {}
    for context in iter_route_contexts(app.routes):
        for one in _dependants(getattr(context, "dependant", None)):
            annotations = getattr(one.call, "__annotations__", {})
            if any(kind.__name__ in str(annotations.get("return")) for kind in (Prepared, SecondLook)):
                found[context.name] = one
    assert found.keys() == DOORS.keys()
    for name, one in found.items():
        assert one.scope == "function", name
        assert get_access in [below.call for below in one.dependencies], name


def test_nothing_is_stored_for_a_key_of_another_form_or_one_that_is_answered(
    bringing: Bringing, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, stored = type(storage).put, []

    def put_and_note(self: Storage, key: str, *more: Any) -> None:
        stored.append(key)
        put(self, key, *more)

    monkeypatch.setattr(type(storage), "put", put_and_note)
    refused(bringing.bring(headers={"Idempotency-Key": "k" * 65}), 422, "bad_idempotency_key")
    assert stored == []
    answers = [bringing.bring(headers={"Idempotency-Key": "k"}) for _ in range(3)]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert len(stored) == 1 and bringing.shown(answers[0]).status_code == 200


@pytest.mark.parametrize("door", [*sorted(DOORS.keys() - {"complete_upload"}), "begin_upload"])
def test_what_brings_an_object_counts_as_more_than_one_write_but_where_it_is_sent_again(
    app: FastAPI, district: District, storage: Storage, door: str
) -> None:
    if door == "begin_upload":
        member = district.sign_in(Role.member, "B11")
        bring: Callable[..., Any] = lambda **more: member.post("/v1/files/uploads", json={"media_type": "image/png"}, **more)  # noqa: E731
    else:
        bring = DOORS[door](district).bring
    app.state.writes = Writes(at_once=2 * OF_AN_OBJECT + 1)
    for key in ("a", "b"):
        assert [bring(headers={"Idempotency-Key": key}).status_code for _ in range(2)] == [201, 201]
    refused(bring(), 429, "too_many_writes")
    assert len(keys(storage)) <= 2


def test_nothing_stays_of_what_is_refused_or_fails_behind_it(
    bringing: Bringing, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keys(storage)
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "MOST_KEPT", 0)
        refused(bringing.bring(headers={"Idempotency-Key": "k"}), 429, "too_many_keys")
    assert keys(storage) == before
    with monkeypatch.context() as patch:
        patch.setattr(Database, "_commit", _raise)
        assert bringing.bring().status_code == 500
    assert keys(storage) == before
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "MOST_KEPT", 0)
        patch.setattr(type(storage), "delete", _unavailable)
        refused(bringing.bring(headers={"Idempotency-Key": "k"}), 429, "too_many_keys")
    assert len(keys(storage) - before) == 1, "the sweep takes what the storage did not delete"


@pytest.mark.parametrize("carried_out", [True, False])
def test_what_a_commit_may_name_of_which_nobody_has_heard_stays(
    bringing: Bringing, storage: Storage, monkeypatch: pytest.MonkeyPatch, carried_out: bool
) -> None:
    before, commit = keys(storage), Work.commit

    def lost(work: Work) -> None:
        if carried_out:
            commit(work)
        raise RuntimeError("the connection is lost")

    with monkeypatch.context() as patch:
        patch.setattr(Work, "commit", lost)
        answer = bringing.bring()
    assert answer.status_code == 500 and len(keys(storage) - before) == 1


def test_of_two_requests_with_one_key_at_once_one_object_stays(
    bringing: Bringing, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, put, both = keys(storage), type(storage).put, Barrier(2)

    def put_together(self: Storage, *what: Any) -> None:
        put(self, *what)
        both.wait(timeout=10)

    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(type(storage), "put", put_together)
        answers = list(pool.map(lambda _: bringing.bring(headers={"Idempotency-Key": "k"}), range(2)))
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("Idempotent-Replayed", "") for answer in answers) == ["", "true"]
    assert len(keys(storage) - before) == 1 and bringing.shown(answers[0]).status_code == 200


def test_what_is_brought_for_an_upload_that_ends_meanwhile_is_deleted(
    district: District, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = district.sign_in(Role.member, "B11")
    upload = member.post("/v1/files/uploads", json={"media_type": "image/png"}).json()
    url, put = f"/v1/files/uploads/{upload['file']['id']}", type(storage).put
    assert member.post(f"{url}/content", files={"file": ("x", b"no picture")}).status_code == 204

    def put_late(self: Storage, *what: Any) -> None:
        refused(member.post(f"{url}/complete"), 422, "upload_refused")
        put(self, *what)

    with monkeypatch.context() as patch:
        patch.setattr(type(storage), "put", put_late)
        refused(member.post(f"{url}/content", files={"file": ("x", SENT)}), 409, "upload_is_over")
    assert keys(storage) == set()


def test_what_is_brought_while_an_upload_is_refused_is_deleted(
    district: District, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = district.sign_in(Role.member, "B11")
    upload = member.post("/v1/files/uploads", json={"media_type": "image/png"}).json()
    url, complete = f"/v1/files/uploads/{upload['file']['id']}", service.complete_upload
    assert member.post(f"{url}/content", files={"file": ("x", b"no picture")}).status_code == 204

    def complete_late(work: Work, *what: Any) -> Any:
        assert member.post(f"{url}/content", files={"file": ("x", SENT)}).status_code == 204
        return complete(work, *what)

    monkeypatch.setattr(service, "complete_upload", complete_late)
    refused(member.post(f"{url}/complete"), 422, "upload_refused")
    assert keys(storage) == set()


def _raise(*_: object) -> None:
    raise RuntimeError("it fails")


def _unavailable(*_: object) -> None:
    raise Unavailable
