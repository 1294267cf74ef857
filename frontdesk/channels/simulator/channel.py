"""The channel `simulator`: the real Cloud API code, pointed at the stand-in on this machine."""

import ipaddress
from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator

from frontdesk.channels.base import Capabilities
from frontdesk.channels.cloud.channel import CloudChannel
from frontdesk.channels.cloud.files import Downloads, Uploads
from frontdesk.channels.cloud.graph import Graph
from frontdesk.channels.cloud.options import Options as CloudOptions
from frontdesk.channels.simulator.people import Number
from frontdesk.kit.clock import Clock


class SimulatorOptions(CloudOptions):
    """The options of a simulated line: those of a Cloud API line, but it can only speak to this machine."""

    graph_url: str = Field(description="Address of the stand-in, on this machine")

    @field_validator("graph_url")
    @classmethod
    def _is_on_this_machine(cls, url: str) -> str:
        host = urlsplit(url).hostname or ""
        if host != "localhost" and not _is_loopback(host):
            raise ValueError(
                "A simulated line speaks to this machine only: its address must begin with http://127.0.0.1."
            )
        return url


class SimulatorChannel(CloudChannel):
    """Simulated lines. What is sent there reaches the phone page and nobody else."""

    name: ClassVar[str] = "simulator"
    Options: ClassVar[type[BaseModel]] = SimulatorOptions
    capabilities: ClassVar[Capabilities] = replace(CloudChannel.capabilities, title="Simulator", real=False)

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self._graph = Graph(proxies=False)  # those of the environment could not reach this machine
        self._uploads = Uploads(self._graph)
        self._downloads = Downloads(self._graph)


def options_for(number: Number, graph_url: str) -> SimulatorOptions:
    """The options with which a line speaks as that number of the stand-in."""
    return SimulatorOptions(
        phone_number_id=number.phone_number_id,
        access_token=SecretStr(number.token),
        app_secret=SecretStr(number.app_secret),
        verify_token=SecretStr(number.verify_token),
        waba_id=number.waba_id,
        graph_url=graph_url,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
