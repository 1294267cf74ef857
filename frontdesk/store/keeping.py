"""Why no table grows for ever: its rows go when they are old, are swept with what they are for, or are few.

Whoever adds a table adds a word here; a test sees to it.
"""

from frontdesk.store import tables

# What `retention` removes at night, once it is older than the days of the house; by which age.
BY_AGE = {
    "alerts": "since they were seen; open ones since they were last raised, where nothing of theirs is open any more",
    "appointments": "since their end",
    "dead_letters": "since they last came",
    "digest_issues": "since they were made",
    "jobs": "since they were due, where they failed",
    "knowledge_gaps": "since they were closed; open ones since they were asked",
    "media": "since they came, by the days of files; with their message at the latest",
    "messages": "since they were written; not while somebody waits for an answer, nor while they may go out",
    "notices": "since they came",
    "owner_words": "since they were settled; those that wait since they were made",
    "reminders": "since they were settled; open ones that were drawn from a message go after it",
    "threads": "since the last message, where no turn is left",
    "turns": "since they began",
}
# What goes with a row of another table.
WITH_OTHERS = {
    "appointment_cells": "appointments",
    "appointment_reminders": "appointments",
    "digest_words": "digest_issues",
}
# What is removed whatever the days of the house are: by whom, and when.
SWEPT = {
    "changes": "the sweep keeps the newest",
    "leases": "whoever takes a lease drops its old ones, and each line has one",
    "model_uses": "at night, those of more than two years ago",
    "outages": "when the line sends again",
    "processes": "when the process has ended, by the others where it died",
    "sign_in_links": "the sweep, when they ran out",
    "sign_ins": "the sweep, when they ran out",
    "told_words": "at night, of lines that were removed; of the others one row for each word",
    "tries": "the sweep, when they are forgiven",
    "waiting_receipts": "the sweep, after a week",
}
# What stays until somebody says otherwise, and what its number is bounded by.
STAYS = {
    "accounts": "the lines that somebody added",
    "addresses": "the ids of contacts",
    "api_keys": "those that somebody made",
    "calendar_feeds": "those that somebody made",
    "chats": "one for each contact and group; settings that somebody chose",
    "contacts": "the people who ever wrote; they go when somebody erases them",
    "digests": "those that somebody ordered",
    "given_accounts": "operators and lines",
    "group_members": "the members of the groups",
    "groups": "the groups in which a line is or was",
    "knowledge": "what somebody wrote for the house",
    "ledger": "lines and a dozen of entries",
    "marks": "a few names",
    "merged_chats": "chats that turned out to be one; old links lead there",
    "model_choices": "what somebody chose",
    "operators": "the people at the desk",
    "personas": "what somebody wrote for the house",
    "resources": "what somebody set up",
    "service_resources": "services and resources",
    "services": "what somebody set up",
    "special_days": "what somebody set up",
    "weekly_hours": "what somebody set up",
}


def unsaid() -> set[str]:
    """Tables of which no word stands here, or more than one."""
    words = [*BY_AGE, *WITH_OTHERS, *SWEPT, *STAYS]
    return {name for name in tables.metadata.tables if words.count(name) != 1} | set(words) - set(
        tables.metadata.tables
    )
