"""The pages as Chromium 78 of 2019 draws them, which telephones of five years and office computers still have.

It comes inside `chrome-aws-lambda`, and is driven by the puppeteer of its time: today's Playwright asks what it does not know.
"""

import json
import os
import warnings
from pathlib import Path
from typing import Any

import pytest

from api.language import Language
from api.pages.render import CONTENT_SECURITY_POLICY
from tests.node import installed, run
from tests.pages.looking import HEIGHTS, HOST, LOOK, PAGES, portrait

HERE = Path(__file__).parent / "old"
UNPACK = "fs.writeFileSync(process.argv[2], zlib.brotliDecompressSync(fs.readFileSync(process.argv[1])), {mode: 0o755})"
UNTESTED = "so how pages look in Chromium 78 was NOT tested"
BOTH_WIDTHS = pytest.mark.parametrize("width", HEIGHTS)
EVERY_PAGE = [f"{name}-{language}" for name in PAGES for language in Language]


@pytest.fixture(scope="module")
def modules() -> Path:
    return installed(HERE, "how pages look in Chromium 78 was NOT tested")


@pytest.fixture(scope="module")
def chromium(modules: Path) -> Path:
    """The browser, unpacked once on this machine. Where it does not run, the tests are skipped loudly; in CI they fail."""
    unpacked = modules.parent / "chromium"
    if not unpacked.exists():
        coming = unpacked.with_suffix(f".{os.getpid()}")
        packed = modules / "chrome-aws-lambda" / "bin" / "chromium.br"
        done = run(modules, "node", "-e", UNPACK, str(packed), str(coming))
        assert done.returncode == 0, done.stderr
        coming.rename(unpacked)
    try:
        done = run(modules.parent, str(unpacked), "--no-sandbox", "--version")
        trouble = done.stderr if done.returncode else ""
    except OSError as error:
        trouble = str(error)
    if trouble:
        reason = f"UNTESTED: the packaged Chromium does not run here ({trouble.strip()}), {UNTESTED}; Debian: apt install libnss3"
        assert not os.environ.get("CI"), reason
        warnings.warn(reason, stacklevel=2)
        pytest.skip(reason)
    return unpacked


@pytest.fixture(scope="module")
def seen(modules: Path, chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What stands in each page, by its name with the language, and by width. `OLD_PICTURES` names a folder for pictures of them."""
    folder = tmp_path_factory.mktemp("old")
    (folder / "node_modules").symlink_to(modules)
    pages = {f"{name}-{language}": draw(language, False) for name, draw in PAGES.items() for language in Language}
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    (folder / "photo.jpg").write_bytes(portrait())
    (folder / "look.js").write_text(LOOK, encoding="utf-8")
    (folder / "look.cjs").write_bytes((HERE / "look.cjs").read_bytes())
    asked = {
        "host": HOST,
        "policy": CONTENT_SECURITY_POLICY,
        "pages": list(pages),
        "bare": [f"{name}-{Language.zh}" for name in PAGES],
        "heights": list(HEIGHTS.items()),
        "pictures": os.environ.get("OLD_PICTURES"),
    }
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    done = run(folder, "node", "look.cjs", str(chromium), str(folder), seconds=300)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["version"].startswith("HeadlessChrome/78.")
    found: dict[str, Any] = told["found"]
    return found


@BOTH_WIDTHS
def test_text_and_targets_are_large_enough_and_nothing_stands_out_hides_or_is_cut(seen: dict[str, Any], width: int) -> None:
    for name in EVERY_PAGE:
        drawn = seen[name][str(width)]
        assert min(drawn["usual"]["sizes"]) >= 18, name
        assert len(drawn["usual"]["targets"]) >= 3, name
        assert [target for target in drawn["usual"]["targets"] if min(target[1:]) < 48] == [], name
        assert drawn["usual"]["split"] == [], name
        for size in ("usual", "doubled"):
            assert drawn[size]["outside"] == [], (name, size)
            assert drawn[size]["hidden"] == [], (name, size)


@BOTH_WIDTHS
def test_text_stands_away_from_the_edge_and_the_sign_has_its_size(seen: dict[str, Any], width: int) -> None:
    for name in EVERY_PAGE:
        usual = seen[name][str(width)]["usual"]
        _, right, _, left = usual["column"]
        assert min(left, right) >= 16, name
        if usual["sign"] is not None:
            sign_width, sign_height = usual["sign"]
            assert sign_width == sign_height and 48 <= sign_width <= width / 4, name
            assert usual["band"][2] >= 12, name


@BOTH_WIDTHS
@pytest.mark.parametrize("name", ["photo", "plate"])
def test_a_photo_takes_at_most_42_per_cent_of_the_width(seen: dict[str, Any], name: str, width: int) -> None:
    photo_width, photo_height = seen[f"{name}-zh"][str(width)]["usual"]["photo"]
    assert 80 <= photo_width <= min(0.42 * width, 330)
    assert photo_height == pytest.approx(photo_width * 4 / 3, abs=1)


@BOTH_WIDTHS
def test_without_a_style_nothing_stands_out_or_hides(seen: dict[str, Any], width: int) -> None:
    for name in PAGES:
        bare = seen[f"{name}-{Language.zh}"][str(width)]["bare"]
        assert bare["outside"] == [], name
        assert bare["hidden"] == [], name
