"""Random patterns and texts for differential tests, from a seed."""

from __future__ import annotations

import random
from typing import Final

from structgen.regex import Node, transitions

__all__ = ["ALPHABET", "PatternWriter", "mutate", "random_text", "walk"]

# Letters with unusual case (Kelvin sign, long s, dotless i, sharp s), digits of two scripts, separators, and characters
# of three and four bytes of UTF-8.
ALPHABET: Final = "aabbcAB1_ \n-kKsSſıiİéÉßẞµμΣςσ中٣😀"
_ESCAPED: Final = set("\\^$.|?*+()[]{}-/ \n")


class PatternWriter:
    """Writes random patterns that one dialect accepts, without assertions or Unicode for a simpler engine."""

    def __init__(
        self, chance: random.Random, *, ecma: bool = False, context: bool = True, unicode: bool = True
    ) -> None:
        self.chance = chance
        self.ecma = ecma
        self.context = context
        self.alphabet = ALPHABET if unicode else "aabbc1_ -"

    def literal(self) -> str:
        character = self.chance.choice(self.alphabet)
        if character == "\n":
            return r"\n"
        if character == " " or character == "-":
            return character
        return "\\" + character if character in _ESCAPED else character

    def member(self) -> str:
        kind = self.chance.randrange(10)
        if kind < 5:
            character = self.chance.choice(self.alphabet)
            return {"\n": r"\n", "-": r"\-"}.get(character, character)
        if kind < 8:
            low, high = sorted([self.chance.choice("abcxyzABZ019éßſK中"), self.chance.choice("abcxyzABZ019éßſK中")])
            return f"{low}-{high}"
        return self.chance.choice([r"\d", r"\w", r"\s", r"\D", r"\W", r"\S"])

    def character_class(self) -> str:
        negation = self.chance.choice(["", "", "^"])
        return f"[{negation}{''.join(self.member() for _ in range(self.chance.randint(1, 3)))}]"

    def atom(self, depth: int, width: int | None = None) -> str:
        kind = self.chance.randrange(14)
        if kind < 6:
            return self.literal()
        if kind < 8:
            return self.character_class()
        if kind < 9:
            return self.chance.choice([r"\d", r"\w", r"\s", r"\D", r"\W", r"\S"])
        if kind < 10 or depth <= 0:
            return "."
        if width is not None:
            return self.literal()
        return f"{self.chance.choice(['(?:', '(?:', '('])}{self.pattern(depth - 1)})"

    def quantifier(self) -> str:
        low = self.chance.randint(0, 3)
        counts = [
            "*", "+", "?", f"{{{low}}}", f"{{{low},}}", f"{{{low},{low + self.chance.randint(0, 2)}}}",
        ]  # fmt: skip
        return self.chance.choice(counts) + self.chance.choice(["", "", "?"])

    def assertion(self, depth: int) -> str:
        anchors = ["^", "$", r"\b", r"\B"]
        if not self.ecma:
            anchors += [r"\A", r"\Z"]
        if depth <= 0 or self.chance.random() < 0.5:
            return self.chance.choice(anchors)
        if self.chance.random() < 0.5:
            return f"(?{self.chance.choice('=!')}{self.pattern(depth - 1)})"
        behind = self.chance.choice(["<=", "<!"])
        if self.ecma:
            return f"(?{behind}{self.pattern(depth - 1)})"
        # Python wants one width.
        width = self.chance.randint(1, 3)
        return f"(?{behind}{''.join(self.atom(0, width) for _ in range(width))})"

    def term(self, depth: int) -> str:
        if self.context and self.chance.random() < 0.17:
            assertion = self.assertion(depth)
            if self.chance.random() < 0.2:
                return f"(?:{assertion}){self.quantifier()}"
            return assertion
        atom = self.atom(depth)
        return atom + self.quantifier() if self.chance.random() < 0.35 else atom

    def pattern(self, depth: int) -> str:
        alternatives = []
        for _ in range(self.chance.choice([1, 1, 1, 2, 3])):
            alternatives.append("".join(self.term(depth) for _ in range(self.chance.randint(0 if depth < 2 else 1, 4))))
        text = "|".join(alternatives)
        if not self.ecma and self.context and self.chance.random() < 0.06:
            return f"(?{self.chance.choice(['i', 's', 'm', 'a', 'is', '-i', 'i-s'])}:{text})"
        return text


def random_text(chance: random.Random, alphabet: str, longest: int = 7) -> str:
    return "".join(chance.choice(alphabet) for _ in range(chance.randint(0, longest)))


def mutate(chance: random.Random, text: str, alphabet: str) -> str:
    """One edit: a character inserted, deleted, replaced, or its case swapped."""
    at = chance.randint(0, len(text))
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + chance.choice(alphabet) + text[at:]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + chance.choice(alphabet) + text[at + 1 :]
    return text[:at] + text[at : at + 1].swapcase() + text[at + 1 :]


def walk(chance: random.Random, node: Node, longest: int = 12) -> str | None:
    """A member of the language by a random walk; None where none was met in time."""
    text = ""
    for _ in range(longest):
        if node.nullable and chance.random() < 0.3:
            return text
        edges = transitions(node)
        if not edges:
            break
        charset, node = chance.choice(edges)
        if chance.random() < 0.6:
            known = [character for character in ALPHABET if character in charset]
            text += chance.choice(known) if known else charset.representative()
        else:
            low, high = chance.choice(charset.ranges)
            text += chr(chance.randint(low, high))
    return text if node.nullable else None
