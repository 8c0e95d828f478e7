"""URIs and IRIs, absolute and relative, and templates of URIs.

The generic syntax alone: what a scheme adds to it isn't checked. An IRI has no bidirectional formatting characters, and
a template none of the operators that its RFC reserves for extensions.

Sources: RFC 3986, appendix A; RFC 3987, sections 2.2 and 4.1; RFC 6570, section 2, with erratum 6937, which allows the
apostrophe.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from structgen.regex.charset import CharSet
from structgen.regex.kinds import Node
from structgen.regex.nodes import EPSILON, characters, concat, literal, repeat, union
from structgen.regex.patterns import parse
from structgen.schema.formats.addresses import ipv6

__all__ = ["iri", "iri_reference", "outer_uri_template", "uri", "uri_reference", "uri_template"]

_LETTERS: Final = CharSet.of_ranges([(0x41, 0x5A), (0x61, 0x7A)])
_DIGITS: Final = CharSet.of_ranges([(0x30, 0x39)])
_UNRESERVED: Final = _LETTERS | _DIGITS | CharSet.of_text("-._~")
_NAME: Final = _UNRESERVED | CharSet.of_text("!$&'()*+,;=")
_UCS: Final = CharSet.of_ranges(
    [(0xA0, 0xD7FF), (0xF900, 0xFDCF), (0xFDF0, 0xFFEF), (0xE1000, 0xEFFFD)]
    + [(plane << 16, (plane << 16) + 0xFFFD) for plane in range(1, 14)]
)
_PRIVATE: Final = CharSet.of_ranges([(0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD)])
_DIRECTIONS: Final = CharSet.of_ranges([(0x200E, 0x200F), (0x202A, 0x202E)])


def uri() -> Node:
    """``URI``."""
    return _absolute(CharSet.NONE, CharSet.NONE)


def uri_reference() -> Node:
    """``URI-reference``."""
    return union(_absolute(CharSet.NONE, CharSet.NONE), _relative(CharSet.NONE, CharSet.NONE))


def iri() -> Node:
    """``IRI``."""
    return _absolute(_UCS - _DIRECTIONS, _PRIVATE)


def iri_reference() -> Node:
    """``IRI-reference``."""
    return union(_absolute(_UCS - _DIRECTIONS, _PRIVATE), _relative(_UCS - _DIRECTIONS, _PRIVATE))


def _one(charset: CharSet) -> Node:
    """One of the characters, or one that is percent-encoded."""
    hexadecimal = characters(_DIGITS | CharSet.of_text("ABCDEFabcdef"))
    return union(characters(charset), concat(literal("%"), hexadecimal, hexadecimal))


def _optional(*parts: Node) -> Node:
    return repeat(concat(*parts), 0, 1)


def _any(node: Node) -> Node:
    return repeat(node, 0, None)


@cache
def _ip_literal() -> Node:
    hexadecimal = repeat(characters(_DIGITS | CharSet.of_text("ABCDEFabcdef")), 1, None)
    after_point = repeat(characters(_NAME | CharSet.of_text(":")), 1, None)
    future = concat(characters(CharSet.of_text("Vv")), hexadecimal, literal("."), after_point)
    return concat(literal("["), union(ipv6(), future), literal("]"))


def _authority(more: CharSet) -> Node:
    user = _any(_one(_NAME | CharSet.of_text(":") | more))
    host = union(_ip_literal(), _any(_one(_NAME | more)))
    port = concat(literal(":"), _any(characters(_DIGITS)))
    return concat(literal("//"), _optional(user, literal("@")), host, _optional(port))


def _paths(more: CharSet) -> tuple[Node, Node]:
    """A path whose first segment isn't empty; the segments after another, each with its slash."""
    segment = _any(_one(_NAME | CharSet.of_text(":@") | more))
    rest = _any(concat(literal("/"), segment))
    return concat(repeat(_one(_NAME | CharSet.of_text(":@") | more), 1, None), rest), rest


def _ending(more: CharSet, private: CharSet) -> Node:
    """The query and the fragment."""
    inside = _NAME | CharSet.of_text(":@/?") | more
    query = concat(literal("?"), _any(_one(inside | private)))
    fragment = concat(literal("#"), _any(_one(inside)))
    return concat(_optional(query), _optional(fragment))


def _absolute(more: CharSet, private: CharSet) -> Node:
    path, rest = _paths(more)
    scheme = concat(characters(_LETTERS), _any(characters(_LETTERS | _DIGITS | CharSet.of_text("+-."))), literal(":"))
    after = union(concat(_authority(more), rest), concat(_optional(literal("/")), _optional(path)))
    return concat(scheme, after, _ending(more, private))


def _relative(more: CharSet, private: CharSet) -> Node:
    path, rest = _paths(more)
    # A colon in the first segment would end a scheme.
    first = repeat(_one(_NAME | CharSet.of_text("@") | more), 1, None)
    paths = union(concat(_authority(more), rest), concat(first, rest), concat(literal("/"), _optional(path)), EPSILON)
    return concat(paths, _ending(more, private))


def uri_template() -> Node:
    """``URI-Template``."""
    return _template("+#./;?&")


def outer_uri_template() -> Node:
    """``URI-Template``, with the operators reserved for extensions too."""
    return _template("+#./;?&=,!@|")


def _template(operators: str) -> Node:
    literals = CharSet.of_ranges([(0x21, 0x7E)]) - CharSet.of_text('"%<>\\^`{|}')
    character = _one(_LETTERS | _DIGITS | CharSet.of_text("_"))
    name = concat(character, _any(concat(_optional(literal(".")), character)))
    variable = concat(name, _optional(parse(r"\*|:[1-9][0-9]{0,3}")))
    operator = _optional(characters(CharSet.of_text(operators)))
    expression = concat(literal("{"), operator, variable, _any(concat(literal(","), variable)), literal("}"))
    return _any(union(_one(literals | _UCS | _PRIVATE), expression))
