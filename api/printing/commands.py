"""`python -m api print`: a batch of plates into a folder."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from api.terminal import console, fail, open_house, progress_bar

if TYPE_CHECKING:
    from api.printing.service import BatchTold

commands = typer.Typer(no_args_is_help=True)

# As words, since the database's own bring its library along.
KINDS = ("desk_plate", "name_badge", "post_plate", "window_plate", "household_plate", "venue_sign")


@commands.command("print")
def print_plates(
    organization_code: Annotated[str, typer.Argument(help="the organisation; everything below it belongs to it")],
    out: Annotated[Path, typer.Option(file_okay=False, help="the folder to write into")],
    kind: Annotated[str, typer.Option(help=f"what is printed: {', '.join(KINDS)}")] = KINDS[0],
    layout: Annotated[str, typer.Option(help="single: one plate a page; a4: sheets to be cut apart")] = "single",
    emblem: Annotated[bool, typer.Option("--emblem", help="with the district's emblem")] = False,
    make_missing: Annotated[bool, typer.Option("--make-missing", help="make a plate for whoever has none of the kind")] = False,
    batch: Annotated[
        UUID | None, typer.Option(help="go on with this batch: parts that are in the folder are not drawn again")
    ] = None,
) -> None:
    """Print plates at their true size: a PDF and a ZIP of the QR codes for each hundred, and a list of all."""
    from api.errors import NotFound
    from api.printing import paperwork
    from models.print_enums import PrintKind, PrintLayout

    try:
        wanted, laid_out = PrintKind(kind), PrintLayout(layout)
    except ValueError:
        raise fail(f"--kind 只能是 {'、'.join(KINDS)}，--layout 只能是 single、a4。 There is no such kind, or layout.") from None
    out.mkdir(exist_ok=True)
    with open_house() as house:
        try:
            if batch is None:
                told = paperwork.new_batch(house, organization_code, wanted, laid_out, emblem=emblem, make_missing=make_missing)
            else:
                told = paperwork.known_batch(house, organization_code, batch)
        except NotFound:
            raise fail(
                f"没有编码为 {organization_code} 的组织，或它没有这一批。 There is no such organisation, or batch of it."
            ) from None
        print(f"批次 {told.batch.id}：{told.batch.count} 块，新制 {told.batch.made} 块。", flush=True)
        _tell_left_out(told)
        with progress_bar() as bar:
            task = bar.add_task("打印", total=told.parts)
            written = list(paperwork.write_parts(house, told.batch, out, lambda done: bar.update(task, completed=done)))
    for path in written:
        print(path)


def _tell_left_out(told: "BatchTold") -> None:
    from api.printing.words import REASONS

    for reason, number in Counter(one.left_out.reason for one in told.left_out).items():
        console.print(f"未打印 {number} 人（处）：{REASONS[reason]}", style="yellow", highlight=False)
    characters = sorted({character for one in told.left_out for character in one.left_out.characters or ""})
    if characters:
        codes = " ".join(f"U+{ord(character):04X}" for character in characters)
        console.print(f"字库缺字 {codes}；可用设置 PAPER_FONT 另指字体。", style="yellow", highlight=False)
