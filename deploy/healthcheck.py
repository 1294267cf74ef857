#!/opt/frontdesk/bin/python
"""Whether the Frontdesk in this container, or on this machine, works: exit code 0, or 1 with one line that says why.

    frontdesk-healthcheck [web|worker|beat|lines] [--wait SECONDS]

`web`, which is also for `serve`, asks `/health/ready` on PORT. The other roles listen nowhere: their signs of life in
the database are looked at, those of this host.
"""

import argparse
import http.client
import os
import socket
import sys
import time

PATIENCE = 5  # seconds for an answer


def main() -> int:
    """Look, and say what was found."""
    parser = argparse.ArgumentParser(prog="frontdesk-healthcheck")
    parser.add_argument("role", nargs="?", default="web", choices=["web", "worker", "beat", "lines"])
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="until it works, for so long")
    given = parser.parse_args()
    until = time.monotonic() + given.wait
    while (wrong := _web(given.port) if given.role == "web" else _silent(given.role)) and time.monotonic() < until:
        time.sleep(0.2)
    if wrong:
        sys.stderr.write(f"{wrong}\n")
    return 1 if wrong else 0


def _web(port: int) -> str | None:
    """What is wrong with the web process; None where nothing is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health/ready", headers={"Host": f"127.0.0.1:{port}"})
        answer = connection.getresponse()
        said = answer.read(500).decode(errors="replace")
    except (OSError, http.client.HTTPException) as refused:
        return f"Nobody answers on port {port}: {refused}."
    finally:
        connection.close()
    return None if answer.status == 200 else f"Port {port} answers {answer.status}: {said}"


def _silent(role: str) -> str | None:
    """What is wrong with a role that listens nowhere; None where nothing is."""
    # Not above: `web` is looked at often, and needs none of it.
    from frontdesk.kit.errors import FrontdeskError  # noqa: PLC0415
    from frontdesk.settings import load_settings  # noqa: PLC0415
    from frontdesk.store.upkeep_postgres import running  # noqa: PLC0415

    here = socket.gethostname()
    try:
        found = running(load_settings().database_url)
    except FrontdeskError as wrong:
        return wrong.sentence
    return None if f"{role} on {here}" in found else f"Nothing was heard of a {role} on {here} for some seconds."


if __name__ == "__main__":
    sys.exit(main())
