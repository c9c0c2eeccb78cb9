"""`python -m api check-host`."""

from typing import Annotated

import typer

from api.terminal import fail

commands = typer.Typer()


@commands.command("check-host")
def check_host(url: Annotated[str, typer.Argument(help="the public address, such as https://lx.example.gov.cn")]) -> None:
    """Tell whether codes stay as coarse as they should with this host: printed version 3, dynamic version 6."""
    from api.codes import qr

    if not url.lower().startswith(("https://", "http://")):
        raise fail("Write the whole address, beginning with https://.")
    fit = qr.fits(url)
    print(f"printed code: version {fit.printed} (level Q); dynamic code: version {fit.dynamic} (level M)")
    if fit.printed > qr.PRINTED_VERSION or fit.dynamic > qr.DYNAMIC_VERSION:
        raise fail("This host is too long: codes get finer than version 3 and 6 and read from less far.")
    print("This host is short enough.")
