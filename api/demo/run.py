"""`make demo`: the whole thing on one machine, with an SQLite file and invented people, kept from one run to the next."""

import asyncio
import json
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn
from rich.cells import set_cell_size
from rich.progress import TaskID

from api import schema
from api.app import create_app
from api.building import build
from api.cards import showing
from api.codes import qr
from api.codes.reading import address
from api.database import Origin
from api.demo.answers import stale_code
from api.demo.seed import Seeded, seed
from api.errors import Text
from api.house import House
from api.serving import UVICORN
from api.settings import Settings, fresh_secrets, write_private
from api.terminal import address_of, progress_bar, put, tell, told

ROLE_WORDS = {
    "member": Text("党员", "member"),
    "secretary": Text("支部书记", "secretary"),
    "town_officer": Text("镇街干部", "town officer"),
    "district_officer": Text("区级干部", "district officer"),
    "administrator": Text("系统管理员", "administrator"),
    "auditor": Text("审计员", "auditor"),
}

ANSWER_WORDS = {
    "valid": Text("有效（带照片）", "valid (with photo)"),
    "stale_code": Text("码已过时", "stale code"),
    "suspended": Text("暂停", "suspended"),
    "revoked": Text("已注销", "cancelled"),
    "expired": Text("已过期", "expired"),
    "transferred": Text("已转出", "moved"),
    "not_found": Text("查无此码", "not found"),
}
KEPT = "demo.json"
"""Written once all else is there."""
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Ready:
    """What somebody needs who wants to try it."""

    base_url: str
    accounts: list[dict[str, str]]
    printed_url: str
    dynamic_url: str
    other_urls: dict[str, str]
    """By the answers that they have."""


def run(door: socket.socket, host: str, data: Path, *, as_json: bool, bare: bool = False) -> None:
    """Prepare the demonstration in a folder and serve it by a socket, which is bound to `host`, until told to stop."""
    base_url = address_of(door, _reachable(host))
    _clear_unfinished(data)
    settings = _settings(data, base_url)
    schema.migrate(settings.database_url)
    house = build(settings)
    seeded = _seeded(house, data, as_json=as_json, bare=bare)
    app = create_app(settings)
    server = _Server(
        uvicorn.Config(app, **UVICORN),
        lambda: _announce(house, seeded, base_url, host, as_json=as_json),
    )
    server.run(sockets=[door])


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._ready)


def _reachable(host: str) -> str:
    """An address under which another machine in the network finds this one, when it listens on all of them."""
    if host not in {"0.0.0.0", "::"}:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: the system only chooses the address that it would send from.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _clear_unfinished(data: Path) -> None:
    """Take away what a first start has left that was stopped midway: nobody knows the passwords in it."""
    if not (data / KEPT).exists():
        for part in data.glob("liangxian.db*"):
            part.unlink()
        shutil.rmtree(data / "files", ignore_errors=True)


def _settings(data: Path, base_url: str) -> Settings:
    data.mkdir(parents=True, exist_ok=True)
    secrets_file = data / "secrets.env"
    if not secrets_file.exists():
        write_private(secrets_file, "".join(f"{name}={value}\n" for name, value in fresh_secrets().items()))
    values: dict[str, Any] = dict(
        line.split("=", 1) for line in secrets_file.read_text(encoding="utf-8").splitlines() if "=" in line
    )
    return Settings(
        _env_file=None,
        database_url=f"sqlite:///{(data / 'liangxian.db').resolve()}",
        database_read_url=None,
        storage_url=(data / "files").resolve().as_uri(),
        storage_access_key=None,
        storage_secret_key=None,
        public_url=base_url,
        log_level="WARNING",
        otp_demanded=False,
        step_up_demanded=False,
        **{name.lower(): value for name, value in values.items()},
    )


def _seeded(house: House, data: Path, *, as_json: bool, bare: bool) -> Seeded:
    kept = data / KEPT
    if kept.exists():
        return Seeded.load(kept)
    if not as_json:
        tell(
            Text(
                "第一次启动，先造一个演示区，大约半分钟：",
                "The first start makes a demonstration district, which takes half a minute:",
            )
        )
    with progress_bar() as bar:
        tasks: dict[Text, TaskID] = {}

        def progress(part: Text, done: int, total: int) -> None:
            if part not in tasks:
                if not as_json:
                    put(f"  {len(tasks) + 1}. {told(part)}")
                tasks[part] = bar.add_task(told(part), total=total)
            bar.update(tasks[part], completed=done)

        seeded = seed(house, progress, bare=bare)
    seeded.save(kept)
    return seeded


def _announce(house: House, seeded: Seeded, base_url: str, host: str, *, as_json: bool) -> None:
    with house.database.reading(Origin("demo", datetime.now(UTC))) as work:
        card = showing.card_of(work, UUID(seeded.member_id))
        shown = showing.show_code_of(work, card, house.keys, house.settings.base_url)
    ready = Ready(
        base_url=base_url,
        accounts=[
            {
                "role": account.role.value,
                "username": account.username,
                "password": account.password,
                "organization_code": account.organization_code,
                "organization_name": account.organization_name,
            }
            for account in seeded.accounts
        ],
        printed_url=address(base_url, seeded.printed_code),
        dynamic_url=shown.url,
        other_urls={
            "stale_code": address(base_url, stale_code(house, UUID(seeded.member_id))),
            **{answer: address(base_url, code) for answer, code in seeded.other_codes.items()},
        },
    )
    if as_json:
        put(json.dumps(ready.__dict__, ensure_ascii=False))
        return
    url = ready.base_url
    tell(
        Text(
            f"\n亮显 演示区：{url}    接口文档：{url}/docs\n",
            f"\nliangxian, the demonstration district: {url}    the document of the API: {url}/docs\n",
        )
    )
    for item in ready.accounts:
        place = item["organization_name"] or item["organization_code"]
        put(f"  {_padded(ROLE_WORDS[item['role']], 18)}{item['username']:<18}{item['password']:<16}{place}")
    tell(Text("\n一块桌牌上的二维码，用手机扫一扫：\n", "\nThe code of a desk plate, to be scanned with a telephone:\n"))
    put(qr.terminal(ready.printed_url))
    tell(Text("\n各种核验结果，点开即可看到：\n", "\nAll answers that a scan can have:\n"))
    for answer, at in {"valid": ready.printed_url, **ready.other_urls}.items():
        put(f"  {_padded(ANSWER_WORDS[answer], 20)}{at}")
    if host in LOOPBACK:
        tell(
            Text(
                "\n同一网络里的手机也要能打开：make demo DEMO='--host 0.0.0.0'",
                "\nFor telephones in the same network: make demo DEMO='--host 0.0.0.0'",
            )
        )
    kept = house.settings.database_url.removeprefix("sqlite:///")
    tell(Text(f"\n按 Ctrl+C 停止。数据留在 {kept}\n", f"\nCtrl+C stops. The data stay in {kept}\n"))


def _padded(words: Text, width: int) -> str:
    """Words filled up to a width of the terminal."""
    return set_cell_size(told(words), width)
