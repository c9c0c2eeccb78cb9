"""`python -m api import members`."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.days import day_of
from api.errors import Text
from api.terminal import (
    ONLY_TRIED,
    check_free,
    end_dry_run,
    fail,
    hint,
    importing,
    language,
    manual,
    open_house,
    progress_bar,
    report,
    tell,
    tell_cells,
    told,
    whole_file,
)
from api.uploads import OnError, notes_on_sheets

if TYPE_CHECKING:
    from api.members.roster.outcomes import ImportedMembers

commands = typer.Typer()


@commands.command("members", help=manual("从 .csv 或 .xlsx 导入花名册，须先导入党组织。重复导入不会改变什么。"))
def import_members(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=manual("只试算每行的结果，不写入", "only tell what would become of each row"))
    ] = False,
    on_error: Annotated[
        OnError,
        typer.Option(
            help=manual(
                "abort：有一行不合格就全部不导入；skip：跳过不合格的行",
                "abort: one rejected row, and nothing is stored; skip: the other rows are",
            )
        ),
    ] = OnError.abort,
    branch: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help=manual(
                "没有写明支部的行属于这个支部（编码）", "the branch of the rows that name none, such as all rows of its own list"
            ),
        ),
    ] = None,
    result: Annotated[
        Path | None,
        typer.Option(
            help=manual(
                "另存一份 .xlsx，在每行旁写明结果", "write the roster there, a new .xlsx, with what became of each row beside it"
            )
        ),
    ] = None,
) -> None:
    """Load a roster (花名册) from a .csv or .xlsx file, after the organisations. Running it again changes nothing."""
    from api.adapters.sheets import AT_THE_MACHINE, open_sheets
    from api.errors import NotFound
    from api.members import service
    from api.members.faults import RosterRule
    from api.members.roster.marked import Stage, write_marked
    from api.members.roster.reading import read_roster
    from api.organizations.service import find_organization

    if result:
        check_free(result, ".xlsx")
    with open_house() as house, file.open("rb") as source, progress_bar() as bar:
        task = bar.add_task(told(Text("读取表格", "Reading")), total=None)
        zone = house.settings.zone
        today = day_of(datetime.now(UTC), zone)
        roster = read_roster(*open_sheets(source, AT_THE_MACHINE), today=today, zone=zone, is_of_one_branch=branch is not None)
        doing = Text("核对", "Checking") if dry_run else Text("核对并导入", "Checking and importing")
        bar.update(task, description=told(doing), total=roster.count)

        def give_back(done: "ImportedMembers", stage: Stage) -> None:
            bar.stop()
            _report(done)
            if dry_run:
                hint(ONLY_TRIED)
            if any(fault.rule == RosterRule.branch_missing for row in done.rejected for fault in row.faults):
                hint(
                    Text(
                        "整份名册属于同一支部的，请加 --branch 支部编码。",
                        "If all of the roster is of one branch, add --branch and its code.",
                    ),
                    style="yellow",
                )
            if result:
                try:
                    with whole_file(result) as target:
                        write_marked(roster, done, stage, target, language())
                except OSError as error:
                    stands = {
                        Stage.done: Text("已导入，但", "All was imported, but "),
                        Stage.given_up: Text("全部未导入，且", "Nothing was imported, and "),
                        Stage.planned: Text("", ""),
                    }[stage]
                    raise fail(
                        Text(
                            f"{stands.zh}每行的结果无法写入 {result}：{error.strerror}。",
                            f"{stands.en}what became of each row cannot be written to {result}: {error.strerror}.",
                        )
                    ) from None
                hint(Text(f"每行的结果写在 {result}。", f"What became of each row stands in {result}."))

        try:
            with importing(house, dry_run=dry_run) as work:
                organization_id = find_organization(work, branch).id if branch else None
                done = service.import_members(
                    work,
                    None,
                    roster,
                    house.cipher,
                    organization_id=organization_id,
                    dry_run=dry_run,
                    on_error=on_error,
                    on_progress=lambda rows: bar.update(task, completed=rows),
                )
        except NotFound:
            raise fail(Text(f"没有编码为 {branch} 的党组织。", f"No organisation has the code {branch}.")) from None
        except service.RosterRejected as refusal:
            give_back(refusal.done, Stage.given_up)
            raise
        give_back(done, Stage.planned if dry_run else Stage.done)
        if dry_run:
            end_dry_run(done, on_error)


def _report(done: "ImportedMembers") -> None:
    """Tell what became of the rows, what is worth a look, what is changed, and which sheets and rows one may not know of."""
    with_sheets = len(done.sheets) > 1
    report(done, dry_run=False, with_sheets=with_sheets)
    hints = ((warned.sheet, warned.row, warning) for warned in done.warnings for warning in warned.hints)
    tell_cells(Text("提示", "Worth a look"), hints, with_sheets=with_sheets)
    changed = Counter(column for sheet in done.sheets for columns in sheet.changes.values() for column in columns)
    if changed:
        tell(
            Text(
                f"更新的内容：{'、'.join(f'{column} {count} 行' for column, count in changed.items())}。",
                f"Changed: {', '.join(f'{column} in {count} rows' for column, count in changed.items())}.",
            )
        )
    for note in notes_on_sheets(done):
        tell(note)
