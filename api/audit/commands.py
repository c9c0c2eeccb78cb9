"""`python -m api audit`."""

import typer

from api.terminal import fail, open_house

commands = typer.Typer(no_args_is_help=True, help="the audit trail")


@commands.command("verify")
def verify_audit() -> None:
    """Check the whole audit trail. Ends with status 1 at the first line that was altered, removed or cut off."""
    from api.audit import service
    from api.database import Origin

    with open_house() as house, house.database.reading(Origin("cli")) as work:
        lines, broken = service.verify(work, house.audit_key)
    if broken is not None:
        raise fail(f"The audit trail is broken at line {broken.seq}: {broken.why} ({lines} lines before it hold).")
    print(f"{lines} audit lines hold.")
