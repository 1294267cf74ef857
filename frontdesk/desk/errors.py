"""What the desk refuses, in words for the caller. The web turns each into its HTTP status."""

from frontdesk.kit.errors import FrontdeskError


class DeskError(FrontdeskError):
    """The desk cannot do what was asked. `status` is the HTTP status that fits."""

    status = 400


class NotFound(DeskError):
    """There is no such thing, or the caller may not see it."""

    status = 404


class Invalid(DeskError):
    """What was given cannot be right."""

    status = 422


class Conflict(DeskError):
    """It may not be done as things stand now; the sentence says why."""

    status = 409


class Forbidden(DeskError):
    """The caller may not do this."""

    status = 403
