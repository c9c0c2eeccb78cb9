"""`python -m api audit`."""

from pathlib import Path
from typing import Annotated

import typer

from api.terminal import fail, open_house

commands = typer.Typer(no_args_is_help=True, help="the audit trail")


@commands.command("verify")
def verify_audit(
    log: Annotated[
        list[Path] | None, typer.Option(exists=True, dir_okay=False, help="a log of the server; may be given several times")
    ] = None,
) -> None:
    """Check the whole audit trail, and hold it against the checkpoints in the storage and in logs. Ends with status 1 at the first
    line that was altered, removed or cut off.
    """
    from api.audit import checkpoints, service
    from api.audit.rules import restorations
    from api.database import Origin

    with open_house() as house:
        # Before the trail, which only grows: what is noted now must be in it.
        noted = checkpoints.noted_in_storage(house.storage, house.audit_key)
        for path in log or ():
            with path.open(encoding="utf-8", errors="replace") as lines:
                checkpoints.add_from_log(noted, str(path), lines, house.audit_key)
        with house.database.reading(Origin("cli")) as work:
            held, broken = service.verify(work, house.audit_key, noted.checkpoints)
    if broken is not None:
        told = f", as the checkpoint {broken.checkpoint.name} tells" if broken.checkpoint else ""
        raise fail(f"The audit trail is broken at line {broken.seq}: {broken.why}{told} ({held} lines before it hold).")
    if noted.forged:
        raise fail(f"Nobody with AUDIT_KEY has signed the checkpoint {noted.forged[0]} ({held} lines hold).")
    print(f"{held} audit lines hold.")
    if noted.checkpoints:
        print(f"Checkpoints that they agree with: {len(noted.checkpoints)}.")
    for one in restorations(noted.checkpoints):
        gap = f"; what was noted from line {one.checkpoint.seq + 1} to {one.until} went with it"
        print(
            f"Restored at {one.checkpoint.at:%Y-%m-%d %H:%M:%S} UTC from the archive {one.checkpoint.archive}, "
            f"which ended at line {one.checkpoint.seq}{gap if one.until > one.checkpoint.seq else ''}."
        )
