"""The simulator: a local stand-in of Meta's Graph API, and the channel that talks to it. Nothing leaves the machine."""
