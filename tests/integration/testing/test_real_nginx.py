"""A load balancer before several web processes, of which one may be down."""

from collections import Counter

import httpx2

from frontdesk.testing.local_server import Answers, listening, serving
from frontdesk.testing.nginx import Nginx
from frontdesk.testing.server_fixtures import installed


async def asked(base: str, times: int) -> Counter[str]:
    """Who answered so many webhooks."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        answers = [await client.post(f"{base}/webhooks", content=b"{}") for _ in range(times)]
    assert {answer.status_code for answer in answers} == {200}
    return Counter(answer.json() for answer in answers)


async def test_each_web_process_is_asked_in_its_turn_and_none_is_refused_while_one_is_down() -> None:
    with listening() as first, listening() as second:
        ports = [listener.getsockname()[1] for listener in (first, second)]
        async with serving(Answers(200, "second"), second):
            with installed(lambda: Nginx(ports)) as balancer:
                async with serving(Answers(200, "first"), first):
                    assert await asked(balancer.url, 10) == {"first": 5, "second": 5}
                assert await asked(balancer.url, 10) == {"second": 10}
