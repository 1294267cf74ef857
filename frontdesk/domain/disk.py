"""When a disk counts as full: a little before it is, so that there is room to say so and to clear away."""

from dataclasses import dataclass

MB = 1024 * 1024
LEAST = 200 * MB
SMALL = 50  # on a small disk this part of it will do


@dataclass(frozen=True, slots=True)
class Room:
    """Of a disk, in bytes."""

    free: int
    total: int


def floor(total: int, least_mb: int | None) -> int:
    """The bytes that have to be free: those that the owner asks for, else what suits the size of the disk."""
    return min(LEAST, total // SMALL) if least_mb is None else least_mb * MB


def is_full(room: Room, *, least_mb: int | None, was: bool) -> bool:
    """Whether it counts as full; once it did, it does until there is a tenth more than has to be."""
    needed = floor(room.total, least_mb)
    return room.free < (needed + needed // 10 if was else needed)


def sentence(room: Room, *, least_mb: int | None, files_only: bool = False) -> str:
    """What is said of a full one. `files_only`: the database has another."""
    waits = (
        "Messages are taken and answered; their files wait until there is room again"
        if files_only
        else "Messages wait where they are until there is room again"
    )
    return (
        f"The disk is full: {room.free // MB:,} MB are free, and {floor(room.total, least_mb) // MB:,} MB have to be. "
        f"{waits}; free some space, and it goes on by itself."
    )
