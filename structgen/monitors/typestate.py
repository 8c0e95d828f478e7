"""Protocols of objects: which methods are legal after which, followed through the text that made and used the object.

States are followed in one function, or in the module's own statements, up to the statement that is being written: a set
of states where branches meet. What is handed on (as an argument, to another name, to a function inside) is unknown from
there on, and so is what was made elsewhere. A method is illegal where no state that the object may have allows it.

Source: Strom, Yemini, "Typestate", IEEE TSE 1986; its use for decoding: Agrawal et al., NeurIPS 2023, section 5.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Final

from structgen.monitors.protocol import Protocol
from structgen.monitors.typestate_flow import HERE, illegal_here

__all__ = ["illegal_methods"]

_RECEIVER: Final = re.compile(r"(?<![\w.)\]}\"'])(?P<name>[^\W\d]\w*)\s*\.\s*\Z")
_SCOPE: Final = re.compile(r"(?:async\s+def|def|class|@)")
_TRY: Final = re.compile(r"try[ \t]*:")


def illegal_methods(protocols: Sequence[Protocol], before: str, statement: str) -> frozenset[str]:
    """The methods that may not be named at the end of ``statement``, whose last character is a dot.

    ``before`` is the file's text up to the statement, its indentation included; ``statement`` is code, strings blank.
    """
    found = _RECEIVER.search(statement)
    if found is None or not protocols:
        return frozenset()
    name, begun = found["name"], statement[: found.start()]
    done, _, begun = begun.rpartition(";")
    if re.search(rf"(?<!\w)(?:lambda|{name})(?!\w)", begun):
        return frozenset()  # it runs later, or what came before in the same expression may have changed the object
    source = before + (done + "; " if done else "") + HERE
    makers = {_last(maker) for one in protocols for maker in (one.class_name, *one.makers)}
    if not any(re.search(rf"(?<!\w){re.escape(maker)}\s*\(", source) for maker in makers):
        return frozenset()
    try:
        tree = ast.parse(_completed(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return illegal_here(tree, name, protocols)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _completed(source: str) -> str:
    """A module of ``source``, which ends in the middle: from the top-level statement on, with each ``try`` ended."""
    lines = source.split("\n")
    indent = _indent(lines[-1])
    ends = []
    top = len(lines) - 1
    for number in range(len(lines) - 2, -1, -1):
        line = lines[number]
        own = _indent(line)
        if not line.strip() or line.lstrip().startswith("#") or own >= indent:
            continue
        indent = own
        if _TRY.match(line.lstrip()):
            ends.append(line[: len(line) - len(line.lstrip())] + "finally: pass")
        if own == 0:
            top = number
            break
    begins = top if _SCOPE.match(lines[top]) else 0
    return "\n".join([*lines[begins:], *ends, ""])


def _indent(line: str) -> int:
    widened = line.expandtabs()
    return len(widened) - len(widened.lstrip())
