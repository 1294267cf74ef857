"""What a process has told and what is not stored yet: it may forget only what lies before all of that."""

from collections.abc import Callable


class Unstored:
    """The numbers of one run of a process. Parts without a number belong to the number that follows them."""

    def __init__(self) -> None:
        self._open: dict[int, int] = {}  # number -> parts that are not stored, in the order of telling
        self._newest = 0
        self._acked = 0

    def __len__(self) -> int:
        return len(self._open)

    def take(self, seq: int | None, ack: Callable[[int], None]) -> Callable[[], None]:
        """Something was told; gives what is to be called once it is stored. `ack` is told how far all is."""
        number = self._newest + 1 if seq is None else seq
        if seq is not None:
            self._newest = max(self._newest, seq)
        self._open[number] = self._open.pop(number, 0) + 1
        called = False

        def stored() -> None:
            nonlocal called
            if not called:
                called = True
                self._close(number, ack)

        return stored

    def _close(self, number: int, ack: Callable[[int], None]) -> None:
        self._open[number] -= 1
        if not self._open[number]:
            del self._open[number]
        upto = min(self._open) - 1 if self._open else self._newest
        if upto > self._acked:
            self._acked = upto
            ack(upto)
