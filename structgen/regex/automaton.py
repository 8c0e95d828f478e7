"""Regular expressions as controls: derivatives become states, characters become paths of bytes.

A state stands for a tuple of expressions that are read together; where one text must tell which of several terms it
meets, the result of the return is the set of those that match. An expression of one text is a chain that owns no
states, and a loop over one set of characters is one state with the bounds beside it, however far it counts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cython

from structgen.automaton.byte_kinds import MIXED_RANGES, PLAIN_RANGES
from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import (
    ANY_NAME,
    BOUNDARY,
    COUNTED,
    GOTO,
    LOOPS_MIXED,
    LOOPS_PLAIN,
    POP,
    QUOTED,
    RECORD,
    TEMPLATE,
    UNBOUNDED,
    WHOLE,
    Edge,
)
from structgen.regex.alphabet import characters_of, restricted
from structgen.regex.charset import CharSet
from structgen.regex.clamp import clamp, tighten
from structgen.regex.derivatives import is_empty, transitions
from structgen.regex.kinds import Chars, Complement, Concat, Intersection, Node, Repeat, Union, Words
from structgen.regex.lengths import reserve, within
from structgen.regex.nodes import ANYTHING, EPSILON, NOTHING, alternatives, repeat
from structgen.regex.spelling import Skeleton, Spelling, has_one_spelling, skeleton, spell

__all__ = [
    "any_name",
    "holding",
    "is_any_name",
    "plain_text",
    "quotable",
    "quoted_text",
    "recorded_number",
    "recorded_text",
]

_QUOTE: Final = 0x22
_CONTROLS: Final = CharSet.of_ranges([(0, 0x1F)])
_PLAIN: Final = CharSet.of_ranges(PLAIN_RANGES)
_MIXED: Final = CharSet.of_ranges(MIXED_RANGES)


def plain_text(runtime: Runtime, nodes: tuple[Node, ...]) -> int:
    """The control that reads a text of ``nodes`` as UTF-8, and returns where no further byte fits.

    Here as below, texts that the runtime's alphabet can't spell are left out.
    """
    return _control(runtime, _spellable(nodes, characters_of(runtime.alphabet)), Spelling.PLAIN, 0)


def quoted_text(runtime: Runtime, nodes: tuple[Node, ...], spelling: Spelling = Spelling.JSON) -> int:
    """The control that reads a JSON string of ``nodes`` after its opening quote, and returns with the closing one."""
    return _control(runtime, _spellable(nodes, quotable(runtime.alphabet)), spelling, 0)


def recorded_text(runtime: Runtime, nodes: tuple[Node, ...], spelling: Spelling = Spelling.JSON) -> int:
    """As `quoted_text`, but the text is recorded.

    In walks it returns with ANY_NAME + the result that says of which expressions it is.
    """
    return _control(runtime, _spellable(nodes, quotable(runtime.alphabet)), spelling, ANY_NAME)


def recorded_number(runtime: Runtime, nodes: tuple[Node, ...]) -> int:
    """As `plain_text`, recorded."""
    return _control(runtime, _spellable(nodes, characters_of(runtime.alphabet)), Spelling.PLAIN, ANY_NAME)


def any_name(runtime: Runtime, spelling: Spelling = Spelling.JSON) -> int:
    """The control that reads any JSON string after its opening quote, recorded."""
    key = "any name" if spelling is Spelling.JSON else ("any name", spelling)
    control = runtime.controls.get(key)
    if control is None:
        control = runtime.controls[key] = _control(runtime, (_anything(runtime),), spelling, ANY_NAME)
    return control


def is_any_name(runtime: Runtime, node: Node) -> bool:
    """Whether `any_name` reads exactly the texts of ``node``."""
    return node is ANYTHING or restricted(node, quotable(runtime.alphabet)) is _anything(runtime)


def quotable(alphabet: frozenset[int]) -> CharSet:
    """The characters that a JSON string can spell with these bytes: control characters are escaped."""
    charset = characters_of(alphabet)
    return charset if charset is CharSet.ANY else charset | _CONTROLS


def _anything(runtime: Runtime) -> Node:
    return restricted(ANYTHING, quotable(runtime.alphabet))


def _spellable(nodes: tuple[Node, ...], charset: CharSet) -> tuple[Node, ...]:
    return nodes if charset is CharSet.ANY else tuple([restricted(node, charset) for node in nodes])


def holding(runtime: Runtime, of: int, indices: tuple[int, ...]) -> int:
    """The result that says which of ``of`` terms hold: WHOLE where all do, -1 where none does."""
    if len(indices) == of:
        return WHOLE
    return runtime.result(indices) if indices else -1


def _control(runtime: Runtime, nodes: tuple[Node, ...], spelling: Spelling, kinds: int) -> int:
    """``kinds`` is added to the results: ANY_NAME where the text is recorded, else 0."""
    # most members themselves would be hashed by Python code
    key = (nodes, True if spelling is Spelling.JSON else None if spelling is Spelling.PLAIN else spelling, kinds)
    control = runtime.controls.get(key)
    if control is None:
        node = nodes[0]
        text = _only_text(node, spelling) if len(nodes) == 1 else None
        # A number may be recorded from after its first digit on, which a chain has no control for.
        if text is not None and ((not kinds and text) or spelling is not Spelling.PLAIN):
            control = _chain(runtime, text, spelling, kinds)
        else:
            control = _counted(runtime, node, spelling) if len(nodes) == 1 and not kinds else 0
            if not control:
                control = runtime.add_passing(_TextState(nodes, spelling, kinds), RECORD if kinds else 0)
        runtime.controls[key] = control
        if not kinds and len(nodes) == 1:
            _measure(runtime, control, node)
    return control


def _measure(runtime: Runtime, control: int, node: Node) -> None:
    """Note what counts beside the control of one expression need to know of it."""
    arrays = runtime.tables.arrays
    arrays["least"][control] = min(node.min_length, UNBOUNDED - 2)
    if node.positive:
        arrays["reserve"][control] = min(reserve(node), UNBOUNDED - 2)
    if not arrays["flags"][control] & COUNTED:
        arrays["flags"][control] |= BOUNDARY


def _counted(runtime: Runtime, node: Node, spelling: Spelling) -> int:
    """The control of an expression whose bounds on characters are kept beside a control; 0 for others."""
    if isinstance(node, Repeat) and _is_counted_loop(node):
        free = _control(runtime, (repeat(node.inner, 0, None),), spelling, 0)
        low, high = min(node.low, UNBOUNDED - 2), UNBOUNDED if node.high is None else node.high
    else:
        bounded = within(node)
        if bounded is None:
            return 0
        free, low, high = _control(runtime, (bounded[0],), spelling, 0), 0, bounded[1]
    runtime.machine.describe(free)
    return runtime.machine.counted(free, low, high if high == UNBOUNDED else min(high, UNBOUNDED - 2))


def _is_counted_loop(node: Node) -> bool:
    """Whether the counts of a loop are kept beside its control. A recorded text has no room for them."""
    return isinstance(node, Repeat) and isinstance(node.inner, Chars) and not _is_free_loop(node)


def _is_free_loop(node: Node) -> bool:
    """Whether any number of one set's characters may follow: counts over it are kept beside its control."""
    return isinstance(node, Repeat) and node.low == 0 and node.high is None and isinstance(node.inner, Chars)


def _goes_on_freely(node: Node) -> bool:
    """Whether it can be seen at once that every text begins some member: what is looked for may stand anywhere."""
    if isinstance(node, Union):
        return any(_goes_on_freely(part) for part in node.parts)
    return (isinstance(node, Concat) and node.head is ANYTHING and not is_empty(node)) or _holds_an_ideal(node)


def _are_all(nodes: tuple[Node, ...]) -> bool:
    """Whether it can be seen at once that every text is a member of one of the expressions."""
    return any(
        isinstance(node, Complement) and all(part in nodes for part in alternatives(node.inner)) for node in nodes
    )


def _holds_an_ideal(node: Node) -> bool:
    """Whether it can be seen at once that all texts with some text anywhere inside are members.

    Every text begins one of those; and what holds for several expressions holds for their intersection.
    """
    if isinstance(node, Union):
        return any(_holds_an_ideal(part) for part in node.parts)
    if isinstance(node, Intersection):
        return all(_holds_an_ideal(part) for part in node.parts)
    if isinstance(node, Complement):  # all texts that are long enough
        return node.inner.max_length is not None
    if isinstance(node, Repeat):
        return node.high is None and isinstance(node.inner, Chars) and node.inner.charset is CharSet.ANY
    last = node
    while isinstance(last, Concat):
        last = last.tail
    return isinstance(node, Concat) and node.head is ANYTHING and last is ANYTHING and not is_empty(node)


def _chain(runtime: Runtime, text: str, spelling: Spelling, kinds: int) -> int:
    if spelling is not Spelling.PLAIN:
        control = runtime.tables.chain(spell(text, spelling) + b'"', POP, 0, kinds)
    else:
        control = runtime.tables.chain(text.encode(), GOTO, _control(runtime, (EPSILON,), spelling, kinds), 0)
    if kinds:
        runtime.tables.arrays["flags"][control] = RECORD
    return control


def _only_text(node: Node, spelling: Spelling) -> str | None:
    """The text of an expression that has just one, and one spelling."""
    if isinstance(node, Words):
        if node.high - node.low > 1:
            return None
        text = node.table.texts[node.low][node.depth :]
    else:
        characters = []
        while isinstance(node, Concat):
            if not isinstance(node.head, Chars) or len(node.head.charset) != 1:
                return None
            characters.append(node.head.charset.representative())
            node = node.tail
        if isinstance(node, Words):
            rest = _only_text(node, spelling)
            if rest is None:
                return None
            characters.append(rest)
        elif isinstance(node, Chars) and len(node.charset) == 1:
            characters.append(node.charset.representative())
        elif node is not EPSILON:
            return None
        text = "".join(characters)
    return text if spelling is Spelling.PLAIN or has_one_spelling(text, spelling) else None


@cython.no_gc
@cython.cclass
class _TextState:
    """Between two characters."""

    __slots__ = ("kinds", "nodes", "spelling")

    def __init__(self, nodes: tuple[Node, ...], spelling: Spelling, kinds: int) -> None:
        self.nodes, self.spelling, self.kinds = nodes, spelling, kinds

    def expand(self, runtime: Runtime, control: int) -> None:
        if len(self.nodes) == 1:
            charsets: list[CharSet] = []
            targets: list[int] = []
            for charset, node in transitions(self.nodes[0]):
                charsets.append(charset)
                targets.append(_control(runtime, (node,), self.spelling, self.kinds))
        else:
            charsets, targets = self._together(runtime)
        edges = _edges(runtime, skeleton(tuple(charsets), self.spelling), 0, tuple(targets))
        accepted = tuple([index for index, node in enumerate(self.nodes) if node.nullable])
        result = holding(runtime, len(self.nodes), accepted)
        if result >= 0:
            result += self.kinds
        end_result = result
        if self.spelling is not Spelling.PLAIN:
            end_result = -1
            if result >= 0:
                edges.append((_QUOTE, _QUOTE, POP, 0, result))
                edges.sort()
        flags = inside = 0
        if not self.spelling.is_ascii:
            for charset, target in zip(charsets, targets, strict=True):
                if target == control:
                    flags = _loops(charset)
        if len(self.nodes) == 1 and _is_free_loop(self.nodes[0]):
            # Making a template takes longer than some dozen masks do without one, so only free strings have them.
            if self.spelling is not Spelling.PLAIN and self.nodes[0] is _anything(runtime):
                flags |= TEMPLATE
                runtime.template_names[control] = f"string {self.kinds} {self.spelling.name}"
        elif self.spelling is Spelling.JSON and (any(map(_goes_on_freely, self.nodes)) or _are_all(self.nodes)):
            inside = _control(runtime, (_anything(runtime),), Spelling.JSON, 0)
            runtime.machine.describe(inside)
        if not (flags & TEMPLATE or inside or self.spelling is Spelling.PLAIN):
            flags |= QUOTED
            if not self.kinds and max([node.largest_count for node in self.nodes]):
                runtime.keep_counting(control, self)
        runtime.tables.define(
            control,
            edges,
            end_result=end_result,
            flags=flags,
            alias=self.clamped(runtime, runtime.reach),
            inside=inside,
        )

    def clamped(self, runtime: Runtime, reach: int) -> int:
        """A control that no text of ``reach`` characters tells from this one, and that counts nothing beside it; 0
        where there is none but this one itself."""
        clamped = tuple([clamp(node, reach) for node in self.nodes])
        if clamped == self.nodes:
            return 0
        control = _control(runtime, clamped, self.spelling, self.kinds)
        return 0 if runtime.machine.is_counted(control) else control

    def tightened(self, runtime: Runtime, reach: int) -> int:
        """A control of some of this one's texts, so that what it and `clamped` agree on holds for this one; 0 where
        there is none."""
        tight = tighten(self.nodes[0], reach) if len(self.nodes) == 1 else None
        return 0 if tight is None else _control(runtime, (tight,), self.spelling, self.kinds)

    def _together(self, runtime: Runtime) -> tuple[list[CharSet], list[int]]:
        """The transitions of all expressions at once, over the common refinement of their partitions."""
        by_nodes = _refined(self.nodes) if len(self.nodes) <= _FEW else _swept(self.nodes)
        targets = [_control(runtime, nodes, self.spelling, self.kinds) for nodes in by_nodes]
        return list(by_nodes.values()), targets


@lru_cache(maxsize=4096)
def _loops(charset: CharSet) -> int:
    """The flags of a control that stays the same with these characters."""
    flags = 0 if _PLAIN - charset else LOOPS_PLAIN
    return flags if _MIXED - charset else flags | LOOPS_MIXED


_FEW: Final = 8
"""So many expressions are refined set by set, which costs half of a sweep then, but grows with their square."""


def _refined(nodes: tuple[Node, ...]) -> dict[tuple[Node, ...], CharSet]:
    parts: list[tuple[CharSet, tuple[Node, ...]]] = [(CharSet.ANY, ())]
    for node in nodes:
        finer = []
        for charset, targets in parts:
            rest = charset
            for own, target in transitions(node):
                both = charset & own
                if both:
                    finer.append((both, (*targets, target)))
                    rest -= own
            if rest:
                finer.append((rest, (*targets, NOTHING)))
        parts = finer
    found: dict[tuple[Node, ...], CharSet] = {}
    for charset, targets in parts:
        if any(target is not NOTHING for target in targets):
            found[targets] = found[targets] | charset if targets in found else charset
    return found


def _swept(nodes: tuple[Node, ...]) -> dict[tuple[Node, ...], CharSet]:
    """As `_refined`: a sweep over the code points where an expression changes its target."""
    changes: list[tuple[int, bool, int, Node]] = []
    for index, node in enumerate(nodes):
        for charset, target in transitions(node):
            is_begin = True
            for point in charset.bounds:
                # Where one set ends and another begins, the end comes first.
                changes.append((point, is_begin, index, target if is_begin else NOTHING))
                is_begin = not is_begin
    changes.sort(key=_point)
    nothing = (NOTHING,) * len(nodes)
    now = list(nothing)
    ranges: dict[tuple[Node, ...], list[tuple[int, int]]] = {}
    begin = 0
    for point, _, index, target in changes:
        if point > begin:
            targets = tuple(now)
            if targets in ranges:
                ranges[targets].append((begin, point - 1))
            elif targets != nothing:
                ranges[targets] = [(begin, point - 1)]
            begin = point
        now[index] = target
    return {targets: CharSet.of_ranges(one) for targets, one in ranges.items()}


def _point(change: tuple[int, bool, int, Node]) -> tuple[int, bool]:
    return change[0], change[1]


def _edges(runtime: Runtime, tree: Skeleton, index: int, targets: tuple[int, ...]) -> list[Edge]:
    edges: list[Edge] = []
    for low, high, target in tree.nodes[index]:
        following = targets[~target] if target < 0 else _inside(runtime, tree, target, targets)
        edges.append((low, high, GOTO, following, 0))
    return edges


def _inside(runtime: Runtime, tree: Skeleton, index: int, targets: tuple[int, ...]) -> int:
    key = (tree, index, targets)
    control = runtime.controls.get(key)
    if control is None:
        control = runtime.controls[key] = runtime.add_passing(_CharacterState(tree, index, targets))
        least = runtime.tables.arrays["least"]
        least[control] = 1 + min([least[targets[end]] for end in tree.ends(index)])
    return control


@cython.no_gc
@cython.cclass
class _CharacterState:
    """Inside a character of several bytes."""

    __slots__ = ("index", "targets", "tree")

    def __init__(self, tree: Skeleton, index: int, targets: tuple[int, ...]) -> None:
        self.tree, self.index, self.targets = tree, index, targets

    def expand(self, runtime: Runtime, control: int) -> None:
        runtime.tables.define(control, _edges(runtime, self.tree, self.index, self.targets))
