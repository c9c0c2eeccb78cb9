"""What the service is made of is told from the lock, and an audit for known vulnerabilities fails over what it cannot look up."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
RUNTIME, DEV = "requirements/runtime.txt", "requirements/dev.txt"
NOBODY = ["-s", "osv", "--osv-url", "http://127.0.0.1:1"]
"""An advisory service that does not answer."""


def recipe(target: str) -> list[str]:
    """The last line of what `make` does for a target, as words, run by the Python of the tests' own environment."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert found, target
    program, *words = shlex.split(found[1].rstrip("\n").rpartition("\t")[2])
    return [str(Path(sys.executable).with_name(program.rpartition("/")[2])), *words]


def run(words: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120)


def locked(lock: str) -> list[tuple[Requirement, set[str]]]:
    """Each package that a lock names, at its one version, and the hashes of its files."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    pins = [line.partition("--hash=") for line in text.splitlines()]
    return [(Requirement(pin), set(re.findall(r"sha256:(\w+)", hashes))) for pin, _, hashes in pins]


def test_the_bill_of_materials_is_what_the_lock_names_and_alike_each_time(tmp_path: Path) -> None:
    words, bills = recipe("sbom"), [tmp_path / "one.json", tmp_path / "two.json"]
    for bill in bills:
        # Whether it keeps to its schema the program looks at each time; here that would take ten times as long as the rest.
        done = run([*(str(bill) if word == "var/sbom.json" else word for word in words), "--no-validate"])
        assert done.returncode == 0, done.stderr
    assert bills[0].read_bytes() == bills[1].read_bytes()
    content: dict[str, Any] = json.loads(bills[0].read_text(encoding="utf-8"))
    assert (content["bomFormat"], content["metadata"]["component"]["name"]) == ("CycloneDX", "liangxian")
    told = [
        (part["name"], part["version"], sorted(item["content"] for where in part["externalReferences"] for item in where["hashes"]))
        for part in content["components"]
    ]
    owed = [(package.name, str(package.specifier).strip("="), sorted(hashes)) for package, hashes in locked(RUNTIME)]
    assert sorted(told) == sorted(owed) and all(hashes for *_, hashes in told)


def test_the_audit_looks_up_all_that_the_locks_name() -> None:
    done = run([*recipe("audit"), "--dry-run"])
    found = re.search(r"would have audited (\d+) packages", done.stderr)
    assert done.returncode == 0 and found, done.stderr
    packages = [package for lock in (RUNTIME, DEV) for package, _ in locked(lock)]
    assert int(found[1]) == len({str(one).partition(";")[0] for one in packages if one.marker is None or one.marker.evaluate()})


def test_the_audit_fails_where_nothing_could_be_looked_up() -> None:
    assert "--strict" in recipe("audit")
    done = run([*recipe("audit"), *NOBODY])
    assert done.returncode != 0 and "No known vulnerabilities" not in done.stdout + done.stderr
