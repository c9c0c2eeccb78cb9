"""`python -m api print`: a batch of plates into a folder."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from api.errors import Text
from api.terminal import fail, hint, manual, open_house, progress_bar, put, tell, told

if TYPE_CHECKING:
    from models.print_enums import LeftOutReason

commands = typer.Typer(no_args_is_help=True)

# As words, since the database's own bring its library along.
KINDS = ("desk_plate", "name_badge", "post_plate", "window_plate", "household_plate", "venue_sign")


@commands.command("print", help=manual("按实际大小打印铭牌：每一百块一个 PDF 和一个二维码 ZIP，另有一份清单。"))
def print_plates(
    organization_code: Annotated[
        str, typer.Argument(help=manual("组织编码；包括其下级", "the organisation; everything below it belongs to it"))
    ],
    out: Annotated[Path, typer.Option(file_okay=False, help=manual("写入的文件夹", "the folder to write into"))],
    kind: Annotated[
        str, typer.Option(help=manual(f"打印什么：{'、'.join(KINDS)}", f"what is printed: {', '.join(KINDS)}"))
    ] = KINDS[0],
    layout: Annotated[
        str, typer.Option(help=manual("single：一页一块；a4：整张裁切", "single: one plate a page; a4: sheets to be cut apart"))
    ] = "single",
    emblem: Annotated[bool, typer.Option("--emblem", help=manual("带区里上传的党徽", "with the district's emblem"))] = False,
    make_missing: Annotated[
        bool, typer.Option("--make-missing", help=manual("没有这种牌的人补制一块", "make a plate for whoever has none of the kind"))
    ] = False,
    batch: Annotated[
        UUID | None,
        typer.Option(
            help=manual(
                "接着打印这一批：文件夹里已有的不再重画", "go on with this batch: parts that are in the folder are not drawn again"
            )
        ),
    ] = None,
) -> None:
    """Print plates at their true size: a PDF and a ZIP of the QR codes for each hundred, and a list of all."""
    from api.errors import NotFound
    from api.printing import paperwork
    from api.printing.rules import NothingToPrint
    from models.print_enums import LeftOutReason, PrintKind, PrintLayout

    try:
        wanted, laid_out = PrintKind(kind), PrintLayout(layout)
    except ValueError:
        raise fail(
            Text(
                f"--kind 只能是 {'、'.join(KINDS)}，--layout 只能是 single、a4。",
                f"--kind is one of {', '.join(KINDS)}, --layout is single or a4.",
            )
        ) from None
    out.mkdir(exist_ok=True)
    with open_house() as house:
        try:
            if batch is None:
                made = paperwork.new_batch(house, organization_code, wanted, laid_out, emblem=emblem, make_missing=make_missing)
            else:
                made = paperwork.known_batch(house, organization_code, batch)
        except NothingToPrint as refusal:
            left_out: Any = refusal.members["left_out"]
            count: Any = refusal.members["left_out_count"]
            _tell_left_out([(LeftOutReason(one["reason"]), one.get("characters")) for one in left_out])
            if (further := count - len(left_out)) > 0:
                hint(Text(f"另有 {further} 人（处）未打印。", f"Not printed, {further} more."), style="yellow")
            raise
        except NotFound:
            raise fail(
                Text(
                    f"没有编码为 {organization_code} 的组织，或它没有这一批。",
                    f"No organisation has the code {organization_code}, or it has no such batch.",
                )
            ) from None
        id, count, new = made.batch.id, made.batch.count, made.batch.made
        tell(Text(f"批次 {id}：{count} 块，新制 {new} 块。", f"Batch {id}: {count} plates, {new} of them new."))
        _tell_left_out(paperwork.reasons_left_out(house, made.batch))
        with progress_bar() as bar:
            task = bar.add_task(told(Text("打印", "Printing")), total=made.parts)
            written = list(paperwork.write_parts(house, made.batch, out, lambda done: bar.update(task, completed=done)))
    for path in written:
        put(str(path))


def _tell_left_out(left_out: "Sequence[tuple[LeftOutReason, str | None]]") -> None:
    from api.printing.words import REASONS

    for reason, number in Counter(reason for reason, _ in left_out).items():
        why = REASONS[reason]
        hint(Text(f"未打印 {number} 人（处）：{why.zh}", f"Not printed, {number}: {why.en}"), style="yellow")
    missing = sorted({character for _, characters in left_out for character in characters or ""})
    if missing:
        codes = " ".join(f"U+{ord(character):04X}" for character in missing)
        hint(
            Text(
                f"字库缺字 {codes}；可用设置 PAPER_FONT 另指字体。",
                f"No font has {codes}; the setting PAPER_FONT may name another font.",
            ),
            style="yellow",
        )
