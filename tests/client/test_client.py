"""What others make of the committed document: a client generated from it, and those who judge documents."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.app import Application, create_app
from api.database import Origin
from api.house import House
from api.keys.service import ensure_key
from api.settings import Settings, fresh_secrets
from models.account import Account, RoleGrant
from models.enums import MemberStatus, OrganizationKind, Role
from models.member import Member
from models.organization import Organization
from tests.conftest import PASSWORD
from tests.databases import migrated
from tests.files.drawings import drawn
from tests.node import installed, run
from tests.serving import serving
from tests.verification.holders import hold

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "openapi" / "openapi.json"
STEPS = ("sign-in and refresh", "problem", "code", "paged list", "edit of one thing", "suspend with If-Match", "photo")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the document, our files beside it, and the packages that they need."""
    modules = installed(HERE, "no generated client and no linter has read openapi/openapi.json")
    (tmp_path / "node_modules").symlink_to(modules)
    for file in (DOCUMENT, *HERE.glob("*.ts"), *HERE.glob("*.yaml"), *HERE.glob("*.json")):
        shutil.copyfile(file, tmp_path / file.name)
    return tmp_path


def program(folder: Path, package: str, command: str) -> tuple[str, str]:
    """How a package's command is run: by its own file, since `npx` would ask a registry for what it does not find."""
    described = json.loads((folder / "node_modules" / package / "package.json").read_text(encoding="utf-8"))
    return "node", str(Path("node_modules", package, described["bin"][command]))


@pytest.mark.long
def test_a_client_generated_from_the_document_compiles_and_does_what_a_phone_does(folder: Path) -> None:
    done = run(folder, *program(folder, "openapi-typescript", "openapi-typescript"), "openapi.json", "-o", "schema.ts")
    assert done.returncode == 0, done.stderr
    done = run(folder, *program(folder, "typescript", "tsc"))
    assert done.returncode == 0, done.stdout
    (folder / "photo.png").write_bytes(drawn("PNG", size=(600, 800)))
    with serving(lambda url: make(url, folder)) as (app, url):
        fill(app.state.house)
        done = run(folder, "node", "client.js", url, "secretary", "member", PASSWORD, "photo.png")
    assert tuple(done.stdout.splitlines()) == STEPS, done.stdout + done.stderr
    assert done.returncode == 0, done.stderr


def make(url: str, folder: Path) -> Application:
    """An application with a branch of five members; one of them, who holds a card, has an account, and so has the secretary."""
    values: dict[str, Any] = {name.lower(): value for name, value in fresh_secrets().items()}
    database_url = migrated(folder / "liangxian.db")
    storage_url = f"file://{folder / 'files'}"
    values |= {"otp_demanded": False, "step_up_demanded": False}
    return create_app(
        Settings(_env_file=None, database_url=database_url, storage_url=storage_url, public_url=url, log_level="ERROR", **values)
    )


def fill(house: House) -> None:
    with house.database.writing(Origin("test")) as work:
        ensure_key(work, house.cipher)
        branch = Organization(code="D", name="明湖区", kind=OrganizationKind.district, path="")
        branch.path = f"{branch.id.hex}/"
        work.add(branch)
        work.flush()
        for number in range(4):
            name = f"{'甲乙丙丁'[number]}秀兰"
            work.add(Member(organization_id=branch.id, full_name=name, joined_on=date(2001, 7, 1), status=MemberStatus.full))
    holder = hold(house, branch.id, "方秀兰")
    with house.database.writing(Origin("test")) as work:
        for role, member_id in ((Role.district_officer, None), (Role.member, holder.member_id)):
            account = Account(
                username="member" if member_id else "secretary",
                organization_id=branch.id,
                member_id=member_id,
                password_hash=house.passwords.hash(PASSWORD),
                password_changed_at=work.at,
            )
            work.add(account)
            work.flush()
            work.add(RoleGrant(account_id=account.id, role=role, organization_id=branch.id))


def test_the_document_is_valid_by_the_specification() -> None:
    # Here, since it takes seconds to load, and each process of the tests loads every file.
    from openapi_spec_validator import validate

    validate(json.loads(DOCUMENT.read_text(encoding="utf-8")))


def test_redocly_finds_no_error_in_the_document(folder: Path) -> None:
    # By the name `redocly.yaml` the generator of the client would read it too, and it knows nothing of the list of what to ignore.
    done = run(
        folder, *program(folder, "@redocly/cli", "redocly"), "lint", "openapi.json", "--config", "linting.yaml", "--format", "json"
    )  # fmt: skip
    assert json.loads(done.stdout)["totals"]["errors"] == 0, done.stdout
    assert done.returncode == 0, done.stderr


def test_spectral_finds_no_error_in_the_document(folder: Path) -> None:
    done = run(
        folder, *program(folder, "@stoplight/spectral-cli", "spectral"), "lint", "openapi.json", "--ruleset", "spectral.yaml",
        "--format", "json", "--quiet",
    )  # fmt: skip
    assert [one for one in json.loads(done.stdout) if one["severity"] == 0] == []
    assert done.returncode == 0, done.stderr


def test_the_packages_name_no_address_that_they_come_from() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    packages = [one for name, one in lock["packages"].items() if name]
    assert len(packages) > 100
    assert all(one["integrity"].startswith("sha512-") and "resolved" not in one for one in packages)
