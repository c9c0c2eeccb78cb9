"""A program in another language, written from `openapi/vectors/README.md` alone, checks every published vector."""

import json
import os
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest

from api.offline.commands import VECTORS
from tests.offline.vectors import CASES

HERE = Path(__file__).parent
PROGRAM = ("package.json", "package-lock.json", "check.mjs")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with its one package, `jose`, installed in a folder of its own. Without Node the tests are skipped with a warning
    that nobody overlooks; where CI is set they fail."""
    if not (shutil.which("node") and shutil.which("npm")):
        assert not os.environ.get("CI"), "node and npm are needed"
        warnings.warn("UNTESTED: node or npm is absent, so no stranger's program has checked the published vectors", stacklevel=2)
        pytest.skip("node or npm is absent")
    folder = tmp_path_factory.mktemp("stranger")
    for name in PROGRAM:
        shutil.copyfile(HERE / name, folder / name)
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return folder


def run(program: Path, vectors: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", "check.mjs", str(vectors)], cwd=program, capture_output=True, text=True, timeout=120)


def test_a_strangers_program_tells_what_the_vectors_say(program: Path, tmp_path: Path) -> None:
    only_what_is_published = tmp_path / "vectors"
    shutil.copytree(VECTORS, only_what_is_published)
    done = run(program, only_what_is_published)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"{len(CASES)} cases, 0 wrong\n"


def test_the_program_notices_an_expectation_that_is_wrong(program: Path, tmp_path: Path) -> None:
    altered = tmp_path / "vectors"
    shutil.copytree(VECTORS, altered)
    content = json.loads((VECTORS / "codes.json").read_text(encoding="utf-8"))
    forged = next(case for case in content["cases"] if case["name"] == "dynamic, s in its high half")
    forged["expected"] = next(case for case in content["cases"] if case["name"] == "dynamic")["expected"]
    (altered / "codes.json").write_text(json.dumps(content), encoding="utf-8")
    done = run(program, altered)
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
    done = run(careless, VECTORS)
    assert caught_by in done.stdout and done.returncode == 1, done.stdout


def test_the_program_names_no_address_that_its_package_comes_from() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    (package,) = [one for name, one in lock["packages"].items() if name]
    assert package["integrity"].startswith("sha512-") and "resolved" not in package
