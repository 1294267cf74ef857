"""The simulator's line: the Cloud API's own code, pointed at the stand-in on this machine and at nothing else."""

from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, field_validator

from frontdesk.channels.base import Capabilities
from frontdesk.channels.cloud.channel import CloudChannel
from frontdesk.channels.cloud.options import Options as CloudOptions

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SimulatorOptions(CloudOptions):
    """The same as a Cloud API line's, with a Graph URL on this machine only."""

    @field_validator("graph_url")
    @classmethod
    def _stays_here(cls, url: str) -> str:
        if urlsplit(url).hostname not in LOOPBACK:
            raise ValueError("a simulator line may only speak to this machine (127.0.0.1, localhost or ::1)")
        return url


class SimulatorChannel(CloudChannel):
    """A line that can never reach a real phone."""

    name: ClassVar[str] = "simulator"
    Options: ClassVar[type[BaseModel]] = SimulatorOptions
    capabilities: ClassVar[Capabilities] = replace(CloudChannel.capabilities, title="Simulator", real=False)
