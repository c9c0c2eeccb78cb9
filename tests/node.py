"""Programs in another language: what the tests that run Node share."""

import fcntl
import os
import shutil
import subprocess
import warnings
from hashlib import sha256
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[1] / "var" / "node"
OLDEST = 20


def installed(folder: Path, what: str) -> Path:
    """The `node_modules` of a folder's lock, installed once on this machine however many tests and workers ask.

    Without Node the test is skipped with a warning that nobody overlooks, which tells by `what` what stays untested; where CI is
    set it fails.
    """
    if not _is_there():
        assert not os.environ.get("CI"), f"node ({OLDEST} or later) and npm are needed"
        warnings.warn(f"UNTESTED: node ({OLDEST} or later) or npm is absent, so {what}", stacklevel=2)
        pytest.skip("node or npm is absent")
    lock = (folder / "package-lock.json").read_bytes()
    place = CACHE / sha256(lock).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{place.name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not place.exists():
            coming = CACHE / f"{place.name}.coming"
            shutil.rmtree(coming, ignore_errors=True)
            coming.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(folder / name, coming / name)
            done = run(coming, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", seconds=600)
            assert done.returncode == 0, done.stderr
            coming.rename(place)
    return place / "node_modules"


def run(folder: Path, *command: str, seconds: int = 120) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, and give up after that many seconds."""
    quiet = {"NO_COLOR": "1", "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return subprocess.run(command, cwd=folder, env=os.environ | quiet, capture_output=True, text=True, timeout=seconds)


def _is_there() -> bool:
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.removeprefix("v").partition(".")[0]) >= OLDEST
