"""The lines of Meta's WhatsApp Business Cloud API."""

from frontdesk.channels.base import MissingChallenge
from frontdesk.channels.cloud.channel import CloudChannel
from frontdesk.channels.cloud.options import Options

__all__ = ["CloudChannel", "MissingChallenge", "Options"]
