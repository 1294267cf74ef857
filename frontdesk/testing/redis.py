"""A real Redis for tests. It keeps nothing over its end."""

import socket

from redis import Redis as Client

from frontdesk.testing.servers import HOST, Server, binary


class Redis(Server):
    """A Redis of its own."""

    name = "redis"
    user = "redis"

    def __init__(self) -> None:
        self.program = binary("redis-server")
        super().__init__()

    def command(self) -> list[str]:
        """The server without any file."""
        where = ("--bind", HOST, "--port", str(self.port), "--dir", str(self.folder))
        return [str(self.program), *where, "--save", "", "--appendonly", "no", "--databases", "64", "--hz", "100"]

    def url(self, db: int = 0) -> str:
        """The address of one of its databases."""
        return f"redis://{HOST}:{self.port}/{db}"

    def flush(self) -> None:
        """Empty all of its databases."""
        self.ask("FLUSHALL")

    def disconnect(self) -> None:
        """Cut off whoever is connected."""
        for kind in ("normal", "pubsub"):
            self.ask(f"CLIENT KILL TYPE {kind} SKIPME yes")

    def asked(self) -> int:
        """How many who are connected wait for something in a list."""
        with Client(port=self.port, host=HOST) as client:
            return sum("b" in one["flags"] for one in client.client_list())

    def ask(self, command: str) -> str:
        """The first line of its answer to a command of plain words.

        Raises:
            OSError: it is not there.
        """
        with socket.create_connection((HOST, self.port), timeout=5) as wire, wire.makefile("rwb") as file:
            file.write(f"{command}\r\n".encode())
            file.flush()
            return str(file.readline().decode().strip())
