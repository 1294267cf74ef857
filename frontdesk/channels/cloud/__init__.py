"""The lines of Meta's WhatsApp Business Cloud API."""

from frontdesk.channels.cloud.channel import CloudChannel
from frontdesk.channels.cloud.options import Options
from frontdesk.channels.cloud.webhooks import MissingChallenge

__all__ = ["CloudChannel", "MissingChallenge", "Options"]
