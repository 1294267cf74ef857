"""What the lab cannot do, said in a sentence."""


class LabError(Exception):
    """The lab was asked for something that it cannot do."""
