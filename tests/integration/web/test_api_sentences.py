"""What the API says in sentences is true, and is a sentence."""

from pathlib import Path

from api_house import PHONE, api_house, hear
from sqlalchemy import update

from frontdesk.kit.errors import Retryable
from frontdesk.store.tables import chats
from frontdesk.testing.desk import fake_line
from frontdesk.testing.think import FakeThink


async def test_a_message_that_the_agent_could_not_answer_says_so_in_a_sentence(tmp_path: Path) -> None:
    failures = [Retryable("The model is silent.", after=1_000, code="empty") for _ in range(20)]
    async with fake_line(tmp_path, think=FakeThink(*failures)) as line:
        await line.arrive(line.message("Hi"))
        for _ in failures:
            await line.pass_time(1_000)
        (message,) = await line.messages("inbound")
        told = (await line.house.http.get(f"/api/v1/messages/{message.id}")).json()
        assert (told["decision"], told["gate"]["reason"]) == ("failed", "model")
        assert told["gate"]["sentence"] == "The agent could not answer; a person has to."


async def test_a_closed_window_is_told_without_a_message_that_never_came(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h:
        await hear(h)
        async with h.built.store.begin() as tx:
            await tx.run(update(chats).values(last_inbound_at=None))  # as where only the phone wrote
        answer = await h.http.post(f"/api/v1/chats/{PHONE}/messages", json={"text": "Hello"})
        assert answer.status_code == 409
        assert answer.json()["detail"].startswith("This person has not written to this line yet")
