"""Addresses of IP, versions 4 and 6.

Sources: RFC 2673, section 3.2, for IPv4 (no leading zeros, which some readers take for octal); RFC 4291, section 2.2,
with the grammar of RFC 3986, appendix A, for IPv6.
"""

from __future__ import annotations

from functools import cache

from structgen.regex.kinds import Node
from structgen.regex.nodes import EPSILON, concat, literal, repeat, union
from structgen.regex.patterns import parse

__all__ = ["ipv4", "ipv6", "ipv6_with"]


@cache
def ipv4() -> Node:
    """``dotted-quad``."""
    octet = parse("25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]")
    return concat(repeat(concat(octet, literal(".")), 3, 3), octet)


@cache
def ipv6() -> Node:
    """``IPv6address``, without brackets or a zone."""
    return ipv6_with(ipv4(), 1)


def ipv6_with(ending: Node, fewest: int) -> Node:
    """IPv6 where ``ending`` may stand for the last two groups, and ``::`` for ``fewest`` groups or more."""
    group = repeat(parse("[0-9A-Fa-f]"), 1, 4)
    colon = literal(":")
    before = concat(group, colon)
    last = union(concat(before, group), ending)
    forms = [concat(repeat(before, 6, 6), last)]
    for after in range(9 - fewest):
        most = 8 - fewest - after
        head = repeat(concat(repeat(before, 0, most - 1), group), 0, 1) if most else EPSILON
        tail = EPSILON if after == 0 else group if after == 1 else concat(repeat(before, after - 2, after - 2), last)
        forms.append(concat(head, colon, colon, tail))
    return union(*forms)
