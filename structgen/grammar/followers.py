"""Which terminals may follow each other in some text of a grammar. Sets of terminals are the bits of integers."""

from __future__ import annotations

from itertools import pairwise

from structgen.grammar.expressions import Declared
from structgen.grammar.indentations import Layout
from structgen.grammar.productions import Productions

__all__ = ["follow_bits", "followers"]


def followers(productions: Productions, dedent: int) -> list[int]:
    """For each terminal those that may follow it in some text; none where it ends the text or blocks, as the end of the
    text does.
    """
    count = len(productions.terminals)
    first = _ends(productions, 0)
    last = _ends(productions, -1)
    behind = [0] * productions.symbols
    for left_part, right_part in {pair for _, right in productions.productions for pair in pairwise(right)}:
        behind[left_part] |= first[right_part]
    following = [0] * count
    for symbol, bits in enumerate(behind):
        if bits:
            for terminal in members(last[symbol]):
                following[terminal] |= bits
    # An indent or dedent has no text: what follows it follows what is before it.
    declared = sum([1 << number for number, leaf in enumerate(productions.terminals) if isinstance(leaf, Declared)])
    for terminal, bits in enumerate(following):
        if dedent >= 0 and bits == 1 << dedent:
            bits = 0
        pending = members(bits & declared)
        while pending:
            new = following[pending.pop()] & ~bits
            bits |= new
            pending += members(new & declared)
        following[terminal] = bits
    return following


def follow_bits(following: list[int], layout: Layout) -> list[int]:
    """For each terminal those whose texts may follow its own: ignored text may stand anywhere, as may the ends of lines
    in brackets, and behind those anything.
    """
    apart = [*layout.ignored, *([layout.newline] if layout.newline >= 0 else [])]
    anywhere = sum([1 << terminal for terminal in dict.fromkeys(apart)])
    found = [bits | anywhere for bits in following]
    for terminal in apart:
        found[terminal] = -1
    return found


def members(bits: int) -> list[int]:
    """The numbers of the bits that are set, ascending."""
    return [number for number, digit in enumerate(reversed(f"{bits:b}")) if digit == "1"]


def _ends(productions: Productions, end: int) -> list[int]:
    """For each symbol the terminals that its texts begin (``end`` 0) or end (-1) with."""
    count = len(productions.terminals)
    found = [1 << symbol if symbol < count else 0 for symbol in range(productions.symbols)]
    uses: dict[int, list[int]] = {}
    for left, right in productions.productions:
        uses.setdefault(right[end], []).append(left)
    pending = list(range(count))
    while pending:
        symbol = pending.pop()
        for left in uses.get(symbol, ()):
            if found[symbol] & ~found[left]:
                found[left] |= found[symbol]
                pending.append(left)
    return found
