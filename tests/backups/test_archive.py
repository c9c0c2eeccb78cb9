"""An archive is read only where each byte is one that we would have written."""

import io
import json
import os
import random
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.backups import archive as archives
from api.backups import manifest as manifests
from api.backups import rules
from api.backups.archive import BLOCK, DATABASE, ERASURES, MANIFEST, Archive, OtherSize, Writer, written_whole
from api.backups.service import verify
from api.settings import Settings, fresh_secrets
from tests.backups.installation import SILENT, Installation, is_empty, manifest_of

ON_ENGINES = ("sqlite",)
DAMAGE = (rules.NotAnArchive, rules.Truncated, rules.Damaged)
FLIPS = int(os.environ.get("BACKUP_FLIPS", "150"))
ALTERED = (*DAMAGE, rules.NewerFormat, rules.WrongAuditKey)
"""What a changed byte may be taken for: it may stand in the number of the format, or in a check of a key."""


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for info, content in members:
            info.size = len(content) if info.isreg() else 0
            info.mode = 0o600
            tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
    # tarfile pads to a record of 20 blocks; the archive ends after two.
    return held.getvalue().rstrip(b"\0").ljust(BLOCK, b"\0")


def entries(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        for info in tar:
            source = tar.extractfile(info)
            assert source is not None
            yield info.name, source.read()


def written(path: Path, *members: tuple[str, bytes]) -> Path:
    with path.open("xb") as target:
        for name, content in members:
            # One does not write a name twice.
            Writer(target).add(name, io.BytesIO(content), len(content))
        Writer(target).finish()
    return path


def is_refused(settings: Settings, path: Path, why: tuple[type[rules.BackupError], ...] = DAMAGE) -> bool:
    with pytest.raises(why):
        verify(settings, path, SILENT)
    return True


def test_any_tar_reads_the_archive(living: Installation, archive: Path) -> None:
    found = dict(entries(archive))
    assert list(found) == [DATABASE, *(f"files/{key}" for key in sorted(living.files)), ERASURES, MANIFEST]
    assert {key: found[f"files/{key}"] for key in living.files} == living.files
    assert found[DATABASE].startswith(b"SQLite format 3\0")


@pytest.mark.parametrize("content", [b"", b"x", bytes(5000), b"PK\3\4" + bytes(2000), b"SQLite format 3\0" + bytes(9000)])
def test_what_is_no_archive_is_told_as_such(here: Settings, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    assert is_refused(here, path, (rules.NotAnArchive,))


def test_an_archive_cut_off_anywhere_is_refused(here: Settings, archive: Path) -> None:
    content, chance = archive.read_bytes(), random.Random(1921)
    edges = {edge for start in range(0, len(content), BLOCK) for edge in (start - 1, start, start + 1)}
    ends = range(len(content) - 3 * BLOCK, len(content))
    cuts = {*chance.sample(sorted(edges), 200), *chance.sample(range(len(content)), 200), *ends, 0, 1, BLOCK}
    for size in sorted(cuts & set(range(len(content)))):
        archive.write_bytes(content[:size])
        assert is_refused(here, archive, (rules.Truncated, rules.NotAnArchive, rules.Damaged)), size
    archive.write_bytes(content)
    verify(here, archive, SILENT)


def test_bytes_after_the_end_are_refused(here: Settings, archive: Path) -> None:
    content = archive.read_bytes()
    for more in (b"\0", b"x", bytes(BLOCK), content):
        archive.write_bytes(content + more)
        assert is_refused(here, archive)


def test_a_flipped_bit_anywhere_is_refused(here: Settings, archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    with Archive(archive) as read:
        sizes = list(read.sizes().items())
    spots, offset = [], 0
    for name, size in sizes:
        ends = offset + BLOCK + size + -size % BLOCK
        spots += [*range(offset, offset + BLOCK), *range(offset + BLOCK + size, ends)]
        offset = ends
        if name == MANIFEST:
            spots += range(ends - size - -size % BLOCK, ends)
    spots += range(offset, len(content))

    @settings(max_examples=FLIPS, deadline=None)
    @given(st.one_of(st.sampled_from(spots), st.integers(0, len(content) - 1)), st.integers(0, 7))
    def flip(place: int, bit: int) -> None:
        with archive.open("r+b") as file:
            file.seek(place)
            file.write(bytes([content[place] ^ 1 << bit]))
        assert is_refused(here, archive, ALTERED)
        with archive.open("r+b") as file:
            file.seek(place)
            file.write(content[place : place + 1])

    flip()
    verify(here, archive, SILENT)


def link(name: str, kind: bytes, target: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


@pytest.mark.parametrize(
    ("extra", "kind"),
    [
        ("files/../../../etc/passwd", tarfile.REGTYPE),
        ("/etc/passwd", tarfile.REGTYPE),
        ("../escaped", tarfile.REGTYPE),
        ("files/.hidden", tarfile.REGTYPE),
        ("files//double", tarfile.REGTYPE),
        ("files/", tarfile.DIRTYPE),
        ("extra", tarfile.REGTYPE),
        ("files/linked", tarfile.SYMTYPE),
        ("files/linked", tarfile.LNKTYPE),
        ("files/pipe", tarfile.FIFOTYPE),
        ("files/" + "a" * 120, tarfile.REGTYPE),
    ],
)
def test_a_tar_with_anything_else_in_it_is_refused(
    here: Settings, elsewhere: Settings, archive: Path, tmp_path: Path, extra: str, kind: bytes
) -> None:
    members = [(tarfile.TarInfo(name), content) for name, content in entries(archive)]
    members.insert(1, link(extra, kind, "/etc/passwd"))
    path = tmp_path / "crafted.tar"
    path.write_bytes(tar_of(*members) + bytes(2 * BLOCK))
    assert is_refused(here, path, (rules.Damaged,))
    assert is_empty(elsewhere)


def test_a_tar_of_the_same_members_with_other_headers_is_refused(here: Settings, archive: Path, tmp_path: Path) -> None:
    members = [(tarfile.TarInfo(name), content) for name, content in entries(archive)]
    path = tmp_path / "crafted.tar"
    path.write_bytes(tar_of(*members) + bytes(2 * BLOCK))
    for field, value in (("uname", "root"), ("mtime", 7), ("uid", 1000), ("mode", 0o777)):
        for info, _ in members:
            setattr(info, field, value)
        held = io.BytesIO()
        with tarfile.open(fileobj=held, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for info, content in members:
                tar.addfile(info, io.BytesIO(content))
        path.write_bytes(held.getvalue())
        assert is_refused(here, path)


def test_a_member_that_is_missing_moved_or_there_twice_is_refused(here: Settings, archive: Path, tmp_path: Path) -> None:
    members = list(entries(archive))
    ways: list[Callable[[], list[tuple[str, bytes]]]] = [
        lambda: members[1:],
        lambda: members[:-1],
        lambda: [members[0], *members[2:]],
        lambda: [members[0], members[1], *members[1:]],
        lambda: [members[0], members[-1], *members[1:-1]],
        lambda: [members[1], members[0], *members[2:]],
        lambda: [*members, members[-1]],
        lambda: [*members[:-1], (f"files/{'0' * 32}", b"more"), members[-1]],
        lambda: [members[0], (members[1][0], members[2][1]), (members[2][0], members[1][1]), *members[3:]],
        lambda: [],
    ]
    for number, way in enumerate(ways):
        assert is_refused(here, written(tmp_path / f"{number}.tar", *way())), number
    verify(here, written(tmp_path / "same.tar", *members), SILENT)


def test_a_manifest_of_somebody_without_the_key_is_refused(here: Settings, archive: Path, tmp_path: Path) -> None:
    other = here.model_copy(update={"audit_key": type(here.audit_key)(fresh_secrets()["AUDIT_KEY"])})
    *members, (_, raw) = entries(archive)
    manifest = manifests.read(raw, here)
    forged = manifests.write(manifest.model_copy(update={"keys": manifests.key_checks(other)}), other)
    assert is_refused(here, written(tmp_path / "forged.tar", *members, (MANIFEST, forged)), (rules.WrongAuditKey,))
    # He may copy the check of the key from the true one; the code over the whole he cannot make.
    copied = manifests.write(manifest, other)
    assert is_refused(here, written(tmp_path / "copied.tar", *members, (MANIFEST, copied)), (rules.Damaged,))
    renamed = manifests.write(manifest.model_copy(update={"revision": "0001"}), here).replace(b'"0001"', b'"0002"')
    assert is_refused(here, written(tmp_path / "renamed.tar", *members, (MANIFEST, renamed)), (rules.Damaged,))
    for number, junk in enumerate((b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, raw + b" ", b'{"format":"1"}\n')):
        assert is_refused(here, written(tmp_path / f"junk{number}.tar", *members, (MANIFEST, junk)), (rules.Damaged,))


def test_nothing_is_made_of_a_manifest_whose_code_is_another_ones_and_of_no_more_members_than_it_has_room_for(
    here: Settings, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *members, (_, raw) = entries(archive)
    deep = raw.replace(b'"members":{', b'"members":' + b"[" * 1_000_000 + b"{", 1)
    path = written(tmp_path / "deep.tar", *members, (MANIFEST, deep))
    with monkeypatch.context() as patched:
        patched.setattr(json, "loads", lambda _: pytest.fail("it was parsed"))
        assert is_refused(here, path, (rules.Damaged,))
    verify(here, archive, SILENT)
    monkeypatch.setattr(archives, "MOST_MEMBERS", len(members))
    assert is_refused(here, archive, (rules.Damaged,))


def test_a_manifest_of_a_newer_format_is_refused(here: Settings, archive: Path, tmp_path: Path) -> None:
    *members, (_, raw) = entries(archive)
    newer = manifests.write(manifests.read(raw, here).model_copy(update={"format": manifests.FORMAT + 1}), here)
    assert is_refused(here, written(tmp_path / "newer.tar", *members, (MANIFEST, newer)), (rules.NewerFormat,))
    assert manifest_of(archive)["format"] == manifests.FORMAT


def test_a_backup_of_the_earlier_format_which_carries_nothing_of_erasures_is_read(
    here: Settings, archive: Path, tmp_path: Path
) -> None:
    *members, _, (_, raw) = entries(archive)
    manifest = manifests.read(raw, here)
    rest = {name: content for name, content in manifest.members.items() if name != ERASURES}
    earlier = manifests.write(manifest.model_copy(update={"format": 1, "members": rest}), here)
    verify(here, written(tmp_path / "earlier.tar", *members, (MANIFEST, earlier)), SILENT)


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 5000])
def test_a_source_of_another_size_than_it_was_said_to_have_is_noticed(size: int) -> None:
    for given_size in {max(0, size - 1), size + 1, size + 1000} - {size}:
        with pytest.raises(OtherSize):
            Writer(io.BytesIO()).add("database", io.BytesIO(bytes(given_size)), size)


@pytest.mark.parametrize("name", ["database", "files/é", "files/.hidden", "other"])
def test_a_member_that_would_not_be_read_is_not_written(name: str) -> None:
    writer = Writer(io.BytesIO())
    writer.add("database", io.BytesIO(), 0)
    with pytest.raises(rules.CannotWrite, match=name):
        writer.add(name, io.BytesIO(), 0)


def test_a_file_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), written_whole(tmp_path / "new") as file:
        file.write(b"half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_backup_left_is_cleared_by_a_later_one_of_any_name(tmp_path: Path) -> None:
    left, fresh, other = (tmp_path / name for name in (".old.tar.x1x1x1x1.part", ".now.tar.x2x2x2x2.part", "old.tar"))
    for one in (left, fresh, other):
        one.write_bytes(b"half")
    for one in (left, other):
        os.utime(one, (0, 0))
    with written_whole(tmp_path / "new.tar"):
        pass
    assert {one.name for one in tmp_path.iterdir()} == {fresh.name, other.name, "new.tar"}


def test_sizes_beyond_eight_gibibytes_have_a_header(tmp_path: Path) -> None:
    """A sparse file stands for a big database: what an octal size cannot hold is written otherwise, and read again."""
    size, path = (8 << 30) + 1, tmp_path / "big.tar"
    from api.backups.archive import _header

    with path.open("xb") as file:
        file.write(_header(DATABASE, size))
        file.seek(BLOCK + size + -size % BLOCK)
        file.write(_header(MANIFEST, 2) + b"{}".ljust(BLOCK, b"\0") + bytes(2 * BLOCK))
    with Archive(path) as archive:
        assert archive.sizes() == {DATABASE: size, MANIFEST: 2}
