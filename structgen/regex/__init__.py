"""Patterns come in, lazy deterministic automata over characters and bytes go out."""

from structgen.regex.charset import CharSet
from structgen.regex.derivatives import clamp, derivative, is_empty, is_finite, matches, shortest, transitions
from structgen.regex.nodes import (
    ANYTHING,
    EPSILON,
    NOTHING,
    Node,
    characters,
    complement,
    concat,
    intersection,
    literal,
    repeat,
    union,
    words,
)
from structgen.regex.patterns import parse, search
from structgen.regex.spelling import Skeleton, Spelling, skeleton, spell

__all__ = [
    "ANYTHING",
    "EPSILON",
    "NOTHING",
    "CharSet",
    "Node",
    "Skeleton",
    "Spelling",
    "characters",
    "clamp",
    "complement",
    "concat",
    "derivative",
    "intersection",
    "is_empty",
    "is_finite",
    "literal",
    "matches",
    "parse",
    "repeat",
    "search",
    "shortest",
    "skeleton",
    "spell",
    "transitions",
    "union",
    "words",
]
