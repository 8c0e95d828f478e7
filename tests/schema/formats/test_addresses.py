"""Addresses against the standard library."""

from __future__ import annotations

import ipaddress
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.regex.derivatives import matches
from structgen.schema.formats import language
from tests.schema.formats.walks import member, mutated

seeds = st.integers(0, 2**32).map(random.Random)


def _is_address(text: str, kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    # A zone is no part of an address.
    return "%" not in text


@pytest.mark.parametrize(("name", "kind"), [("ipv4", ipaddress.IPv4Address), ("ipv6", ipaddress.IPv6Address)])
@settings(deadline=None, max_examples=400)
@given(chance=seeds)
def test_addresses(
    name: str, kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address], chance: random.Random
) -> None:
    node = language(name, "4")
    assert node is not None
    text = member(node, chance)
    assert _is_address(text, kind), text
    for _ in range(3):
        text = mutated(text, "0123456789abF:.%", chance)
        assert matches(node, text) == _is_address(text, kind), text


@pytest.mark.parametrize(
    "text",
    ["1:2:3:4:5:6:7:8", "::", "1::", "::8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "::1.2.3.4",
     "1:2:3:4:5:6:1.2.3.4", "1::255.255.255.255", "fe80::ABCD"],
)  # fmt: skip
def test_forms_of_ipv6(text: str) -> None:
    node = language("ipv6", "2020-12")
    assert node is not None
    assert matches(node, text)


@pytest.mark.parametrize(
    "text",
    ["", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "1:2:3:4:5:6:7:8::", "::1.2.3",
     "::01.2.3.4", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "fe80::1%eth0", "[::1]", "::1/64", " ::1", "::g"],
)  # fmt: skip
def test_no_ipv6(text: str) -> None:
    node = language("ipv6", "2020-12")
    assert node is not None
    assert not matches(node, text)
