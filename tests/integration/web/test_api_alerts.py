"""Alerts by the API: seen once is seen, and seeing it again is no fault."""

from pathlib import Path

from api_house import ask

from frontdesk.store import alerts
from frontdesk.testing.house import house


async def test_an_alert_may_be_acknowledged_again_and_stays_as_it_was_seen_first(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        async with h.built.store.begin() as tx:
            await alerts.raise_(tx, now=h.clock.now(), kind="line", sentence="The line is down.")
        [alert] = (await ask(h, "/api/v1/alerts", open=True))["items"]
        url = f"/api/v1/alerts/{alert['id']}/acknowledge"
        assert (await h.http.post(url)).status_code == 204
        [seen] = (await ask(h, "/api/v1/alerts"))["items"]
        h.clock.advance(60_000)
        assert (await h.http.post(url)).status_code == 204
        assert (await ask(h, "/api/v1/alerts"))["items"] == [seen]
        assert (await ask(h, "/api/v1/alerts", open=True))["items"] == []
        assert (await h.http.post("/api/v1/alerts/alr_0/acknowledge")).status_code == 404
