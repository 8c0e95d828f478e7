"""Places in TypeScript sources where a member or a class is named, and a sample of them.

Read by tree-sitter. A place's kind is "attribute" (what follows a dot, unless it is assigned to) or "new" (the class
behind that word). Places inside templates are left out (to every arm they are text), and those whose line goes on for
more than ``MAX_REST`` characters.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.pydot.places import MAX_REST, Place, Stratum, shuffled, spread
from benchmarks.tsdot.lines import lines
from benchmarks.tsdot.packages import sources

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["KINDS", "ORIGIN", "places_of", "sample"]

KINDS: Final[Mapping[str, float]] = {"attribute": 0.8, "new": 0.2}
ORIGIN: Final = "not told apart"
_LOOKED_AT: Final = 4  # places that are classified, for each one in the sample


def places_of(project: Path, file: Path) -> Iterator[Place]:
    """The places of a file."""
    import tree_sitter_typescript
    from tree_sitter import Language, Parser

    content = file.read_bytes()
    try:
        source = content.decode("utf-8")
    except UnicodeDecodeError:
        return
    tree = Parser(Language(tree_sitter_typescript.language_typescript())).parse(content)
    if "\r" in source or tree.root_node.has_error:
        return
    by_line = lines(source)
    for kind, node in _names(tree.root_node):
        line_begin, line_end = by_line[node.start_point.row]
        begin = line_begin + len(content[node.start_byte - node.start_point.column : node.start_byte].decode())
        end = begin + len(content[node.start_byte : node.end_byte].decode())
        if end <= line_end <= end + MAX_REST:
            yield Place(project, file, source, kind, begin, end, line_begin, line_end)


def _names(root: Node) -> Iterator[tuple[str, Node]]:
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type in ("template_string", "jsx_element"):
            continue
        pending += reversed(node.children)
        if node.type == "member_expression":
            member = node.child_by_field_name("property")
            if member is not None and member.type == "property_identifier" and not _is_assigned(node):
                yield "attribute", member
        elif node.type == "new_expression":
            made = node.child_by_field_name("constructor")
            if made is not None and made.type == "identifier":
                yield "new", made


def _is_assigned(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "assignment_expression" and parent.child_by_field_name("left") == node


def sample(projects: Sequence[Path], count: int, seed: int) -> list[tuple[Place, Stratum]]:
    """About equally many names that are new to their file and that aren't, of each kind, from every project."""
    pools = [[place for file in sources(project) for place in places_of(project, file)] for project in projects]
    chosen: list[tuple[Place, Stratum]] = []
    for kind, share in KINDS.items():
        wanted = round(count * share)
        pool = shuffled([[place for place in pool if place.kind == kind] for pool in pools], seed)
        looked_at = islice(pool, wanted * _LOOKED_AT)
        chosen += spread([(place, Stratum(kind, place.is_new, ORIGIN)) for place in looked_at], wanted)
    random.Random(seed).shuffle(chosen)
    return chosen
