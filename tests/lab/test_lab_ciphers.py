"""The lab's own cryptography and codecs, against themselves and against known values."""

import os

import pytest

from frontdesk.testing.lab import JID, Node
from frontdesk.testing.lab.codec import Codec
from frontdesk.testing.lab.keys import KeyPair, typed
from frontdesk.testing.lab.noise import Cipher, Frames, ServerHandshake, Symmetric, certificate_chain, framed
from frontdesk.testing.lab.patching import installed_tokens
from frontdesk.testing.lab.protobuf import encode, parse
from frontdesk.testing.lab.ratchet import Bundle, Duplicate, Ratchet, Undecryptable, pad, unpad
from frontdesk.testing.lab.sender_keys import OwnSenderKey, SenderKey
from frontdesk.testing.lab.xeddsa import sign, verify


def agreement() -> tuple[Ratchet, Ratchet]:
    """Two devices that can write to each other; the first has begun."""
    anna, bert, signed, once = KeyPair(), KeyPair(), KeyPair(), KeyPair()
    begun = Ratchet.initiate(anna, 7, Bundle(bert.public, (1, signed.public), (2, once.public)))
    kind, body = begun.encrypt(b"first")
    opened = parse(body[1:])
    answering = Ratchet.respond(bert, signed, once, opened)
    assert (kind, answering.decrypt(opened.raw(4))) == ("pkmsg", b"first")
    return begun, answering


def read(ratchet: Ratchet, sent: tuple[str, bytes]) -> bytes:
    """What a device reads, also while the other has had no answer yet."""
    kind, body = sent
    return ratchet.decrypt(parse(body[1:]).raw(4) if kind == "pkmsg" else body)


def test_two_devices_understand_each_other_in_any_order() -> None:
    anna, bert = agreement()
    for _ in range(3):
        to_bert = [anna.encrypt(b"%d" % number) for number in range(3)]
        assert [read(bert, one) for one in reversed(to_bert)] == [b"2", b"1", b"0"]
        to_anna = [bert.encrypt(b"%d" % number) for number in range(3)]
        assert [read(anna, one) for one in to_anna] == [b"0", b"1", b"2"]
    assert anna.encrypt(b"x")[0] == "msg"


def test_a_message_is_read_once_and_a_damaged_one_changes_nothing() -> None:
    anna, bert = agreement()
    kind, body = bert.encrypt(b"once")
    damaged = bytearray(body)
    damaged[-15] ^= 1
    with pytest.raises(Undecryptable):
        anna.decrypt(bytes(damaged))
    assert read(anna, (kind, body)) == b"once"
    with pytest.raises(Duplicate):
        anna.decrypt(body)


def test_a_group_key_reads_from_where_it_was_handed_over_and_nobody_else_can_sign() -> None:
    own, known = OwnSenderKey(), SenderKey()
    before = own.encrypt(b"before")
    known.learn(own.distribution())
    later = [own.encrypt(b"%d" % number) for number in range(3)]
    assert [known.decrypt(one) for one in reversed(later)] == [b"2", b"1", b"0"]
    with pytest.raises(Duplicate):
        known.decrypt(before)
    forged = bytearray(own.encrypt(b"forged"))
    forged[-1] ^= 1
    with pytest.raises(Undecryptable, match="signature"):
        known.decrypt(bytes(forged))
    with pytest.raises(Undecryptable, match="handed over"):
        SenderKey().decrypt(before)


def test_a_signature_holds_for_its_message_and_key_only() -> None:
    key, message = KeyPair(), os.urandom(50)
    signature = sign(key.private, message)
    assert verify(key.public, message, signature)
    assert not verify(key.public, message + b"x", signature)
    assert not verify(KeyPair().public, message, signature)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 200])
def test_padding_is_taken_off_again(size: int) -> None:
    padded = pad(bytes(size))
    assert unpad(padded) == bytes(size)
    assert 0 < len(padded) - size <= 16


STANZAS = [
    Node("iq", {"id": "1", "type": "get", "to": JID("")}),
    Node("message", {"from": JID("123", "lid", 5), "to": JID("456"), "participant": JID("9", "g.us")}, b"\0\xff" * 200),
    Node("list", {}, [Node("user", {"n": str(number)}, b"x") for number in range(300)]),
    Node("blob", {}, os.urandom(1 << 20)),
]


@pytest.mark.parametrize("stanza", STANZAS, ids=[stanza.tag for stanza in STANZAS])
def test_a_stanza_survives_the_wire(stanza: Node) -> None:
    codec = Codec(installed_tokens())
    assert codec.decode(codec.encode(stanza)) == stanza


def test_an_attribute_without_a_value_stays_at_home() -> None:
    codec = Codec(installed_tokens())
    assert codec.decode(codec.encode(Node("iq", {"id": "1", "type": None}))) == Node("iq", {"id": "1"})


def test_the_dictionaries_are_those_of_the_installed_library() -> None:
    tokens = installed_tokens()
    assert (len(tokens.single), [len(row) for row in tokens.double]) == (236, [256] * 4)
    assert tokens.single[:4] == ["", "xmlstreamstart", "xmlstreamend", "s.whatsapp.net"]


def test_fields_survive_the_wire() -> None:
    message = parse(encode({1: "ä", 2: [1, 300, -1], 3: 2.5, 4: None, 5: [b"a", b"b"], 16: encode({1: 7})}))
    assert (message.text(1), message.number(2), message.double(3)) == ("ä", 1, 2.5)
    assert (4 in message, message.texts(5), message.message(16).number(1)) == (False, ["a", "b"], 7)
    with pytest.raises(ValueError, match="cut off"):
        parse(encode({1: "four"})[:-1])


def test_a_client_that_knows_the_pattern_shakes_hands() -> None:
    static, client, ephemeral = KeyPair(), KeyPair(), KeyPair()
    header = b"WA\x06\x03"
    server = ServerHandshake(static, certificate_chain(KeyPair(), static.public), header)
    hello = parse(server.hello(encode({2: encode({1: ephemeral.public})}))).message(3)
    state = Symmetric(header)
    state.authenticate(ephemeral.public)
    state.authenticate(hello.raw(1))
    state.mix(ephemeral.agree(hello.raw(1)))
    assert state.decrypt(hello.raw(2)) == static.public
    state.mix(ephemeral.agree(static.public))
    state.decrypt(hello.raw(3))
    shown = state.encrypt(client.public)
    state.mix(client.agree(hello.raw(1)))
    assert server.finish(encode({4: encode({1: shown, 2: state.encrypt(b"payload")})})) == b"payload"
    assert server.client == client.public
    outgoing, incoming = state.split()
    assert server.incoming.decrypt(Cipher(outgoing).encrypt(b"up")) == b"up"
    assert Cipher(incoming).decrypt(server.outgoing.encrypt(b"down")) == b"down"


def test_the_certificate_is_signed_by_the_root() -> None:
    root, server = KeyPair(), KeyPair()
    chain = parse(certificate_chain(root, server.public))
    leaf, between = chain.message(1), chain.message(2)
    assert verify(root.public, between.raw(1), between.raw(2))
    assert verify(between.message(1).raw(3), leaf.raw(1), leaf.raw(2))
    assert leaf.message(1).raw(3) == server.public


def test_frames_are_put_together_from_parts() -> None:
    frames, sent = Frames(), framed(b"one") + framed(b"") + framed(b"three" * 100)
    assert [frame for byte in sent for frame in frames.feed(bytes([byte]))] == [b"one", b"", b"three" * 100]
    assert typed(b"x" * 32)[0] == 5
