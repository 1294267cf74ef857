"""The log in a file: rotated by the real logrotate with deploy/logrotate.conf while Frontdesk writes to it."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from frontdesk.testing.clock import until
from frontdesk.testing.processes import Program, running

CONFIG = Path(__file__).resolve().parents[3] / "deploy" / "logrotate.conf"
LINE = {
    "WHATSAPP_ACCESS_TOKEN": "token",
    "WHATSAPP_PHONE_NUMBER_ID": "15550001",
    "WHATSAPP_APP_SECRET": "app secret",
    "GRAPH_API_URL": "http://127.0.0.1:9",
}
LOGROTATE = shutil.which("logrotate", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


@pytest.mark.skipif(LOGROTATE is None, reason="logrotate is not installed")
async def test_frontdesk_goes_on_writing_after_its_log_was_rotated(tmp_path: Path) -> None:
    program = Program(tmp_path / "logs" / "frontdesk", {**LINE, "LOG_FORMAT": "json"})
    config = tmp_path / "logrotate.conf"
    config.write_text(CONFIG.read_text(encoding="utf-8").replace("/var/log/frontdesk", str(program.log.parent)))
    config.chmod(0o600)
    async with running(program), program.client() as client:
        before = program.log.read_bytes()
        command = [str(LOGROTATE), "--force", "--state", str(tmp_path / "state"), str(config)]
        await asyncio.to_thread(subprocess.run, command, check=True)
        rotated = program.log.with_name(f"{program.log.name}.1")
        assert rotated.read_bytes().startswith(before)
        assert not program.log.read_bytes().startswith(before)  # it begins anew, with what is logged meanwhile
        names_the_line, signature = b'{"phone_number_id": "15550001"}', {"X-Hub-Signature-256": "sha256=00"}
        refused = await client.post("/webhook", content=names_the_line, headers=signature)
        assert refused.status_code == 403
        await until(lambda: b"signature" in program.log.read_bytes())
        assert b"\0" not in program.log.read_bytes()  # a file that was not opened for appending would begin with a hole
        assert await program.stop() == 0
