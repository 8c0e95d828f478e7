"""Mailboxes.

The grammar alone, so of any length: the lengths that RFC 5321 names (section 4.5.3.1) are what every implementation has
to accept, and longer ones "SHOULD be avoided". Of address literals only IPv4 and IPv6 have a registered form;
literals of others are in the outer languages alone.

Sources: RFC 5321, sections 4.1.2 and 4.1.3; RFC 6531, section 3.3, for international ones.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from structgen.regex.kinds import Node
from structgen.regex.nodes import concat, literal, repeat, union
from structgen.regex.patterns import parse
from structgen.schema.formats.addresses import ipv6_with
from structgen.schema.formats.international import idn_domain, undecided_domain

__all__ = ["email", "idn_email", "outer_email", "outer_idn_email"]

_UTF8: Final = "\u0080-\U0010ffff"


def email() -> Node:
    """``Mailbox``."""
    return concat(_local(""), literal("@"), _domain())


def idn_email() -> Node:
    """``Mailbox`` with UTF-8, and U-labels in the domain."""
    return concat(_local(_UTF8), literal("@"), union(_domain(), idn_domain()))


def outer_email() -> Node:
    """``Mailbox``, or one with an address literal of any tag."""
    return union(email(), concat(_local(""), literal("@"), _tagged()))


def outer_idn_email() -> Node:
    """As `outer_email`, with UTF-8, and what may be of U-labels in the domain."""
    return union(idn_email(), concat(_local(_UTF8), literal("@"), union(_tagged(), undecided_domain())))


def _tagged() -> Node:
    """``General-address-literal`` in its brackets."""
    return parse(r"\[[A-Za-z0-9-]*[A-Za-z0-9]:[!-Z^-~]+\]")


def _local(more: str) -> Node:
    atom = repeat(parse(rf"[A-Za-z0-9!#$%&'*+\-/=?^_`{{|}}~{more}]"), 1, None)
    quoted = parse(rf'"(?:[ !#-\[\]-~{more}]|\\[ -~])*"')
    return union(concat(atom, repeat(concat(literal("."), atom), 0, None)), quoted)


@cache
def _domain() -> Node:
    label = parse("[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
    number = parse("25[0-5]|2[0-4][0-9]|1[0-9]{2}|0?[0-9]{1,2}")
    address = concat(repeat(concat(number, literal(".")), 3, 3), number)
    tagged = concat(parse("[Ii][Pp][Vv]6:"), ipv6_with(address, 2))
    return union(
        concat(label, repeat(concat(literal("."), label), 0, None)),
        concat(literal("["), union(address, tagged), literal("]")),
    )
