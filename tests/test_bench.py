"""The bench runs and writes what it has found. What it finds is judged by `make bench`, on a machine that does nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tests.bench.__main__ import main
from tests.bench.measure import Plan, compare, feeding, finding

PROJECT = Path(__file__).parent.parent


@pytest.mark.long
def test_the_short_form_of_the_bench_runs_and_writes_its_file(tmp_path: Path) -> None:
    written = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--engine=sqlite", f"--output={written}"]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    found = json.loads(written.read_text(encoding="utf-8"))
    assert {name.partition(".")[0] for name in found} == {
        "asgi",
        "scan",
        "code",
        "card",
        "qr",
        "list",
        "growth",
        "figures",
        "closing",
        "overload",
        "board",
        "print",
    }
    for name, facts in found.items():
        assert set(facts) == {"ratio", "owed", "of", "against", "n", "why"}
        # What pledges or a page add to a scan is a difference, which of a few scans may lie below zero.
        assert (facts["ratio"] > 0 or name.endswith((".pledges", ".drawing"))) and facts["n"] > 0, name
        assert name in run.stdout


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match="nothing"):
        main(only=["nothing"])


@pytest.mark.parametrize(("ratio", "owed", "kept"), [(1.2, 1.2, True), (1.21, 1.2, False), (9.0, None, True)])
def test_more_than_is_owed_is_not_kept(ratio: float, owed: float | None, kept: bool) -> None:
    assert finding("x", "one", "another", [(ratio, 1.0)], owed).is_kept is kept


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    found = finding("x", "one", "another", [(2.0, 1.0), (300.0, 100.0), (80.0, 10.0)], None)
    assert (found.ratio, found.n) == (3.0, 3)


def test_both_sides_are_called_equally_often_and_the_first_round_is_not_counted() -> None:
    mine: list[int] = []
    its: list[int] = []
    rounds = compare(feeding(mine.append, range(12)), feeding(its.append, range(12)), rounds=3, each=3)
    assert mine == its == list(range(12))
    assert len(rounds) == 3


def test_the_short_form_measures_less() -> None:
    assert (Plan().pick(300_000, 400), Plan(quick=True).pick(300_000, 400)) == (300_000, 400)
