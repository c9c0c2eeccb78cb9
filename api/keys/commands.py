"""`python -m api keys`."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.terminal import fail, open_house

if TYPE_CHECKING:
    from api.house import House
    from api.keys.service import KnownKey

commands = typer.Typer(no_args_is_help=True, help="the keys that sign dynamic codes, status lists and packs")


@commands.command("list")
def list_keys(
    as_json: Annotated[bool, typer.Option("--json", help="print the key set as it is published")] = False,
) -> None:
    """Tell which keys there are, and which of them signs."""
    from api.database import Origin
    from api.keys import service

    with open_house() as house, house.database.reading(Origin("cli")) as work:
        if as_json:
            print(json.dumps({"keys": service.list_keys(work)}, indent=2))
            return
        table = Table("位置")
        table.add_column("指纹", overflow="fold")
        for title in ("状态", "启用", "停用"):
            table.add_column(title)
        for key in service.every_key(work):
            row = key.row
            days = (_moment(moment, house) for moment in (row.signs_from, row.withdrawn_at))
            table.add_row(str(row.slot), row.thumbprint, _state(key, work.at), *days)
        Console().print(table)


@commands.command("rotate")
def rotate_keys(
    at_once: Annotated[
        bool, typer.Option("--now", help="sign with it at once, though readers hold the key set for five minutes")
    ] = False,
) -> None:
    """Make a key that signs ten minutes from now. What the former one has signed stays good until it lapses."""
    from api.database import Origin
    from api.keys import service

    with open_house() as house, house.database.writing(Origin("cli")) as work:
        row = service.rotate_key(work, house.cipher, at_once=at_once)
        print(f"新密钥在位置 {row.slot}（{row.thumbprint}），{_moment(row.signs_from, house)} 起签名。")
        for key in service.every_key(work):
            if key.row.slot != row.slot and _waits(key, work.at):
                print(f"位置 {key.row.slot} 的密钥仍待启用，{_moment(key.row.signs_from, house)} 起改由它签名。")


@commands.command("withdraw")
def withdraw_key(slot: Annotated[int, typer.Argument(min=0, max=255, help="its place, as `keys list` tells it")]) -> None:
    """Withdraw a key that may be in wrong hands. Nothing that it has signed is good from the next scan on."""
    from api.database import Origin
    from api.errors import NotFound
    from api.keys import service

    with open_house() as house:
        try:
            with house.database.writing(Origin("cli")) as work:
                waiting = {key.row.slot for key in service.every_key(work) if _waits(key, work.at)}
                successor = service.withdraw_key(work, house.cipher, slot)
        except NotFound:
            raise fail(f"位置 {slot} 没有密钥。") from None
    print(f"位置 {slot} 的密钥已停用：它签过的码、状态列表和离线包从现在起一律不认。手机会自动换新码，离线包要重新下载。")
    if successor is not None:
        origin = "待启用的密钥提前启用" if successor.slot in waiting else "没有别的密钥可用，已新建一把"
        print(f"{origin}：从现在起由位置 {successor.slot} 的密钥（{successor.thumbprint}）签名。")


def _state(key: "KnownKey", at: datetime) -> str:
    if key.row.withdrawn_at is not None:
        return "已停用"
    if key.signs:
        return "正在签名"
    if _waits(key, at):
        return "待启用"
    return "只供核验" if key.is_published else "已退役"


def _waits(key: "KnownKey", at: datetime) -> bool:
    return key.row.withdrawn_at is None and key.row.signs_from > at


def _moment(moment: datetime | None, house: "House") -> str:
    return f"{moment.astimezone(house.settings.zone):%Y-%m-%d %H:%M}" if moment else ""
