"""Regular expressions as controls: derivatives become states, characters become paths of bytes.

A state stands for a tuple of expressions that are read together; where one text must tell which of several terms it
meets, the result of the return is the set of those that match. An expression of one text is a chain that owns no
states, and a loop over one set of characters is one state with the bounds beside it, however far it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import ANY_NAME, BOUNDARY, GOTO, POP, RECORD, TEMPLATE, UNBOUNDED, WHOLE, Edge
from structgen.regex.alphabet import characters_of, restricted
from structgen.regex.charset import CharSet
from structgen.regex.clamp import clamp
from structgen.regex.derivatives import transitions
from structgen.regex.kinds import Chars, Concat, Node, Repeat, Words
from structgen.regex.nodes import ANYTHING, EPSILON, NOTHING, repeat
from structgen.regex.spelling import Skeleton, Spelling, skeleton, spell

__all__ = ["any_name", "holding", "plain_text", "quotable", "quoted_text"]

_QUOTE: Final = 0x22
_CONTROLS: Final = CharSet.of_ranges([(0, 0x1F)])


def plain_text(runtime: Runtime, nodes: tuple[Node, ...]) -> int:
    """The control that reads a text of ``nodes`` as UTF-8, and returns where no further byte fits.

    Here as below, texts that the runtime's alphabet can't spell are left out.
    """
    nodes = _spellable(nodes, characters_of(runtime.alphabet))
    return _control(runtime, nodes, Spelling.PLAIN, WHOLE)


def quoted_text(runtime: Runtime, nodes: tuple[Node, ...]) -> int:
    """The control that reads a JSON string of ``nodes`` after its opening quote, and returns with the closing one."""
    nodes = _spellable(nodes, quotable(runtime.alphabet))
    return _control(runtime, nodes, Spelling.JSON, WHOLE)


def any_name(runtime: Runtime) -> int:
    """The control that reads any JSON string after its opening quote, records it, and returns with ANY_NAME."""
    control = runtime.controls.get("any name")
    if control is None:
        control = runtime.controls["any name"] = _control(runtime, (_anything(runtime),), Spelling.JSON, ANY_NAME)
    return control


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


def _control(runtime: Runtime, nodes: tuple[Node, ...], spelling: Spelling, whole: int) -> int:
    # the member itself would be hashed by Python code
    key = (nodes, spelling is Spelling.JSON, whole)
    control = runtime.controls.get(key)
    if control is None:
        node = nodes[0]
        text = _only_text(node) if len(nodes) == 1 else None
        if text is not None and (text or spelling is Spelling.JSON):
            control = _chain(runtime, text, spelling, whole)
        elif len(nodes) == 1 and isinstance(node, Repeat) and isinstance(node.inner, Chars) and not _is_free_loop(node):
            free = _control(runtime, (repeat(node.inner, 0, None),), spelling, whole)
            runtime.machine.describe(free)
            high = UNBOUNDED if node.high is None else min(node.high, UNBOUNDED - 2)
            control = runtime.machine.counted(free, min(node.low, UNBOUNDED - 2), high)
        else:
            flags = RECORD if whole == ANY_NAME else 0
            control = runtime.add_passing(_TextState(nodes, spelling, whole), flags)
        runtime.controls[key] = control
    return control


def _is_free_loop(node: Node) -> bool:
    """Whether any number of one set's characters may follow: counts over it are kept beside its control."""
    return isinstance(node, Repeat) and node.low == 0 and node.high is None and isinstance(node.inner, Chars)


def _chain(runtime: Runtime, text: str, spelling: Spelling, whole: int) -> int:
    if spelling is Spelling.JSON:
        return runtime.tables.chain(spell(text, spelling) + b'"', POP, 0, whole)
    return runtime.tables.chain(text.encode(), GOTO, _control(runtime, (EPSILON,), spelling, whole), 0)


def _only_text(node: Node) -> str | None:
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
            rest = _only_text(node)
            if rest is None:
                return None
            characters.append(rest)
        elif isinstance(node, Chars) and len(node.charset) == 1:
            characters.append(node.charset.representative())
        elif node is not EPSILON:
            return None
        text = "".join(characters)
    return text if all(character >= " " for character in text) else None


@dataclass(slots=True, eq=False)
class _TextState:
    """Between two characters."""

    nodes: tuple[Node, ...]
    spelling: Spelling
    whole: int

    def expand(self, runtime: Runtime, control: int) -> None:
        if len(self.nodes) == 1:
            charsets: list[CharSet] = []
            targets: list[int] = []
            for charset, node in transitions(self.nodes[0]):
                charsets.append(charset)
                targets.append(_control(runtime, (node,), self.spelling, self.whole))
        else:
            charsets, targets = self._together(runtime)
        edges = _edges(runtime, skeleton(tuple(charsets), self.spelling), 0, tuple(targets))
        accepted = tuple([index for index, node in enumerate(self.nodes) if node.nullable])
        result = holding(runtime, len(self.nodes), accepted)
        if result == WHOLE:
            result = self.whole
        end_result = result
        if self.spelling is Spelling.JSON:
            end_result = -1
            if result >= 0:
                edges.append((_QUOTE, _QUOTE, POP, 0, result))
                edges.sort()
        flags = 0
        if len(self.nodes) == 1 and _is_free_loop(self.nodes[0]):
            flags = BOUNDARY
            # Making a template takes longer than some dozen masks do without one, so only free strings have them.
            if self.spelling is Spelling.JSON and self.nodes[0] is _anything(runtime):
                flags |= TEMPLATE
                runtime.template_names[control] = f"string {self.whole}"
        runtime.tables.define(
            control,
            edges,
            end_result=end_result,
            flags=flags,
            alias=self._alias(runtime),
        )

    def _alias(self, runtime: Runtime) -> int:
        clamped = tuple([clamp(node, runtime.reach) for node in self.nodes])
        return 0 if clamped == self.nodes else _control(runtime, clamped, self.spelling, self.whole)

    def _together(self, runtime: Runtime) -> tuple[list[CharSet], list[int]]:
        """The transitions of all expressions at once, over the common refinement of their partitions."""
        parts: list[tuple[CharSet, tuple[Node, ...]]] = [(CharSet.ANY, ())]
        for node in self.nodes:
            finer = []
            for charset, nodes in parts:
                rest = charset
                for own, target in transitions(node):
                    both = charset & own
                    if both:
                        finer.append((both, (*nodes, target)))
                        rest -= own
                if rest:
                    finer.append((rest, (*nodes, NOTHING)))
            parts = finer
        by_nodes: dict[tuple[Node, ...], CharSet] = {}
        for charset, nodes in parts:
            if any(node is not NOTHING for node in nodes):
                by_nodes[nodes] = by_nodes[nodes] | charset if nodes in by_nodes else charset
        targets = [_control(runtime, nodes, self.spelling, self.whole) for nodes in by_nodes]
        return list(by_nodes.values()), targets


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
    return control


@dataclass(slots=True, eq=False)
class _CharacterState:
    """Inside a character of several bytes."""

    tree: Skeleton
    index: int
    targets: tuple[int, ...]

    def expand(self, runtime: Runtime, control: int) -> None:
        runtime.tables.define(control, _edges(runtime, self.tree, self.index, self.targets))
