"""A program in another language, written from `openapi/vectors/README.md` alone, checks every published vector."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from api.offline.commands import VECTORS
from tests.node import installed, run
from tests.offline.vectors import CASES

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in a folder of its own, with its one package, `jose`."""
    modules = installed(HERE, "no stranger's program has checked the published vectors")
    folder = tmp_path_factory.mktemp("stranger")
    shutil.copyfile(HERE / "check.mjs", folder / "check.mjs")
    (folder / "node_modules").symlink_to(modules)
    return folder


def checked(program: Path, vectors: Path) -> subprocess.CompletedProcess[str]:
    return run(program, "node", "check.mjs", str(vectors))


def test_a_strangers_program_tells_what_the_vectors_say(program: Path, tmp_path: Path) -> None:
    only_what_is_published = tmp_path / "vectors"
    shutil.copytree(VECTORS, only_what_is_published)
    done = checked(program, only_what_is_published)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"{len(CASES)} cases, 0 wrong\n"


def test_the_program_notices_an_expectation_that_is_wrong(program: Path, tmp_path: Path) -> None:
    altered = tmp_path / "vectors"
    shutil.copytree(VECTORS, altered)
    content = json.loads((VECTORS / "codes.json").read_text(encoding="utf-8"))
    forged = next(case for case in content["cases"] if case["name"] == "dynamic, s in its high half")
    forged["expected"] = next(case for case in content["cases"] if case["name"] == "dynamic")["expected"]
    (altered / "codes.json").write_text(json.dumps(content), encoding="utf-8")
    done = checked(program, altered)
    assert done.returncode == 1
    assert done.stdout.endswith(f"{len(CASES)} cases, 1 wrong\n") and forged["name"] in done.stdout


@pytest.mark.parametrize(
    ("check", "caught_by"),
    [
        (" || integer(signature.subarray(32)) > ORDER / 2n", "dynamic, s in its high half"),
        ("else if (found && now >= found.card.expires_at)", "printed, past its last day"),
        ('if (now >= exp) return "lapsed";', "dynamic, its list has lapsed"),
        ("else if (stale)", "dynamic, a day old"),
    ],
    ids=["high s", "last day", "exp", "stale"],
)
def test_a_program_that_leaves_out_a_check_is_caught_by_a_vector(program: Path, tmp_path: Path, check: str, caught_by: str) -> None:
    careless = tmp_path / "careless"
    shutil.copytree(program, careless)
    source = (HERE / "check.mjs").read_text(encoding="utf-8")
    assert check in source
    (careless / "check.mjs").write_text(
        source.replace(check, "else if (false)" if check.startswith("else") else ""), encoding="utf-8"
    )
    done = checked(careless, VECTORS)
    assert caught_by in done.stdout and done.returncode == 1, done.stdout


def test_the_program_names_no_address_that_its_package_comes_from() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    (package,) = [one for name, one in lock["packages"].items() if name]
    assert package["integrity"].startswith("sha512-") and "resolved" not in package
