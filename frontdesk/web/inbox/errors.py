"""What a person sees when something cannot be done: a word at the foot of the screen, or a page."""

from fastapi import Request
from starlette.responses import Response

from frontdesk.web.inbox.acts import Toast
from frontdesk.web.inbox.context import door_values
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import wants_part

_TITLES = {
    401: "Please sign in",
    403: "You may not do this",
    404: "There is nothing here",
    409: "Not as things stand",
    413: "That is too large",
    422: "Something is not right",
    429: "Too fast",
    503: "One moment",
}


async def show(request: Request, status: int, sentence: str) -> Response:
    """Say it where the person looks."""
    if status == 303:
        return Response(status_code=303)
    if wants_part(request):
        return answer("parts/toast.html", {"toast": Toast(sentence, bad=True)}, status=status)
    if status == 404 and "/openapi.json" in sentence:
        sentence = "There is no such page. All chats are in the inbox."
    values = {"title": _TITLES.get(status, "Something went wrong"), "sentence": sentence, "status": status}
    return answer("door/error.html", door_values(request) | values, status=status)
