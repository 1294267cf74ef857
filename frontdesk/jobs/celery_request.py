"""How Celery's worker keeps a job that was handed to it."""

from celery.worker.request import Request


class Unacknowledged(Request):  # type: ignore[misc]
    """Nobody acknowledges it: the table knows what is done. Celery would ask Redis to forget what it does not hold."""

    def acknowledge(self) -> None:
        """There is nothing to acknowledge."""
        self.acknowledged = True
