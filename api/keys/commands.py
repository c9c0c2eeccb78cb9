"""`python -m api keys`."""

import json

import typer

from api.terminal import open_house

commands = typer.Typer(no_args_is_help=True, help="the keys that sign dynamic codes")


@commands.command("list")
def list_keys() -> None:
    """Print the public keys."""
    from api.database import Origin
    from api.keys import service

    with open_house() as house, house.database.reading(Origin("cli")) as work:
        print(json.dumps({"keys": service.list_keys(work)}, indent=2))
