"""The table that makes equal nodes one object, and the transitions that are known of them.

The table itself keeps its nodes alive. When it has doubled, those that nothing else refers to are dropped, and all
transitions with them: a few whenever one is made, so that none waits for thousands. The usual way, weak references in
the table and transitions at the node, takes six objects for each node that a collection of garbage has to visit:
reference, key, node, and transitions, which lead back to a node that loops. Here a collection visits none of them:
nodes only refer to what was there before them.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Final

if TYPE_CHECKING:
    from structgen.regex.kinds import Node, Transitions

__all__ = ["LIVE_TRANSITIONS", "RAW_TRANSITIONS", "intern_node"]

RAW_TRANSITIONS: Final[dict[Node, Transitions]] = {}
"""Memo of `stepping`."""

LIVE_TRANSITIONS: Final[dict[Node, Transitions]] = {}
"""Memo of `derivatives`."""

_FEWEST: Final = 1 << 16
"""Nodes that are kept without asking who uses them; some 20 MB with their transitions."""

_STEPS: Final = 4
"""Nodes that a sweep looks at for each one that is made."""

_Table = dict[tuple[Any, ...], "Node"]

_lock: Final = threading.Lock()


class _Tables:
    """The nodes by kind and fields, and the sweep that is going on: it looks at the ``old`` ones, newest first, so that
    those that one refers to are dropped with it. (What is kept changes its order, so that some wait for the second.)"""

    nodes: ClassVar[_Table] = {}
    old: ClassVar[_Table] = {}
    sweep: Iterator[None] | None = None
    most = _FEWEST  # nodes before the next sweep begins


def intern_node(kind: type[Node], *fields: Any) -> Node:
    """The one node of this kind and these fields."""
    # By the kind's number: what refers to a class is visited by each collection of garbage.
    key = (id(kind), *fields)
    found = _Tables.nodes.get(key) or _Tables.old.get(key)
    if found is None:
        made = kind(*fields)
        with _lock:
            found = _Tables.nodes.get(key) or _Tables.old.get(key)
            if found is None:
                found = _Tables.nodes[key] = made
                if _Tables.sweep is not None or len(_Tables.nodes) > _Tables.most:
                    _go_on()
    return found


def _go_on() -> None:
    """Some steps of the sweep that is going on, or of a new one."""
    if _Tables.sweep is None:
        _Tables.sweep = _sweep()
    for _ in range(_STEPS):
        if next(_Tables.sweep, _lock) is _lock:
            _Tables.sweep = None
            break


def _sweep() -> Iterator[None]:
    """Drop the nodes that only the table refers to, step by step."""
    RAW_TRANSITIONS.clear()
    LIVE_TRANSITIONS.clear()
    _Tables.old, _Tables.nodes = _Tables.nodes, {}
    kept = 0
    while _Tables.old:
        kept += _take_last(_Tables.old, _Tables.nodes, _UNUSED) != _UNUSED
        yield
    _Tables.most = max(_FEWEST, 2 * kept)


def _take_last(table: dict[Any, Any], other: dict[Any, Any], unused: int) -> int:
    """Move the last entry to the other table, unless its value has ``unused`` references. Says how many it has."""
    key, value = table.popitem()
    references = sys.getrefcount(value)
    if references != unused:
        other[key] = value
    return references


_UNUSED: Final = _take_last({(): object()}, {}, -1)
"""The references to what a table alone refers to, as they are counted here."""
