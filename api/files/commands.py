"""`python -m api files`."""

from datetime import UTC, datetime

import typer

from api.terminal import open_house

commands = typer.Typer(no_args_is_help=True, help="photos and attachments")


@commands.command("sweep")
def sweep_files() -> None:
    """Clear away files that never came or belong to nothing, and objects that no row knows, each once it is a day old."""
    from api.files import sweep

    with open_house() as house:
        done = sweep.sweep_files(house.database, house.storage, datetime.now(UTC))
    print(
        f"removed: {done.awaited} awaited in vain, {done.unused} unused, {done.discarded} of removed files, "
        f"{done.orphans} objects without a row"
    )
