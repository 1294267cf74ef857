"""What can be set of a linked line, and which proxies it takes."""

import pytest
from pydantic import ValidationError

from frontdesk.channels.linked.options import LinkedOptions


def options(proxy: str) -> LinkedOptions:
    return LinkedOptions.model_validate({"proxy": proxy})


@pytest.mark.parametrize(
    "proxy", ["http://proxy.test", "http://user:pass@proxy.test:3128", "socks5://[::1]:1080", " socks5://10.0.0.1 "]
)
def test_a_proxy_that_names_a_place_is_taken(proxy: str) -> None:
    taken = options(proxy).proxy
    assert taken is not None
    assert taken.get_secret_value() == proxy.strip()


@pytest.mark.parametrize("proxy", ["", "  "])
def test_an_empty_proxy_is_none(proxy: str) -> None:
    assert options(proxy).proxy is None


@pytest.mark.parametrize(
    ("proxy", "says"),
    [
        ("https://user:secret@proxy.test", "behind TLS"),
        ("proxy.test:1080", "begins with http://"),
        ("socks4://proxy.test", "begins with http://"),
        ("http://", "names a host"),
        ("socks5://user:secret@:1080", "names a host"),
        ("socks5://proxy.test:99999", "names a host"),
        ("http://proxy.test:port", "names a host"),
    ],
)
def test_another_proxy_is_refused_with_a_sentence_and_without_its_password(proxy: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        options(proxy)
    assert "secret" not in str(refused.value)
