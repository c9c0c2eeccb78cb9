"""`python -m tests.bench`: measure, print a table, write `var/bench.json`, and fail where more is spent than is owed."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Column, Table

from tests.bench import boards, closing, crafts, door, figures, growth, overload, papers
from tests.bench.measure import Finding, Plan
from tests.bench.places import Places

Part = Callable[[Places, Plan, Callable[[str], None]], Iterator[Finding]]

PARTS: Final[dict[str, Part]] = {
    "scan": door.scans,
    "code": crafts.codes,
    "card": crafts.issuing,
    "qr": crafts.drawing,
    "list": crafts.lists,
    "growth": growth.growth,
    "figures": figures.figures,
    "overload": overload.overload,
    "board": boards.boards,
    "closing": closing.closings,
    "print": papers.plates,
}
WIDTH: Final = 160
WRITTEN: Final = Path(__file__).parents[2] / "var" / "bench.json"


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"one of the parts {', '.join(PARTS)}; may be given again")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="a few of everything: proves that it runs, judges nothing")] = False,
    engine: Annotated[list[str] | None, typer.Option(help="scan on this engine only; may be given again")] = None,
    output: Annotated[Path, typer.Option(help="the file to write")] = WRITTEN,
) -> None:
    """Measure what performance is owed, as ratios of processor time."""
    if unknown := set(only or ()) - set(PARTS):
        raise typer.BadParameter(f"there is no part {', '.join(sorted(unknown))}")
    plan = Plan(quick, tuple(engine) if engine else Plan.engines)
    if unknown := set(plan.engines) - set(Plan.engines):
        raise typer.BadParameter(f"there is no engine {', '.join(sorted(unknown))}")
    findings: list[Finding] = []
    with Places.open() as places, Console(stderr=True).status("beginning") as status:
        for name, part in PARTS.items():
            if not only or name in only:
                try:
                    findings += part(places, plan, status.update)
                finally:
                    # A bench takes long: what was measured is kept, also if it is stopped in the middle of a part.
                    _write(findings, output)
    console = Console(width=WIDTH)
    console.print(_table(findings))
    for why in sorted({finding.why for finding in findings} - {""}):
        console.print(f"{why}: {', '.join(finding.name for finding in findings if finding.why == why)}")
    if not quick and not all(finding.is_kept for finding in findings):
        raise typer.Exit(1)


def _write(findings: Iterable[Finding], path: Path) -> None:
    content = {
        finding.name: {
            "ratio": round(finding.ratio, 3),
            "owed": finding.owed,
            "of": finding.of,
            "against": finding.against,
            "n": finding.n,
            "why": finding.why,
        }
        for finding in findings
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _table(findings: Iterable[Finding]) -> Table:
    table = Table(Column(no_wrap=True), "of", "against", title="processor time, medians of the rounds' ratios")
    for title in ("us", "us", "ratio", "owed", "n"):
        table.add_column(title, justify="right")
    for finding in findings:
        colour = "green" if finding.is_kept else "bold red"
        table.add_row(
            finding.name,
            finding.of,
            finding.against,
            f"{finding.us:,.0f}",
            f"{finding.against_us:,.0f}",
            f"[{colour if finding.owed else ''}]{finding.ratio:.2f}[/]" if finding.owed else f"{finding.ratio:.2f}",
            f"{finding.owed:g}" if finding.owed else "",
            str(finding.n),
        )
    return table


if __name__ == "__main__":
    typer.run(main)
