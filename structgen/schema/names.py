"""Which names may come next, as one control: those that are told apart, and others by the languages that they are in.

Where every other name is free, or each language goes on endlessly from wherever it has come to, the told names lie over
the languages: taking single names out leaves no dead end. Else the told names, and those that have been used, are taken
out of the languages themselves. So are they where a character may be spelled in several ways, and a name is no longer
one text: it is then a language of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import UNSURE
from structgen.regex.automaton import is_any_name, recorded_text
from structgen.regex.derivatives import is_empty, matches
from structgen.regex.nodes import NOTHING, Node, complement, intersection, literal, words
from structgen.regex.spelling import Spelling
from structgen.schema.cells import is_open
from structgen.schema.keys import NameTree, free_names, told_names, tree_of
from structgen.schema.plans import ObjectPlan

__all__ = ["TakenNames", "name_control"]


class TakenNames:
    """The names that the alternatives of an object declare, and others that have been used; compared by identity.

    Attributes
    ----------
    tree : NameTree
        Tells the declared names, and stops at those used. Empty where names are told by languages.
    is_free : bool
        All names that aren't declared are free, as long as the object lasts.
    used : frozenset of str
        The names that can't come again; empty where all names that aren't declared are free.
    """

    __slots__ = ("_declared", "is_free", "tree", "used")

    def __init__(self, tree: NameTree, declared: tuple[str, ...], is_free: bool) -> None:
        self.tree = tree
        self.used: frozenset[str] = frozenset()
        self._declared = declared
        self.is_free = is_free

    @classmethod
    def of(cls, runtime: Runtime, plans: Iterable[ObjectPlan], spelling: Spelling) -> TakenNames:
        """Nothing has been used so far."""
        declared = dict.fromkeys([name for plan in plans for name in plan.names])
        if spelling is not Spelling.JSON:
            return cls(NameTree({}), tuple(declared), False)
        is_free = all(is_any_name(runtime, names) for plan in plans for names in plan.cells)
        return cls(tree_of(runtime, declared), tuple(declared), is_free)

    def with_name(self, runtime: Runtime, name: str, spelling: Spelling) -> TakenNames:
        """One more name is used."""
        after = TakenNames(self.tree, self._declared, self.is_free)
        if spelling is Spelling.JSON:
            after.tree = self.tree.with_name(runtime, name, may_come=False)
        if not self.is_free:
            after.used = self.used | {name}
        return after

    def closed(self, told: dict[str, None]) -> list[str]:
        """The declared names that aren't told, though they haven't been used."""
        return [name for name in self._declared if name not in told and name not in self.used]


def name_control(
    runtime: Runtime,
    told: dict[str, None],
    languages: tuple[Node, ...],
    taken: TakenNames,
    spelling: Spelling,
    is_unsure: bool,
) -> int:
    """The control that reads one of the told names, or another one in the languages; UNSURE where a walk can't tell.

    A walk knows of a name that isn't told the kind: its language's index; where names are told by languages, those
    of the told names follow.
    """
    if spelling is not Spelling.JSON:
        if is_unsure and languages:
            return UNSURE
        excluded = [*told, *taken.closed(told), *taken.used]
        nodes = [_without(names, excluded) for names in languages]
        return recorded_text(runtime, (*nodes, *[literal(name) for name in told]), spelling)
    if not languages:
        return told_names(runtime, told)
    if any(is_any_name(runtime, names) for names in languages):
        return free_names(runtime, taken.tree, recorded_text(runtime, languages, spelling))
    if is_unsure:
        return UNSURE
    if all(is_open(names) for names in languages):
        tree = taken.tree
        for name in taken.closed(told):
            tree = tree.with_name(runtime, name, may_come=False)
        return free_names(runtime, tree, recorded_text(runtime, languages, spelling))
    excluded = [*told, *taken.closed(told), *taken.used]
    left = tuple([_without(names, excluded) for names in languages])
    if all(names is NOTHING for names in left):
        return told_names(runtime, told)
    return free_names(runtime, tree_of(runtime, told), recorded_text(runtime, left, spelling))


def _without(names: Node, excluded: list[str]) -> Node:
    own = [name for name in excluded if matches(names, name)]
    left = intersection(names, complement(words(own))) if own else names
    return NOTHING if is_empty(left) else left
