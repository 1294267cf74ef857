"""Commands that a running Frontdesk carries out."""

from typing import Any
from urllib.parse import quote

import httpx2

from frontdesk.kit.command import command
from frontdesk.kit.errors import FrontdeskError
from frontdesk.settings import Settings
from frontdesk.settings.running import running

SECONDS = 60  # a code to be linked with may take most of a minute


def ask(settings: Settings, method: str, path: str, given: Any = None) -> Any:
    """Ask the Frontdesk that runs on the data folder; gives the JSON of its answer. `given` goes along as JSON.

    Raises:
        FrontdeskError: none runs there, or it refuses.
    """
    found = running(settings.data_dir)
    if found is None:
        raise FrontdeskError(f"No Frontdesk runs on {settings.data_dir}. Start it with “{command()} serve” first.")
    if found.url is None or found.key is None:
        raise FrontdeskError("Frontdesk is still starting. Try again in a moment.")
    try:
        with httpx2.Client(base_url=found.url, timeout=SECONDS, trust_env=False) as client:
            answer = client.request(method, f"/api/v1{path}", headers={"X-Api-Key": found.key}, json=given)
    except httpx2.HTTPError as broken:
        raise FrontdeskError(f"Frontdesk at {found.url} does not answer ({type(broken).__name__}).") from broken
    if answer.is_success:
        is_json = "json" in answer.headers.get("content-type", "") and answer.content
        return answer.json() if is_json else answer.text or None
    raise FrontdeskError(_refusal(answer))


def _refusal(answer: httpx2.Response) -> str:
    try:
        said = answer.json()
        return str(said.get("detail") or said.get("title"))
    except (ValueError, AttributeError):
        return f"Frontdesk answered with HTTP {answer.status_code}."


def act(settings: Settings, account: str, verb: str) -> Any:
    """Connect, disconnect or log out an account, named by its id or its name; gives its status."""
    found = only(ask(settings, "GET", "/accounts")["items"], account)
    return ask(settings, "POST", f"/accounts/{quote(found['id'], safe='')}/{verb}")


def only(known: list[Any], account: str) -> Any:
    """The one account of that id or name.

    Raises:
        FrontdeskError: there is none, or there are several.
    """
    meant = [each for each in known if account in (each["id"], each["name"])]
    if len(meant) != 1:
        names = ", ".join(f"{each['name']} ({each['id']})" for each in known) or "none"
        problem = "There is no account" if not meant else "Several accounts are called"
        raise FrontdeskError(f"{problem} “{account}”. The accounts are: {names}.")
    return meant[0]
