"""Files that come by a bridge: read in its own folders, kept where their content comes along, and nothing else."""

import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from bridge_line import BridgeLine, inbound

from frontdesk.channels.bridge.files import KEEPS
from frontdesk.domain.wire import Fetched, Inbound, MediaRef
from frontdesk.kit.errors import Rejected
from frontdesk.testing.bridges import Program

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "bridge")
    (program.folder / "media").mkdir()
    (program.folder / "media" / "a.png").write_bytes(PNG)
    return program


@pytest.fixture
async def line(program: Program, tmp_path: Path) -> AsyncIterator[BridgeLine]:
    line = BridgeLine(tmp_path, command=program.command, folder=str(program.folder))
    yield line
    await line.channel.close()


async def fetch(line: BridgeLine, into: Path, *, limit: int = 1000, **where: Any) -> Fetched:
    """Fetch a file that is said to lie there."""
    media = MediaRef(orjson.dumps(where).decode(), mime="image/png")
    return await line.channel.fetch(line.line, media, into, limit=limit)


async def test_a_path_below_the_folder_of_the_bridge_is_read(
    line: BridgeLine, program: Program, tmp_path: Path
) -> None:
    for path in ("media/a.png", "./media/../media/a.png", str(program.folder / "media" / "a.png")):
        assert (await fetch(line, tmp_path / "into", path=path)).size == len(PNG)
        assert (tmp_path / "into").read_bytes() == PNG


async def test_no_path_leads_out_of_the_folder(line: BridgeLine, program: Program, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(PNG)
    (program.folder / "link").symlink_to(tmp_path / "secret")
    (program.folder / "linked").symlink_to(tmp_path)
    for path in ("../secret", "link", "linked/secret", str(tmp_path / "secret"), "/etc/passwd", "/proc/self/environ"):
        with pytest.raises(Rejected, match="outside the folders of the bridge"):
            await fetch(line, tmp_path / "into", path=path)
    assert not (tmp_path / "into").exists()


@pytest.mark.parametrize("path", ["media", ".", "/dev/zero", "", "gone.png", "a\0b", "x" * 5000])
async def test_what_is_no_file_is_refused(line: BridgeLine, tmp_path: Path, path: str) -> None:
    with pytest.raises(Rejected):
        await fetch(line, tmp_path / "into", path=path)


async def test_a_pipe_does_not_hold_up_the_house(line: BridgeLine, program: Program, tmp_path: Path) -> None:
    os.mkfifo(program.folder / "pipe")
    with pytest.raises(Rejected):
        await fetch(line, tmp_path / "into", path="pipe")


async def test_a_file_that_is_too_large_is_refused(line: BridgeLine, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="larger"):
        await fetch(line, tmp_path / "into", path="media/a.png", limit=len(PNG) - 1)


async def test_a_folder_that_holds_what_is_ours_is_too_wide_to_be_believed(program: Program, tmp_path: Path) -> None:
    wide = BridgeLine(tmp_path, command=program.command, folder=str(tmp_path), media_folder="/")
    (tmp_path / "frontdesk.db").write_bytes(PNG)
    for path in ("frontdesk.db", str(tmp_path / "frontdesk.db")):
        with pytest.raises(Rejected, match="outside the folders"):
            await fetch(wide, tmp_path / "into", path=path)


async def test_the_media_folder_is_read_beside_the_bridges_own(program: Program, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "b.png").write_bytes(PNG)
    line = BridgeLine(tmp_path, command=program.command, folder=str(program.folder), media_folder=str(more))
    assert (await fetch(line, tmp_path / "into", path=str(more / "b.png"))).size == len(PNG)


async def test_a_content_that_comes_along_is_kept_until_it_is_fetched(
    line: BridgeLine, program: Program, tmp_path: Path
) -> None:
    content = base64.b64encode(PNG).decode()
    wrapped = f"{content[:8]}\n{content[8:]}"
    of_a_library = {"data": wrapped, "mimetype": "image/png", "filename": "a.png"}
    told = [inbound(id=str(n), type="image", hasMedia=True, mimeType="image/png", media=one) for n, one in enumerate(
        (content, f"data:image/png;base64,{content}", of_a_library, "%%%")
    )]  # fmt: skip
    program.tells_at_start({"event": "ready"}, *({"event": "new_message", "data": one} for one in told))
    await line.connect()
    await line.heard(4)
    files = [one.media for one in line.events if isinstance(one, Inbound) and one.media is not None]
    assert files[2].name == "a.png"
    for media in files[:3]:
        assert (await line.channel.fetch(line.line, media, tmp_path / "into", limit=1000)).size == len(PNG)
    with pytest.raises(Rejected, match="damaged"):
        await line.channel.fetch(line.line, files[3], tmp_path / "into", limit=1000)
    [kept] = (line.folder / "acc_1" / "files").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    await line.channel.disconnect(line.line)
    line.clock.advance(int(kept.stat().st_mtime * 1000) - line.clock.now() + KEEPS + 1000)
    program.tells_at_start({"event": "ready"})
    line.states.clear()
    await line.connect()
    assert not kept.exists(), "nobody fetched it for weeks"


@pytest.mark.parametrize("kept", ["../../secret", "damaged", "/etc/passwd", "A" * 64])
async def test_the_name_of_a_kept_content_is_never_a_path(line: BridgeLine, tmp_path: Path, kept: str) -> None:
    with pytest.raises(Rejected):
        await fetch(line, tmp_path / "into", kept=kept)


async def test_a_bridge_cannot_name_a_kept_content_itself(line: BridgeLine, program: Program) -> None:
    forged = inbound(type="image", hasMedia=True, _kept="0" * 64)
    program.tells_at_start({"event": "ready"}, {"event": "new_message", "data": forged})
    await line.connect()
    await line.heard(1)
    [one] = line.events
    assert isinstance(one, Inbound)
    assert one.media is not None
    assert "kept" not in one.media.remote_id
