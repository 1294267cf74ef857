"""The only place that knows neonize, the library of linked devices. It is loaded in the child process alone."""

from frontdesk.channels.linked.slim import without_the_unused

with without_the_unused():
    import neonize

__all__ = ["neonize"]
