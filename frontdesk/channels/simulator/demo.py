"""The demo's line: one number on the stand-in, and three people who may write to it."""

from frontdesk.channels.simulator.people import Number, make_customer
from frontdesk.channels.simulator.standin import StandIn

PHONE_NUMBER_ID = "100000000000001"
PHONE = "351210000100"
GRAPH_PATH = "/simulator/graph/v26.0"
PEOPLE = (("Ana Ferreira", "+44 7700 900123"), ("Bo Lindqvist", "+1 202 555 0143"), ("Cai Nguyen", "+61 491 570 156"))


def furnish(standin: StandIn, *, base_url: str, name: str, secret: str) -> dict[str, str]:
    """Give the stand-in its number and people; gives the options of the account that belongs to it.

    `base_url` is where this house answers, such as `http://127.0.0.1:8000`; the secrets are made from `secret`.
    """
    number = Number(
        phone_number_id=PHONE_NUMBER_ID,
        phone=PHONE,
        callback=f"{base_url}/webhook",
        name=name,
        token=f"simulator-token-{secret}",
        app_secret=f"simulator-secret-{secret}",
        verify_token=f"simulator-verify-{secret}",
    )
    standin.add_number(number)
    for person, phone in PEOPLE:
        standin.add_customer(make_customer(person, phone))
    return {
        "phone_number_id": number.phone_number_id,
        "access_token": number.token,
        "app_secret": number.app_secret,
        "verify_token": number.verify_token,
        "waba_id": number.waba_id,
        "graph_url": f"{base_url}{GRAPH_PATH}",
    }
