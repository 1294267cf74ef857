"""A large house on PostgreSQL, filled by the server itself: years of work in minutes.

Chats lie over accounts, and messages over chats, as they do in life: a few have very many. A message of a person and
the agent's reply to it make a pair, with the turn between them. Rows go in by time with all indexes in place, so that
these have the size and the order that they would have grown to.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from bench.report import say

BEGAN = 1_760_000_000_000
PIECE = 250_000  # pairs in one transaction

# Number by number: `id(prefix, at, number)`, and which account a chat lies on.
_FUNCTIONS: LiteralString = """
CREATE OR REPLACE FUNCTION bench_id(prefix text, at bigint, number bigint) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT prefix || '_' || lpad(to_hex(at), 12, '0') || lpad(to_hex(number), 12, '0') $$;
CREATE OR REPLACE FUNCTION bench_chat(number bigint) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT bench_id('cht', 1760000000000, number) $$;
CREATE OR REPLACE FUNCTION bench_account(chat bigint, accounts bigint) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT bench_id('acc', 1760000000000, floor(accounts * power((chat * 7919 % 1000003) / 1000003.0, 2))::bigint) $$;
"""
_ACCOUNTS: LiteralString = """
INSERT INTO accounts (id, channel, name, line_ref, phone, options, state, from_settings, created_at)
SELECT bench_id('acc', 1760000000000, n), channel, 'Line ' || n, (990000000000000 + n)::text, (351900000000 + n)::text,
    options, state, false, created_at
FROM (SELECT * FROM accounts ORDER BY id DESC LIMIT 1) AS one, generate_series(0, %(accounts)s - 1) AS n
"""
_LEDGER: LiteralString = """
INSERT INTO ledger (account_id, entry, count)
SELECT bench_id('acc', 1760000000000, n), entry, 0
FROM generate_series(0, %(accounts)s - 1) AS n, unnest(ARRAY['received', 'duplicate', 'erased']) AS entry
"""
_PEOPLE: LiteralString = """
INSERT INTO contacts (id, account_id, name, created_at)
SELECT bench_id('con', 1760000000000, n), bench_account(n, %(accounts)s), 'Person ' || n, 1760000000000 + n
FROM generate_series(%(first)s, %(last)s - 1) AS n
"""
_ADDRESSES: LiteralString = """
INSERT INTO addresses (id, account_id, contact_id, kind, value, seen_at, origin)
SELECT account || '/phone:' || phone, account, bench_id('con', 1760000000000, n), 'phone', phone, 1760000000000 + n,
    account || '/phone:' || phone
FROM (SELECT n, bench_account(n, %(accounts)s) AS account, '44771' || lpad(n::text, 7, '0') AS phone
    FROM generate_series(%(first)s, %(last)s - 1) AS n) AS numbered
"""
_CHATS: LiteralString = """
INSERT INTO chats (id, account_id, contact_id, name, trusted, agent_mode, switched_by_hand, state, labels,
    last_message_at, last_text, last_author, waiting_since, unread, created_at)
SELECT bench_chat(n), bench_account(n, %(accounts)s), bench_id('con', 1760000000000, n), 'Person ' || n, true, 'auto',
    false, CASE WHEN n %% 10 = 5 THEN 'resolved' ELSE 'open' END, '[]', 1760000000000 + n, 'Thank you!', 'contact',
    CASE WHEN n %% 50 = 0 THEN 1760000000000 + n END, 0, 1760000000000 + n
FROM generate_series(%(first)s, %(last)s - 1) AS n
"""
_THREADS: LiteralString = """
INSERT INTO threads (id, chat_id, persona, summary, started_at, last_at)
SELECT bench_id('thr', 1760000000000, n), bench_chat(n), 'Front desk', '', 1760000000000, 1760000000000
FROM generate_series(%(first)s, %(last)s - 1) AS n
"""
_PAIRS: LiteralString = """
CREATE TEMP TABLE pairs ON COMMIT DROP AS
SELECT n::bigint AS pair, 1760000000000 + n * %(every)s::bigint AS at,
    floor(%(chats)s * power(random(), 3))::bigint AS chat
FROM generate_series(%(first)s, %(last)s - 1) AS n
"""
_TURNS: LiteralString = """
INSERT INTO turns (id, chat_id, thread_id, persona, state, model, tokens_in, tokens_out, calls, sources, started_at,
    finished_at)
SELECT bench_id('trn', at, pair), bench_chat(chat), bench_id('thr', 1760000000000, chat), 'Front desk', 'answered',
    'openai:gpt-5-mini', 900, 60, 1, '[]', at + 2000, at + 4000
FROM pairs ORDER BY pair
"""
_MESSAGES: LiteralString = """
INSERT INTO messages (id, account_id, chat_id, contact_id, external_id, direction, author, kind, text, status, attempts,
    decision, gate_allowed, turn_id, provider_time, created_at, send_after, handed_at, address)
SELECT bench_id('msg', at + side * 4000, pair * 2 + side), bench_account(chat, %(accounts)s), bench_chat(chat),
    CASE side WHEN 0 THEN bench_id('con', 1760000000000, chat) END,
    'wamid.HBgM' || upper(md5((pair * 2 + side)::text)) || lpad(to_hex(pair::bigint), 12, '0') || 'AA==',
    CASE side WHEN 0 THEN 'inbound' ELSE 'outbound' END, CASE side WHEN 0 THEN 'contact' ELSE 'agent' END, 'text',
    (CASE side WHEN 0 THEN %(asked)s::text[] ELSE %(said)s::text[] END)[1 + pair %% 8] || ' (' || pair || ')',
    CASE WHEN side = 0 THEN 'received' WHEN pair %% 3 = 0 THEN 'delivered' ELSE 'read' END, side,
    CASE side WHEN 0 THEN 'answered' END, CASE side WHEN 0 THEN true END, bench_id('trn', at, pair), at + side * 4000,
    at + side * 4000 + 300, NULL, CASE side WHEN 1 THEN at + 4200 END, 'phone:44771' || lpad(chat::text, 7, '0')
FROM pairs, generate_series(0, 1) AS side ORDER BY pair, side
"""
_TOUCHED: LiteralString = """
UPDATE chats SET last_message_at = newest.at, last_text = newest.text
FROM (SELECT chat_id, max(provider_time) AS at, min(text) AS text FROM messages
    WHERE provider_time >= 1760000000000 + %(first)s * %(every)s::bigint GROUP BY chat_id) AS newest
WHERE chats.id = newest.chat_id
"""
ASKED = (
    "Is the clinic open on Saturday?",
    "Thank you!",
    "Could I move my visit to next week? Any day after three would do, but Thursday is the best for me.",
    "Where can I park?",
    "How much is a cleaning, and does my insurance pay for it? I was with you in May, and paid 45 then.",
    "ok",
    "My daughter has a tooth that hurts since yesterday evening. She is seven. Can we come today?",
    "Great, see you then",
)
SAID = (
    "Yes, from nine to one. Shall I note a time for you?",
    "You are welcome. Have a good day!",
    "Of course. On Thursday I have 15:30 and 16:15 free. Which of the two suits you? I move the visit as soon as you "
    "tell me.",
    "In the yard behind the house; the gate is open during the hours. The street in front is for residents only.",
    "A cleaning is 49. Most insurances pay it once a year; please bring the card, and we find out which of them yours "
    "is. Would you like a time for it?",
    "Good. Is there anything else that I can do for you?",
    "I am sorry to hear that. Come at 14:00, please; the doctor will look at her at once. If it bleeds or she has a "
    "fever, call us before: 210 000 100.",
    "See you then!",
)


@dataclass(frozen=True)
class Spread:
    """How large a house is, and over how many milliseconds its pairs lie from each other."""

    accounts: int
    chats: int
    messages: int
    every: int = 6_000


@dataclass
class Filling:
    """A database that grows to a size."""

    url: str
    accounts: int
    chats: int = 0
    messages: int = 0

    def chat(self, number: int) -> str:
        """The id of a chat. Those with low numbers have most of the messages."""
        return f"cht_{BEGAN:012x}{number:012x}"

    def grow(self, spread: Spread) -> None:
        """Add accounts, chats and messages until there are that many."""
        began = time.perf_counter()
        with psycopg.connect(self.url) as database:
            database.execute("SET session_replication_role = replica")  # what is made here refers to what is there
            database.execute("SET synchronous_commit = off")
            database.commit()
            self._people(database, spread)
            for first, last in self._pieces(spread):
                self._pairs(database, spread, first, last)
            begun = {"first": self.messages // 2, "every": spread.every}
            database.execute(_TOUCHED, begun)
            database.commit()
            database.autocommit = True
            database.execute("VACUUM (ANALYZE)")
            database.execute("CHECKPOINT")
        self.chats, self.messages = spread.chats, spread.messages
        say(f"filled to {spread.messages:,} messages in {time.perf_counter() - began:.0f} s")

    def _people(self, database: psycopg.Connection[Any], spread: Spread) -> None:
        given = {"first": self.chats, "last": spread.chats, "accounts": self.accounts}
        if not self.chats:
            database.execute(_FUNCTIONS)
            database.execute(_ACCOUNTS, given)
            database.execute(_LEDGER, given)
        for statement in (_PEOPLE, _ADDRESSES, _CHATS, _THREADS):
            database.execute(statement, given)
        database.commit()

    def _pieces(self, spread: Spread) -> Iterator[tuple[int, int]]:
        last = spread.messages // 2
        for first in range(self.messages // 2, last, PIECE):
            yield first, min(first + PIECE, last)

    def _pairs(self, database: psycopg.Connection[Any], spread: Spread, first: int, last: int) -> None:
        given = {
            "first": first,
            "last": last,
            "every": spread.every,
            "chats": spread.chats,
            "accounts": self.accounts,
            "asked": list(ASKED),
            "said": list(SAID),
        }
        for statement in (_PAIRS, _TURNS, _MESSAGES):
            database.execute(statement, given)
        database.commit()
