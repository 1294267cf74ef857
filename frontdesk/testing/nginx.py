"""A real nginx for tests, as a load balancer before several web processes."""

from collections.abc import Sequence
from pathlib import Path

from frontdesk.testing.servers import HOST, Server, binary

# A web process that is being started anew refuses connections: the next one is asked at once (also for a POST, of which
# nothing was sent yet), and it is asked again with the next request (`max_fails=0`).
SETTINGS = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{ worker_connections 2000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 0;
    map $http_upgrade $asked_connection {{ default upgrade; '' close; }}
    upstream web {{
{web}
    }}
    server {{
        listen {host}:{port};
        location / {{
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_read_timeout 3600;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $asked_connection;
        }}
    }}
}}
"""


class Nginx(Server):
    """One address for the web processes that listen on these ports of the loopback, each asked in its turn."""

    name = "nginx"

    def __init__(self, ports: Sequence[int], *, like: Path | None = None) -> None:
        """With `like`, it has the settings of that file, whose web processes are `web-a:8000` and `web-b:8000`."""
        self.program = binary("nginx")
        self.ports = tuple(ports)
        self.like = like
        super().__init__()

    def command(self) -> list[str]:
        """The program with its settings."""
        settings = self._shipped(self.like.read_text()) if self.like else self._plain()
        return [str(self.program), "-p", str(self.folder), "-c", str(self.write("nginx.conf", settings))]

    def _plain(self) -> str:
        web = "\n".join(f"        server {HOST}:{port} max_fails=0;" for port in self.ports)
        return SETTINGS.format(folder=self.folder, host=HOST, port=self.port, web=web)

    def _shipped(self, text: str) -> str:
        for name, port in zip(("web-a:8000", "web-b:8000"), self.ports, strict=True):
            text = text.replace(name, f"{HOST}:{port}")
        text = text.replace("/tmp/", f"{self.folder}/").replace("listen 8080", f"listen {HOST}:{self.port}")
        return f"daemon off;\nmaster_process off;\n{text}"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"
