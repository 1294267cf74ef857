"""Rows of the tables of digests, in the order of their columns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DigestRow:
    """A row of `digests`."""

    id: str
    operator_id: str | None
    name: str
    schedule: str | None
    zone: str | None
    language: str
    choice: str
    ways: str
    enabled: bool
    covered_to: int
    next_at: int | None
    created_at: int


@dataclass(frozen=True, slots=True)
class IssueRow:
    """A row of `digest_issues`."""

    id: str
    digest_id: str
    due_at: int | None
    since: int
    until: int
    state: str
    content: str | None
    text: str | None
    created_at: int
    made_at: int | None
    seen_at: int | None


@dataclass(frozen=True, slots=True)
class WordRow:
    """A row of `digest_words`."""

    issue_id: str
    target: str
    state: str
    error: str | None
    at: int
