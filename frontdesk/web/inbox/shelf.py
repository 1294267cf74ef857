"""Which chats the list shows: tab, search, line and state, read from and written back into the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from frontdesk.domain.operators import Sight
from frontdesk.store.pages import COUNTED, TABS, ChatFilter, Counts
from frontdesk.store.rows import AccountRow

PAGE = 30
MOST = 150  # cards that a refresh renders again
_WORDS = {"mine": "Mine", "unassigned": "Unassigned", "all": "All", "unanswered": "Unanswered"}
_STATES = {"open": "open", "resolved": "resolved", "any": None, "missed": None, "important": None}


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab above the list."""

    key: str
    word: str
    count: str
    chosen: bool
    query: str
    href: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was asked for."""

    tab: str = "all"
    q: str = ""
    account: str = ""
    state: str = "open"

    @property
    def query(self) -> str:
        """The address' query that asks for the same; defaults are left out."""
        given = {"tab": self.tab, "q": self.q, "account": self.account, "state": self.state}
        usual = {"tab": "all", "q": "", "account": "", "state": "open"}
        return urlencode({name: value for name, value in given.items() if value != usual[name]})

    @property
    def suffix(self) -> str:
        """The same with its question mark, to stand behind a path."""
        return f"?{self.query}" if self.query else ""

    def filter(self, operator_id: str, *, sight: Sight, before: str | None = None, limit: int = PAGE) -> ChatFilter:
        """What the store is asked."""
        return ChatFilter(
            account=self.account or None,
            state=_STATES[self.state],
            q=self.q or None,
            tab=self.tab,
            operator_id=operator_id,
            before=before,
            limit=limit,
            missed=self.state == "missed",
            important=self.state == "important",
            sight=sight,
        )


@dataclass(frozen=True, slots=True)
class ShelfView:
    """The shelf with what its template shows around the cards."""

    tab: str
    q: str
    account: str
    state: str
    suffix: str
    tabs: tuple[Tab, ...]
    accounts: Sequence[AccountRow]


def shelf_of(query: Mapping[str, str]) -> Shelf:
    """Read the address' query; what it cannot mean is passed over."""
    tab, state = query.get("tab", ""), query.get("state", "")
    return Shelf(
        tab=tab if tab in TABS else "all",
        q=query.get("q", "").strip()[:100],
        account=query.get("account", "")[:60],
        state=state if state in _STATES else "open",
    )


def view(shelf: Shelf, counts: Counts, accounts: Sequence[AccountRow], *, path: str = "/") -> ShelfView:
    """The shelf for its template; `path` is the page on which it stands."""
    numbers = {"mine": counts.mine, "unassigned": counts.unassigned, "unanswered": counts.unanswered, "all": 0}
    tabs = tuple(_tab(replace(shelf, tab=key), numbers[key], path, chosen=key == shelf.tab) for key in _WORDS)
    return ShelfView(shelf.tab, shelf.q, shelf.account, shelf.state, shelf.suffix, tabs, accounts)


def _tab(shelf: Shelf, count: int, path: str, *, chosen: bool) -> Tab:
    number = "" if not count else f"{COUNTED - 1}+" if count >= COUNTED else str(count)
    return Tab(shelf.tab, _WORDS[shelf.tab], number, chosen, shelf.query, f"{path}{shelf.suffix}")
