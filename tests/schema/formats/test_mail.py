"""Mailboxes: the RFC's own examples, and the standard library's reader of addresses."""

from __future__ import annotations

import random
from email.headerregistry import Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.regex.derivatives import matches
from structgen.regex.nodes import Node
from structgen.schema.formats import language
from tests.schema.formats.walks import member

seeds = st.integers(0, 2**32).map(random.Random)


def _language(name: str) -> Node:
    node = language(name, "2020-12")
    assert node is not None
    return node


@pytest.mark.parametrize(
    "text",
    ["joe.bloggs@example.com", "a@b", "~te~st~@example.com", "te.s.t@1.2", '"joe bloggs"@example.com', '""@a',
     '"a\\"b\\\\ @"@example.com', "!#$%&'*+-/=?^_`{|}~@x", "a@[127.0.0.1]", "a@[127.0.0.001]", "a@[IPv6:::1]",
     "a@[ipv6:1:2:3:4:5:6:7:8]", "a@[IPv6:1:2:3:4:5:6:1.2.3.4]", "a@[IPv6:1::6:1.2.3.4]", "a@xn--x", "a" * 65 + "@b"],
)  # fmt: skip
def test_a_mailbox(text: str) -> None:
    assert matches(_language("email"), text)
    assert matches(_language("idn-email"), text)


@pytest.mark.parametrize(
    "text",
    ["", "@", "a", "a@", "@b", ".a@b", "a.@b", "a..b@c", "a b@c", "a@b c", "a@-b", "a@b-", "a@b..c", "a@b.", "a@b_c",
     "a@[127.0.0.256]", "a@[127.0.0]", "a@[1:2]", "a@[IPv6:1:2:3:4:5:6:7::]", "a@[IPv6:::1%0]", "a@[::1]", "a@[x:y]",
     '"a"b@c', '"a@b', '"\t"@b', '"é"@b', "a,b@c", "<a@b>", "a@b\n", "a@b@c", "a(c)@b", "a@b, c@d"],
)  # fmt: skip
def test_no_mailbox(text: str) -> None:
    assert not matches(_language("email"), text)
    if "é" not in text:
        assert not matches(_language("idn-email"), text)


@pytest.mark.parametrize(
    "text", ["실례@실례.테스트", "δοκιμή@example.com", '"δ@ο"@example.com', "cafe\u0301@b", "\x85\uffff@b", "a@ü"]
)  # fmt: skip
def test_an_international_mailbox(text: str) -> None:
    assert matches(_language("idn-email"), text)
    assert not matches(_language("email"), text)


@pytest.mark.parametrize("text", ["a＠b", "a@b。c", "a@Ü", "a@cafe\u0301", "δ..ο@b", "a@·l"])
def test_no_international_mailbox(text: str) -> None:
    assert not matches(_language("idn-email"), text)


@settings(deadline=None, max_examples=150)
@given(seeds)
def test_a_mailbox_is_one_address(chance: random.Random) -> None:
    text = member(_language("email"), chance)
    address = Address(addr_spec=text)
    assert address.domain == text[text.rindex("@") + 1 :]
