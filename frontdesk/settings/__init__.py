"""Typed settings: the environment and `frontdesk.toml`. Errors say the sentence that repairs them."""

from frontdesk.settings.environment import CloudAccess, Settings, load_settings
from frontdesk.settings.house_file import file_text, house_from, persona_body, persona_of, read_house
from frontdesk.settings.models import ProviderAccess

__all__ = [
    "CloudAccess",
    "ProviderAccess",
    "Settings",
    "file_text",
    "house_from",
    "load_settings",
    "persona_body",
    "persona_of",
    "read_house",
]
