"""Objects and arrays under many conditions at once, values of the same small world, and texts read byte by byte."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from structgen.automaton.runtime import Runtime
from structgen.schema.automaton import document
from structgen.schema.documents import load
from structgen.schema.terms import Term
from structgen.schema.writing import PropertyOrder, Writing

NAMES = ("a", "b", "ab", "c", "")
PATTERNS = ("^a", "b$", "^a?$", "^(a|b)$", "c", "^ab?$", "^[ab]{0,2}$", "^[a-z]+$")
LEAVES: tuple[Any, ...] = (
    True,
    False,
    {"type": "integer"},
    {"type": "string"},
    {"const": 1},
    {"const": "a"},
    {"enum": [1, 2, "a"]},
    {"enum": [1, 2]},
    {"type": ["string", "null"]},
    {"minimum": 2},
    {"type": "boolean"},
    {"type": "string", "maxLength": 1},
    {"enum": [1, 2, 3, [1], {"a": 1}]},
    {"minLength": 2},
)

scalars = st.sampled_from((None, True, False, 0, 1, 1.0, 2, 3, -1, 1.5, "", "a", "b", "ab", "abc"))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from((*NAMES, "bc", "d")), inner, max_size=4)
    ),
    max_leaves=10,
)
_counts = st.integers(0, 3)


@st.composite
def schemas(draw: st.DrawFn, fuel: int = 2) -> dict[str, Any]:
    """A schema of draft 2020-12 that mostly says something about objects, or about arrays, or both."""
    kind = draw(st.sampled_from(("object", "object", "array", "array", "both")))
    schema: dict[str, Any] = {}
    for keywords, name in ((_OBJECT, "object"), (_ARRAY, "array")):
        if kind in (name, "both"):
            for keyword in draw(st.lists(st.sampled_from(keywords), min_size=1, max_size=5, unique=True)):
                schema.update(draw(_keyword(keyword, fuel)))
    if kind != "both" and draw(st.booleans()):
        schema["type"] = kind
    if fuel and draw(st.integers(0, 2)) == 0:
        schema.update(draw(_combination(fuel - 1)))
    return schema


_OBJECT = (
    *("properties", "properties", "required", "patternProperties", "additionalProperties", "propertyNames"),
    *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas"),
)
_ARRAY = ("prefixItems", "items", "contains", "counted contains", "uniqueItems", "uniqueItems", "minItems", "maxItems")


def _below(fuel: int) -> st.SearchStrategy[Any]:
    leaves = st.sampled_from(LEAVES)
    return st.one_of(leaves, leaves, schemas(fuel - 1)) if fuel > 0 else leaves


@st.composite
def _keyword(draw: st.DrawFn, keyword: str, fuel: int) -> dict[str, Any]:
    below = _below(fuel)
    names = st.sampled_from(NAMES)
    if keyword in ("minProperties", "maxProperties", "minItems", "maxItems"):
        return {keyword: draw(_counts)}
    if keyword == "required":
        return {keyword: draw(st.lists(names, min_size=1, max_size=2, unique=True))}
    if keyword in ("properties", "dependentSchemas"):
        return {keyword: draw(st.dictionaries(names, below, min_size=1, max_size=3))}
    if keyword == "patternProperties":
        return {keyword: draw(st.dictionaries(st.sampled_from(PATTERNS), below, min_size=1, max_size=2))}
    if keyword == "propertyNames":
        patterns = st.sampled_from(PATTERNS).map(lambda pattern: {"pattern": pattern})
        return {keyword: draw(st.one_of(patterns, st.just({"enum": ["a", "b", "c"]}), st.just({"maxLength": 1})))}
    if keyword == "dependentRequired":
        return {keyword: draw(st.dictionaries(names, st.lists(names, max_size=1), min_size=1, max_size=1))}
    if keyword == "prefixItems":
        return {keyword: draw(st.lists(below, min_size=1, max_size=2))}
    if keyword == "uniqueItems":
        return {keyword: True}
    if keyword == "counted contains":
        return {"contains": draw(below), "minContains": draw(_counts), "maxContains": draw(_counts)}
    return {keyword: draw(below)}


@st.composite
def _combination(draw: st.DrawFn, fuel: int) -> dict[str, Any]:
    inner = schemas(fuel)
    keyword = draw(st.sampled_from(("oneOf", "anyOf", "allOf", "not", "if")))
    if keyword == "not":
        return {keyword: draw(inner)}
    if keyword == "if":
        return {keyword: draw(inner), "then": draw(inner), "else": draw(inner)}
    return {keyword: draw(st.lists(inner, min_size=2, max_size=2))}


class Texts:
    """The texts of a schema, or of a term."""

    def __init__(
        self, schema: Any, order: PropertyOrder = "any", writing: Writing | None = None, runtime: Runtime | None = None
    ) -> None:
        self.term = schema if isinstance(schema, Term) else load(schema)
        self.runtime = Runtime(reach=8, capacity=1 << 16) if runtime is None else runtime
        self.machine = self.runtime.machine
        control = document(self.runtime, self.term, Writing(order, 3) if writing is None else writing)
        self.start = self.runtime.start(control)

    def accepts(self, text: str) -> bool:
        """Whether the text is one of them."""
        state = self.machine.advance(self.start, text.encode())
        return state >= 0 and self.machine.accepting_frames(state)[0]

    def begins(self, text: str) -> bool:
        """Whether some text of them begins so."""
        return self.machine.advance(self.start, text.encode()) >= 0

    def walk(self, rng: random.Random, steps: int = 2_000) -> str:
        """A text at random, which comes to its end the more eagerly the longer it is."""
        state, data = self.start, bytearray()
        for step in range(steps):
            live = self.machine.live_bytes(state)
            may_end = self.machine.accepting_frames(state)[0]
            assert live or may_end, f"dead end after {bytes(data)!r}"
            if may_end and (not live or rng.random() < 0.2 + step / 200):
                return data.decode()
            closers = [byte for byte in live if byte in b'"}]:']
            letters = [byte for byte in live if byte in b'abc12,{[-"}]']
            eagerness = max(0.3, step / 200)
            if rng.random() < 0.1:
                letters = live  # a number that is no integer needs its point some day
            byte = rng.choice(closers if closers and rng.random() < eagerness else letters or live)
            state = self.machine.advance(state, bytes((byte,)))
            data.append(byte)
        raise AssertionError(f"no end after {bytes(data)!r}")
