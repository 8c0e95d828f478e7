"""Schemas of every keyword of a draft, nested and contradictory too, and values of the same small world."""

from __future__ import annotations

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

__all__ = ["documents", "hints", "values"]

NAMES = ("a", "b", "ab", "c")
TEXTS = ("", "a", "b", "ab", "ba", "abc", "é", "2024-02-29", "127.0.0.1")
NUMBERS = (0, 1, 2, 3, 4, 6, -1, -2, 10, 0.5, 1.0, 1.5, -0.5, 2.25)
BOUNDS = (0, 1, 2, 3, -1, 0.5, 1.5, 10)
DIVISORS = (1, 2, 3, 0.5, 1.5, 0.25)
PATTERNS = ("a", "^a", "b$", "^[ab]*$", "^.{2}$", "^$", "c|^b", "^[^a]")
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
FORMATS = ("date", "ipv4")
TARGETS = ("d0", "d1", "d2")

scalars = st.one_of(st.none(), st.booleans(), st.sampled_from(NUMBERS), st.sampled_from(TEXTS))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from((*NAMES, "d")), inner, max_size=4)
    ),
    max_leaves=8,
)
counts = st.integers(0, 3)
types = st.one_of(st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), min_size=1, max_size=4, unique=True))
names = st.lists(st.sampled_from(NAMES), max_size=3, unique=True)
some_names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)

_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "type": types,
    "enum": st.lists(values, min_size=1, max_size=4),
    "minimum": st.sampled_from(BOUNDS),
    "maximum": st.sampled_from(BOUNDS),
    "multipleOf": st.sampled_from(DIVISORS),
    "minLength": counts,
    "maxLength": counts,
    "pattern": st.sampled_from(PATTERNS),
    "minItems": counts,
    "maxItems": counts,
    "uniqueItems": st.booleans(),
    "minProperties": counts,
    "maxProperties": counts,
    "required": some_names,
    "format": st.sampled_from(FORMATS),
}
_FROM_6 = {
    "const": values,
    "exclusiveMinimum": st.sampled_from(BOUNDS),
    "exclusiveMaximum": st.sampled_from(BOUNDS),
}
_ONE = ("not", "additionalProperties", "items")
_LISTS = ("allOf", "anyOf", "oneOf")
_NAMED = ("properties", "patternProperties")
_OF_DRAFT: dict[str, tuple[str, ...]] = {
    "4": ("additionalItems", "items list", "dependencies"),
    "6": ("additionalItems", "items list", "dependencies", "contains", "propertyNames"),
    "7": ("additionalItems", "items list", "dependencies", "contains", "propertyNames", "if"),
    "2019-09": (
        *("additionalItems", "items list", "contains", "counted contains", "propertyNames", "if", "dependentSchemas"),
        *("dependentRequired", "unevaluatedItems", "unevaluatedProperties", "unevaluatedProperties"),
    ),
    "2020-12": (
        *("prefixItems", "contains", "counted contains", "propertyNames", "if", "dependentSchemas"),
        *("dependentRequired", "unevaluatedItems", "unevaluatedProperties", "unevaluatedProperties"),
    ),
}


@st.composite
def documents(draw: st.DrawFn, draft: str) -> dict[str, Any]:
    """A schema with three definitions. They are referred to from everywhere but refer to no later one in place."""
    place = "definitions" if draft in ("4", "6", "7") else "$defs"
    definitions = {}
    for number, name in enumerate(TARGETS):
        definitions[name] = draw(_schemas(draft, 2, TARGETS[number + 1 :], in_place=True))
    root = draw(_schemas(draft, 3, TARGETS, in_place=True))
    if not isinstance(root, dict) or ("$ref" in root and draft in ("4", "6", "7")):
        root = {"allOf": [root]}
    document = {**root, place: definitions}
    if draft == "2019-09":
        # There, what `contains` matches isn't evaluated, but other validators take it for that.
        assume(not ("unevaluatedItems" in str(document) and "contains" in str(document)))
    return document


@st.composite
def _schemas(draw: st.DrawFn, draft: str, fuel: int, targets: tuple[str, ...], in_place: bool) -> Any:
    """``targets`` may be referred to ``in_place``; below a property or item, all of them."""
    if draft != "4" and draw(st.integers(0, 11)) == 0:
        return draw(st.sampled_from((True, True, False)))
    scalar = _SCALARS if draft == "4" else {**_SCALARS, **_FROM_6}
    structural = (*_ONE, *_LISTS, *_NAMED, *_OF_DRAFT[draft])
    schema: dict[str, Any] = {}
    for keyword in draw(st.lists(st.sampled_from(list(scalar)), max_size=2, unique=True)):
        schema[keyword] = draw(scalar[keyword])
    if draft == "4" and "minimum" in schema and draw(st.booleans()):
        schema["exclusiveMinimum"] = True
    if fuel:
        for keyword in draw(st.lists(st.sampled_from(structural), max_size=3, unique=True)):
            schema.update(draw(_structural(keyword, draft, fuel - 1, targets)))
    place = "definitions" if draft in ("4", "6", "7") else "$defs"
    reachable = targets if in_place else TARGETS
    if reachable and draw(st.integers(0, 5)) == 0:
        schema["$ref"] = f"#/{place}/{draw(st.sampled_from(reachable))}"
    return schema


@st.composite
def _structural(draw: st.DrawFn, keyword: str, draft: str, fuel: int, targets: tuple[str, ...]) -> dict[str, Any]:
    here = _schemas(draft, fuel, targets, in_place=True)
    below = _schemas(draft, fuel, targets, in_place=False)
    if keyword in _LISTS:
        return {keyword: draw(st.lists(here, min_size=1, max_size=3))}
    if keyword == "not":
        return {keyword: draw(here)}
    if keyword == "properties":
        return {keyword: draw(st.dictionaries(st.sampled_from(NAMES), below, max_size=3))}
    if keyword == "patternProperties":
        return {keyword: draw(st.dictionaries(st.sampled_from(PATTERNS), below, max_size=2))}
    if keyword in ("prefixItems", "items list"):
        return {keyword.removesuffix(" list"): draw(st.lists(below, min_size=1, max_size=3))}
    if keyword == "counted contains":
        return {"contains": draw(below), draw(st.sampled_from(("minContains", "maxContains"))): draw(counts)}
    if keyword == "if":
        branches = {name: draw(here) for name in draw(st.sampled_from((("then",), ("else",), ("then", "else"))))}
        return {"if": draw(here), **branches}
    if keyword == "dependentSchemas":
        return {keyword: draw(st.dictionaries(st.sampled_from(NAMES), here, min_size=1, max_size=2))}
    if keyword == "dependentRequired":
        return {keyword: draw(st.dictionaries(st.sampled_from(NAMES), names, min_size=1, max_size=2))}
    if keyword == "dependencies":
        either = st.one_of(some_names, here)
        return {keyword: draw(st.dictionaries(st.sampled_from(NAMES), either, min_size=1, max_size=2))}
    if draft == "4" and keyword in ("additionalProperties", "additionalItems") and draw(st.booleans()):
        return {keyword: draw(st.booleans())}
    return {keyword: draw(below)}


def hints(schema: Any) -> list[Any]:
    """Values that a schema speaks of, which random ones seldom hit: its constants, and objects of its properties."""
    if isinstance(schema, list):
        return [value for part in schema for value in hints(part)]
    if not isinstance(schema, dict):
        return []
    found = [*schema.get("enum", []), *([schema["const"]] if "const" in schema else [])]
    if isinstance(schema.get("required"), list):
        found.append(dict.fromkeys(schema["required"], 1))
    return found + [value for part in schema.values() for value in hints(part)]
