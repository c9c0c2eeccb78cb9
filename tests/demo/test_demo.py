"""The demonstration, as somebody starts it who has just fetched the project."""

import json
import os
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import takewhile
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx2 as httpx
import pytest

from api.venues.signs.rules import FindingReason
from models.enums import RectificationState, Role, ScanOutcome, VenueKind
from tests.clock import district_day

PROJECT = Path(__file__).parents[2]
READY_WITHIN = 300
"""Seconds of the clock, on a machine that does much else."""
STOPPED_WITHIN = 10
STARTS = 110
"""Making one and starting it twice takes less of a processor than so many starts of the program that do nothing. It is owed within
45 seconds of the clock, where nothing else is done."""


def processor_seconds() -> float:
    """Of the programs that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds_of_a_start() -> float:
    """What the program takes of a processor to say what a demonstration may be told; the least of three times."""
    taken = []
    for _ in range(3):
        before = processor_seconds()
        subprocess.run([sys.executable, "-m", "api", "demo", "--help"], cwd=PROJECT, check=True, capture_output=True)
        taken.append(processor_seconds() - before)
    return min(taken)


@contextmanager
def demonstration(data: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", Iterator[str]]]:
    """A running demonstration and what it tells, line by line."""
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "demo", "--port", "0", "--data", str(data), *options],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        assert select.select([process.stdout], [], [], READY_WITHIN)[0], "not ready in time"
        yield process, process.stdout
    finally:
        process.kill()
        process.wait()


def stop(process: "subprocess.Popen[str]") -> str:
    """Tell it to stop, as a service manager does; returns what else it had printed."""
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=STOPPED_WITHIN)
    return rest


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


def outcome(url: str) -> str:
    answer = httpx.get(url, headers={"Accept": "application/json"})
    if answer.status_code == 404 and answer.json()["code"] == "code_unknown":
        return ScanOutcome.not_found.value
    assert answer.status_code == 200, answer.text
    return str(answer.json()["outcome"])


def walk_of_readme() -> str:
    """What the README does with curl, from the first sign-in on."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    blocks = [dedent(block) for block in re.findall(r"^ *```sh\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)]
    return "".join(block for block in blocks if "$PASSWORD" in block or "$SECRETARY" in block)


def walk(told: dict[str, Any], folder: Path) -> str:
    """Do all that in a folder; what the requests were answered, each of which has to succeed."""
    words = {account["role"]: account["password"] for account in told["accounts"]}
    script = walk_of_readme().replace("http://127.0.0.1:8000", told["base_url"]).replace("tests/data", f"{PROJECT}/tests/data")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'curl() {{ command curl --fail-with-body "$@"; }}\n{script}'],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PASSWORD": words["district_officer"], "SECRETARY": words["secretary"]},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


def asking(client: httpx.Client, told: dict[str, Any]) -> tuple[Callable[[str], dict[str, str]], Callable[..., dict[str, Any]]]:
    """How a role signs in, and how what it reads is asked for."""

    def sign_in(role: str) -> dict[str, str]:
        (account,) = [one for one in told["accounts"] if one["role"] == role]
        answer = client.post("/v1/sessions", json={"username": account["username"], "password": account["password"]})
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def asked(headers: dict[str, str], path: str, **query: Any) -> dict[str, Any]:
        answer = client.get(f"/v1/{path}", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    return sign_in, asked


def assert_a_year_of_performance_is_told(told: dict[str, Any]) -> None:
    """The last four quarters are closed, and the index of a branch that pledges moves; somebody has been scored, has appealed with
    each outcome, as far as the year has come, and has been appraised."""
    today = district_day()
    with httpx.Client(base_url=told["base_url"]) as client:
        sign_in, asked = asking(client, told)
        secretary, town, member = (sign_in(role) for role in ("secretary", "town_officer", "member"))
        own = asked(secretary, "accounts/mine")["organization_id"]
        periods = [one for year in (today.year - 1, today.year) for one in asked(secretary, "periods", year=year)["items"]]
        closed = [one["code"] for one in periods if one["kind"] == "quarter" and one["state"] == "closed"]
        assert len(closed) == 4 and {one["state"] for one in periods} == {"open", "closed"}
        boards = [asked(secretary, f"boards/{own}", period=code) for code in closed]
        assert len({board["index"] for board in boards}) > 1 and boards[-1]["index_before"] == boards[-2]["index"]
        of_town = asked(town, f"boards/{asked(town, 'accounts/mine')['organization_id']}")
        assert of_town["state"] == "open" and len(of_town["weakest"]) == 10
        years = (today.year - 1, today.year)
        entries = [entry for year in years for entry in asked(member, "scores/mine", year=year)["entries"]]
        appeals = asked(town, "appeals", limit=100)["items"]
        if today >= date(today.year, 9, 2):
            assert {one["state"] for one in appeals} == {"open", "upheld", "exempted", "refused"}
            assert {entry["section"] for entry in entries} == {"base", "bonus"}
            assert any(entry["is_reversed"] for entry in entries)
        (appraisal,) = asked(secretary, "appraisals")["items"]
        graded = [one["grade"] for one in appraisal["items"] if one["is_graded"]]
        assert (appraisal["state"], graded.count("excellent")) == ("closed", len(graded) // 3)
        assert client.get(f"/v1/appraisals/{appraisal['id']}/minutes", headers=secretary).content.startswith(b"%PDF")
        assert asked(member, "appraisals/mine")["items"][0]["grade"]


def assert_venues_are_of_every_sort(told: dict[str, Any]) -> None:
    """Signs are right and wrong for every reason but one, which a single version of the standard cannot give; and what was found
    is in every state, late or not."""
    with httpx.Client(base_url=told["base_url"]) as client:
        sign_in, asked = asking(client, told)
        chief = sign_in("district_officer")
        venues = asked(chief, "venues", limit=100, closed=True)["items"]
        assert {one["kind"] for one in venues} == set(VenueKind) and sum(one["closed_on"] is not None for one in venues) == 1
        checks = [asked(chief, f"venues/{one['id']}/check") for one in venues]
        assert {one["reason"] for check in checks for one in check["findings"]} == set(FindingReason) - {"not_in_standard"}
        assert sum(check["ok"] for check in checks) > len(checks) / 2
        things = asked(chief, "rectifications", limit=100)["items"]
        assert {one["state"] for one in things} == set(RectificationState)
        late = {(one["state"], one["escalated_to_name"] == "明湖区") for one in things if one["is_overdue"]}
        assert late == {("open", True), ("open", False), ("returned", True)}
        pictured = [event["photo_ids"][0] for one in things for event in one["events"] if event["photo_ids"]]
        assert client.get(f"/v1/files/{pictured[0]}", headers=chief).headers["Content-Type"] == "image/jpeg"
        inspections = asked(chief, "inspections", limit=100)["items"]
        assert {(one["final"], one["by_own_organization"]) for one in inspections} == {(True, False), (True, True), (False, False)}
        assert {one["unannounced"] for one in inspections} == {True, False}
        # Since the venues were entered, which may have been last year.
        since = (district_day() - timedelta(days=100)).isoformat()
        for ratio in asked(chief, "inspections/figures", since=since)["totals"].values():
            assert 0 < ratio["numerator"] < ratio["denominator"]
        (printed,) = asked(sign_in("secretary"), "printing/batches")["items"]
        assert printed["made"] and printed["created_by_name"] and not printed["left_out"]
        waits = {role: asked(sign_in(role), "todo")["counts"] for role in ("secretary", "town_officer", "district_officer")}
        assert waits["secretary"]["rectification"] and waits["town_officer"]["rectification_overdue"]
        assert all(waits[role]["rectification_recheck"] for role in ("town_officer", "district_officer"))
        assert waits["district_officer"]["rectification_overdue"]


def assert_shows_what_it_tells(told: dict[str, Any]) -> None:
    base = told["base_url"]
    assert base.startswith("http://127.0.0.1:")
    assert {account["role"] for account in told["accounts"]} == set(Role) - {Role.deputy}
    assert len(told["accounts"]) == 6
    for account in told["accounts"]:
        credentials = {"username": account["username"], "password": account["password"]}
        answer = httpx.post(f"{base}/v1/sessions", json=credentials)
        assert answer.status_code == 201, account["role"]
        assert answer.json()["must_change_password"] is False
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        mine = httpx.get(f"{base}/v1/accounts/mine", headers=headers).json()
        assert [grant["role"] for grant in mine["roles"]] == [account["role"]]
    for name in ("printed_url", "dynamic_url"):
        assert told[name].lower().startswith(f"{base}/c/")
        assert outcome(told[name]) == "valid"
    assert "有效" in httpx.get(told["printed_url"]).text
    pledged = httpx.get(told["printed_url"], headers={"Accept": "application/json"}).json()["card"]["pledges"]
    assert pledged and all(line["last_progress"] is None or line["percent"] for line in pledged)
    year = pledged[0]["due_on"][:4]
    wall = httpx.get(f"{told['printed_url']}/wall?year={year}", headers={"Accept": "application/json"}).json()
    assert wall["members"] and wall["totals"]["published"] > 5
    assert httpx.get(f"{told['printed_url']}/photo").headers["Content-Type"] == "image/jpeg"
    assert {answer: outcome(url) for answer, url in told["other_urls"].items()} == {
        answer.value: answer.value for answer in ScanOutcome if answer is not ScanOutcome.valid
    }
    standard = httpx.get(f"{base}/v1/standards/current").json()
    assert (standard["number"], standard["is_default"], standard["item_count"]) == (1, True, 20)
    for kind, count in (("responsibility", 49), ("negative", 21), ("power", 93)):
        items = httpx.get(f"{base}/v1/lists/{kind}").json()["items"]
        assert len(items) == count and all(item["text"].startswith("【示例】") for item in items)
        assert "【示例】" in httpx.get(f"{base}/lists/{kind}/{count}").text
    assert all(account["organization_name"] for account in told["accounts"])
    near = httpx.get(f"{base}/v1/venues/near?lat=29.7&lon=123.2&radius_m=20000&limit=50").json()["features"]
    assert len(near) == 50 and len({one["properties"]["kind"] for one in near}) > 5
    assert outcome(near[0]["properties"]["url"]) == "valid"
    assert httpx.get(f"{base}/docs").status_code == 200


@pytest.mark.long
def test_a_demonstration_takes_little_to_be_ready_stops_when_told_and_keeps_its_data(data: Path, tmp_path: Path) -> None:
    start = seconds_of_a_start()
    spent = processor_seconds()
    with demonstration(data, "--json") as (process, lines):
        told = json.loads(next(lines))
        assert_shows_what_it_tells(told)
        assert_venues_are_of_every_sort(told)
        assert_a_year_of_performance_is_told(told)
        asked = time.monotonic()
        assert stop(process) == "", "nothing but the one line is printed"
        assert time.monotonic() - asked < STOPPED_WITHIN
        assert process.returncode in (0, -signal.SIGTERM)
    assert {path.stat().st_mode & 0o077 for path in (data / "secrets.env", data / "demo.json")} == {0}
    with demonstration(data, "--json") as (process, lines):
        again = json.loads(next(lines))
        assert again["accounts"] == told["accounts"]
        assert again["printed_url"].rpartition("/")[2] == told["printed_url"].rpartition("/")[2]
        assert again["dynamic_url"].rpartition("/")[2] != told["dynamic_url"].rpartition("/")[2]
        assert_shows_what_it_tells(again)
        if shutil.which("curl"):
            before = processor_seconds()
            answers = walk(again, tmp_path)
            spent += processor_seconds() - before
            assert '"outcome":"unchanged"' in answers and '"state":"confirmed"' in answers
        else:
            assert not os.environ.get("CI"), "curl is missing"
            warnings.warn("curl is missing: what the README does with it was NOT tested", stacklevel=1)
        stop(process)
    assert processor_seconds() - spent < STARTS * start


@pytest.mark.long
def test_a_bare_one_says_what_it_does_has_no_pledges_and_begins_anew_where_it_was_stopped_midway(tmp_path: Path) -> None:
    (tmp_path / "liangxian.db").write_text("what a start has left that was stopped midway")
    with demonstration(tmp_path, "--bare") as (process, lines):
        said = list(takewhile(lambda line: "打开" not in line, lines))
        assert [line.split()[-1] for line in said if re.match(r"  \d\. ", line)] == ["党组织", "党员", "身份卡", "标识规范"]
        (printed,) = [line.split()[-1] for line in said if "有效（带照片）" in line]
        card = httpx.get(printed, headers={"Accept": "application/json"}).json()["card"]
        assert card["pledges"] == [] and card["posts"]
        base = printed.partition("/C/")[0]
        assert httpx.get(f"{base}/v1/lists/power").json()["code"] == "no_list"
        assert httpx.get(base, headers={f"X-{number}": "1" for number in range(102)}).status_code == 431
        stop(process)


def test_a_port_in_use_is_told_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "api", "demo", "--port", port, "--data", str(tmp_path)],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 1
    assert "请用 --port 另选端口" in " ".join(done.stderr.split()) and "Traceback" not in done.stderr
