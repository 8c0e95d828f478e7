"""What a mask takes from a terminal alone, whatever stands around it: made once a vocabulary, shared by all contexts.

Seen from inside a terminal with a large inside (a free JSON string, whitespace, a number), every token either stays
inside or leaves it and goes on with some *rest*. The first are a bitmask. The second are grouped by rest in a trie,
over which the context's own state walks: a few hundred nodes in place of the hundreds of thousands of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import UNBOUNDED
from structgen.automaton.walk_trie import WalkTrie
from structgen.automaton.walker import Walker
from structgen.tokens.trie import TokenTrie
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["Exit", "Template", "build_template", "resolve"]

_MANY: Final = UNBOUNDED - 1  # a bound on characters that no token reaches, so that they are counted


@dataclass(frozen=True, slots=True, eq=False)
class Exit:
    """Tokens that leave a terminal with one result: ``whole`` end with it, others go on with the rests in ``rests``."""

    result: int
    whole: NDArray[np.int32]
    rests: WalkTrie


class Template:
    """The tokens that stay inside, by how many characters they begin, and those that leave.

    ``characters[id]`` is how many characters a token begins before it leaves, or ends. ``leaving`` holds the whole
    tokens that leave.
    """

    __slots__ = ("_counts", "characters", "exits", "inside", "leaving")

    def __init__(
        self, inside: NDArray[np.int32], exits: tuple[Exit, ...], leaving: WalkTrie, characters: NDArray[np.int32]
    ) -> None:
        self.inside = inside[np.argsort(characters[inside], kind="stable")]
        self.exits = exits
        self.leaving = leaving
        self.characters = characters
        self._counts = characters[self.inside]

    def inside_up_to(self, characters: int) -> NDArray[np.int32]:
        """The tokens that stay inside and begin at most so many characters."""
        return self.inside[: np.searchsorted(self._counts, np.int32(characters), side="right")]

    def inside_beyond(self, characters: int) -> NDArray[np.int32]:
        """The tokens that stay inside and begin more characters."""
        return self.inside[np.searchsorted(self._counts, np.int32(characters), side="right") :]


def resolve(walker: Walker, runtime: Runtime) -> None:
    """Run the walker's tasks to the end, giving it all that it asks for."""
    walker.run()
    while walker.pending:
        for need, result in walker.needs():
            if result < 0:
                runtime.expand(need)
            else:
                runtime.returned(need, result)
        walker.resume()
        walker.run()


def build_template(walker: Walker, runtime: Runtime, vocabulary: Vocabulary, trie: WalkTrie, control: int) -> Template:
    """Walk the whole vocabulary from ``control`` on the empty stack, counting characters."""
    counted = runtime.machine.counted(control, 0, _MANY)
    walker.use_trie(trie)
    walker.begin_walk(0)
    walker.add_task(1, trie.size, counted << 32)
    resolve(walker, runtime)
    characters = np.zeros(vocabulary.size, np.int32)
    inside = walker.found[: walker.found_count].copy()
    characters[inside] = walker.found_characters[: walker.found_count]
    by_result: dict[int, tuple[list[int], list[bytes]]] = {}
    leaving: list[int] = []
    depth = trie.depths()
    for node, was_read, result, count in walker.exits[: walker.exit_count].tolist():
        ids, rests = by_result.setdefault(result, ([], []))
        start = int(depth[node]) - 1 + was_read
        tokens = trie.under(node)
        characters[tokens] = count
        leaving += tokens.tolist()
        for token in tokens.tolist():
            ids.append(token)
            rests.append((vocabulary.token_bytes(token) or b"")[start:])
    exits = tuple(_exit(result, ids, rests) for result, (ids, rests) in sorted(by_result.items()))
    whole_tokens = _trie(leaving, [vocabulary.token_bytes(token) or b"" for token in leaving])
    return Template(inside, exits, whole_tokens, characters)


def _exit(result: int, ids: list[int], rests: list[bytes]) -> Exit:
    empty = np.array([not rest for rest in rests], bool)
    return Exit(result, np.sort(np.array(ids, np.int32)[empty]), _trie(ids, rests))


def _trie(ids: list[int], texts: list[bytes]) -> WalkTrie:
    """The trie of these texts, of which those that aren't empty stand for these ids."""
    trie = TokenTrie.build(texts)
    return WalkTrie({**trie.arrays(), "order": np.array(ids, np.int32)[trie.order]})


def template_arrays(template: Template) -> dict[str, NDArray[Any]]:
    """The template as named arrays, for the cache folder."""
    arrays: dict[str, NDArray[Any]] = {"inside": template.inside, "characters": template.characters}
    arrays["results"] = np.array([exit.result for exit in template.exits], np.int32)
    for number, exit in enumerate(template.exits):
        arrays[f"whole{number}"] = exit.whole
        arrays |= {f"{name}{number}": array for name, array in exit.rests.arrays.items()}
    return arrays | {f"{name} leaving": array for name, array in template.leaving.arrays.items()}


def template_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Template:
    """The inverse of ``template_arrays``."""
    exits = tuple(
        Exit(result, arrays[f"whole{number}"], _named_trie(arrays, f"{number}"))
        for number, result in enumerate(arrays["results"].tolist())
    )
    return Template(arrays["inside"], exits, _named_trie(arrays, " leaving"), arrays["characters"])


def _named_trie(arrays: Mapping[str, NDArray[Any]], suffix: str) -> WalkTrie:
    return WalkTrie({name: arrays[name + suffix] for name in ("byte", "subtree_end", "token_begin", "order")})
