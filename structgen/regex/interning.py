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

_STEPS: Final = 8
"""Steps of a sweep for each node that is made: it ends before there are half as many nodes again."""

_Key = tuple[Any, ...]

_lock: Final = threading.Lock()
_nodes: Final[dict[_Key, Node]] = {}
"""By kind and fields, in the order in which they were made."""


class _Sweeping:
    """The sweep that is going on, and how many nodes there may be before the next one begins."""

    steps: Iterator[None] | None = None
    most = _FEWEST


def intern_node(kind: type[Node], *fields: Any) -> Node:
    """The one node of this kind and these fields."""
    # By the kind's name: what refers to a class is visited by each collection of garbage.
    key = (kind.__name__, *fields)
    found = _nodes.get(key)
    if found is None:
        made = kind(*fields)
        with _lock:
            found = _nodes.setdefault(key, made)
            if found is made and (_Sweeping.steps is not None or len(_nodes) > _Sweeping.most):
                _go_on()
    return found


def _go_on() -> None:
    """Some steps of the sweep that is going on, or of a new one."""
    if _Sweeping.steps is None:
        _Sweeping.steps = _sweep()
    for _ in range(_STEPS):
        if next(_Sweeping.steps, _nodes) is _nodes:
            _Sweeping.steps, _Sweeping.most = None, max(_FEWEST, 2 * len(_nodes))
            break


def _sweep() -> Iterator[None]:
    """Drop the nodes that only the table refers to, step by step."""
    for memo in (RAW_TRANSITIONS, LIVE_TRANSITIONS):
        known = list(memo)
        while known:
            memo.pop(known.pop(), None)
            yield
    keys = list(_nodes)
    while keys:
        # Backwards, and no key kept: then the nodes that one refers to are dropped in the same sweep.
        _drop(keys.pop())
        yield


def _drop(key: _Key) -> None:
    if _references(_nodes, key) == _UNUSED:
        dropped = {key: _nodes.pop(key)}  # from here on, no other thread can come by it
        if _references(dropped, key) != _UNUSED:
            _nodes.update(dropped)


def _references(table: dict[Any, Any], key: Any) -> int:
    return sys.getrefcount(table[key])


_UNUSED: Final = _references({(): object()}, ())
"""The references to what a table alone refers to, as they are counted here."""
