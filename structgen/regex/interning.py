"""The table that makes equal nodes one object, and the transitions that are known of them.

The table itself keeps its nodes alive. When it has doubled, those that nothing else refers to are dropped, and all
transitions with them. The usual way, weak references in the table and transitions at the node, takes six objects for
each node that a collection of garbage has to visit: reference, key, node, and transitions, which lead back to a node
that loops. Here a collection visits none of them: nodes only refer to what was there before them.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from structgen.regex.kinds import Node, Transitions

__all__ = ["LIVE_TRANSITIONS", "RAW_TRANSITIONS", "intern_node"]

RAW_TRANSITIONS: Final[dict[Node, Transitions]] = {}
"""Memo of `stepping`."""

LIVE_TRANSITIONS: Final[dict[Node, Transitions]] = {}
"""Memo of `derivatives`."""

_FEWEST: Final = 1 << 16
"""Nodes that are kept without asking who uses them; some 20 MB with their transitions."""

_lock: Final = threading.Lock()
_nodes: Final[dict[type[Node], dict[tuple[Any, ...], Node]]] = {}


class _Room:
    """How many nodes there are, and may be before the next sweep."""

    used = 0
    most = _FEWEST


def intern_node(kind: type[Node], *fields: Any) -> Node:
    """The one node of this kind and these fields."""
    table = _nodes.get(kind)
    if table is None:
        table = _nodes.setdefault(kind, {})
    found = table.get(fields)
    if found is None:
        made = kind(*fields)
        with _lock:
            found = table.setdefault(fields, made)
            if found is made:
                _Room.used += 1
                if _Room.used > _Room.most:
                    _sweep()
    return found


def _sweep() -> None:
    """Drop the nodes that only the table refers to."""
    RAW_TRANSITIONS.clear()
    LIVE_TRANSITIONS.clear()
    before = _Room.used + 1
    while _Room.used < before:
        before = _Room.used
        for table in list(_nodes.values()):
            _sweep_table(table)
    _Room.most = max(_FEWEST, 2 * _Room.used)


def _sweep_table(table: dict[tuple[Any, ...], Node]) -> None:
    keys = list(table)
    while keys:
        # Backwards, and no key kept: then the nodes that one refers to are dropped in the same pass.
        _drop(table, keys.pop())


def _drop(table: dict[tuple[Any, ...], Node], fields: tuple[Any, ...]) -> None:
    if _references(table, fields) == _UNUSED:
        dropped = {fields: table.pop(fields)}  # from here on, no other thread can come by it
        if _references(dropped, fields) == _UNUSED:
            _Room.used -= 1
        else:
            table.update(dropped)


def _references(table: dict[Any, Any], key: Any) -> int:
    return sys.getrefcount(table[key])


_UNUSED: Final = _references({(): object()}, ())
"""The references to what a table alone refers to, as they are counted here."""
