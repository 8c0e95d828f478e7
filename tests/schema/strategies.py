"""Schemas of the first cut and JSON values, drawn from one small world so that they often meet."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = ("a", "b", "c")
TEXTS = ("", "a", "b", "ab", "ba", "abc", "é", "\U0001f600", '"')
NUMBERS = (0, 1, 2, 3, -1, 10, 100, 0.5, 1.0, 1.5, -0.5, 2.25, 99.99, -10.0)
PATTERNS = ("a", "^a", "b$", "^[ab]*$", "^.{2}$", "^$", "c|^b")
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
TARGETS = ("d0", "d1", "d2")

scalars = st.one_of(st.none(), st.booleans(), st.sampled_from(NUMBERS), st.sampled_from(TEXTS))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from((*NAMES, "d")), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def documents(draw: st.DrawFn, draft: str = "2020-12") -> dict[str, Any]:
    """A schema with three definitions, which may refer to one another, but only through properties and items."""
    keyword = "definitions" if draft in ("4", "6", "7") else "$defs"
    root = draw(_schemas(draft, fuel=3, can_refer=True))
    if "$ref" in root and draft in ("4", "6", "7"):
        root = {"anyOf": [{"$ref": root["$ref"]}]}
    return {**root, keyword: {name: draw(_schemas(draft, fuel=2, can_refer=False)) for name in TARGETS}}


@st.composite
def _schemas(draw: st.DrawFn, draft: str, fuel: int, can_refer: bool) -> dict[str, Any]:
    place = "definitions" if draft in ("4", "6", "7") else "$defs"
    schema: dict[str, Any] = {}
    available = [*_SCALAR_KEYWORDS, *(_APPLICATORS if fuel else ())]
    for name in draw(st.lists(st.sampled_from(available), max_size=4, unique=True)):
        schema.update(draw(_keyword(name, draft, fuel)))
    if draw(st.booleans()):
        schema["type"] = draw(
            st.one_of(st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), min_size=1, unique=True))
        )
    if can_refer and draw(st.integers(0, 4)) == 0:
        schema["$ref"] = f"#/{place}/{draw(st.sampled_from(TARGETS))}"
    return schema


_SCALAR_KEYWORDS = ("enum", "const", "minimum", "maximum", "exclusive", "lengths", "pattern", "items-count", "required")
_APPLICATORS = ("properties", "additionalProperties", "items", "prefixItems", "anyOf")


@st.composite
def _keyword(draw: st.DrawFn, name: str, draft: str, fuel: int) -> dict[str, Any]:
    small = st.integers(0, 3)
    numbers = st.sampled_from(NUMBERS)
    is_old = draft in ("4", "6", "7", "2019-09")
    below = _children(draft, fuel - 1)
    if name == "enum":
        return {"enum": draw(st.lists(values, min_size=1, max_size=4))}
    if name == "const":
        return {"const": draw(values)}
    if name in ("minimum", "maximum"):
        return {name: draw(numbers)}
    if name == "exclusive":
        if draft == "4":
            return {"minimum": draw(numbers), "exclusiveMinimum": draw(st.booleans())}
        return {draw(st.sampled_from(("exclusiveMinimum", "exclusiveMaximum"))): draw(numbers)}
    if name == "lengths":
        return {draw(st.sampled_from(("minLength", "maxLength"))): draw(small)}
    if name == "pattern":
        return {"pattern": draw(st.sampled_from(PATTERNS))}
    if name == "items-count":
        return {draw(st.sampled_from(("minItems", "maxItems"))): draw(small)}
    if name == "required":
        return {"required": draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))}
    if name == "properties":
        return {name: draw(st.dictionaries(st.sampled_from(NAMES), below, max_size=3))}
    if name == "additionalProperties":
        return {name: draw(st.one_of(st.booleans(), below))}
    if name == "items":
        return {name: draw(below)}
    if name == "prefixItems":
        return {"items" if is_old else name: draw(st.lists(below, min_size=1, max_size=2))}
    return {name: draw(st.lists(_schemas(draft, fuel - 1, can_refer=False), min_size=1, max_size=3))}


def _children(draft: str, fuel: int) -> st.SearchStrategy[Any]:
    booleans = () if draft == "4" else (st.booleans(),)
    return st.one_of(*booleans, _schemas(draft, fuel, can_refer=True), _schemas(draft, fuel, can_refer=True))
