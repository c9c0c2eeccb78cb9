"""`python -m api check-host`."""

from typing import Annotated, Final

import typer

from api.terminal import fail

commands = typer.Typer()

UPPER_CASE_REFUSED: Final = (
    "Codes begin with HTTPS:// in capitals. Known not to open that: Privacy Friendly QR Scanner and SecScanQR (Android); "
    "in old versions Firefox (iOS, as the default browser, until 2021; Android, its own scanner, until 2022) "
    "and Binary Eye (before 1.3.7)."
)
"""By their public bug reports: SecUSo/privacy-friendly-qr-scanner 196, Fr4gorSoftware/SecScanQR 247,
mozilla-mobile/firefox-ios 9013, mozilla-mobile/fenix 24692, markusfisch/BinaryEye 8."""


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
    print(UPPER_CASE_REFUSED)
