"""What every notifier has to keep, whoever wrote it. A notifier is accepted when all of `CHECKS` pass.

Make a `NotifierSubject` with a far end that is real as far as the notifier can tell, and run

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    async def test_notifier(check, subject):
        await check(subject)
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from frontdesk.domain.telling import Alert
from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.kit.guard import TransactionOpen, enter_transaction, leave_transaction
from frontdesk.notify.base import Notifier, tell


@dataclass(frozen=True, slots=True)
class NotifierSubject:
    """A notifier and all that is needed to try it: others whose far end is not there, and refuses.

    `heard` gives what the far end was told so far, each as one text. `secret` stands in every address.
    """

    notifier: Notifier
    away: Notifier
    refused: Notifier
    heard: Callable[[], list[str]]
    secret: str


Check = Callable[[NotifierSubject], Awaitable[None]]
ALERT = Alert(
    "The line “Café & <Bar>” is down", "Not connected. 100 % *plain*, like_this_one: #1 👍🏽\nhttps://desk.test/x"
)


async def its_title_is_for_people(subject: NotifierSubject) -> None:
    """It stands in alerts, in the log and in answers."""
    assert subject.notifier.title.strip()
    assert subject.secret not in subject.notifier.title


async def what_is_told_arrives_once_and_whole(subject: NotifierSubject) -> None:
    """Whatever stands in it is text."""
    await tell(subject.notifier, ALERT)
    (told,) = subject.heard()
    for part in (ALERT.title, *ALERT.text.splitlines()):
        assert part in told


async def it_tells_again_and_again(subject: NotifierSubject) -> None:
    """It is made once and kept."""
    for number in range(3):
        await tell(subject.notifier, Alert(f"Title {number}", "Text.", good=number == 1))
    assert len(subject.heard()) == 3


async def a_target_that_is_away_is_worth_another_try(subject: NotifierSubject) -> None:
    """And nothing of its address is shown."""
    failure = await _failure(subject.away)
    assert isinstance(failure, Retryable)
    _shows_nothing(failure, subject)


async def a_target_that_refuses_is_not_asked_again(subject: NotifierSubject) -> None:
    """And the owner reads why, without the address."""
    failure = await _failure(subject.refused)
    assert isinstance(failure, Rejected)
    _shows_nothing(failure, subject)


async def nobody_is_told_inside_a_transaction(subject: NotifierSubject) -> None:
    """The far end may take its time; the store has none."""
    token = enter_transaction()
    try:
        await tell(subject.notifier, ALERT)
    except TransactionOpen:
        assert subject.heard() == []
        return
    finally:
        leave_transaction(token)
    raise AssertionError("It told somebody inside a transaction.")


async def _failure(notifier: Notifier) -> PluginError:
    try:
        await tell(notifier, ALERT)
    except PluginError as failure:
        return failure
    raise AssertionError("It says that it told somebody.")


def _shows_nothing(failure: PluginError, subject: NotifierSubject) -> None:
    assert failure.sentence.endswith(".")
    assert subject.secret not in f"{failure.sentence} {failure.code} {failure!r}"


CHECKS: tuple[Check, ...] = (
    its_title_is_for_people,
    what_is_told_arrives_once_and_whole,
    it_tells_again_and_again,
    a_target_that_is_away_is_worth_another_try,
    a_target_that_refuses_is_not_asked_again,
    nobody_is_told_inside_a_transaction,
)
