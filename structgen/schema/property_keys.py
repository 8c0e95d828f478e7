"""The keys of a mapping: from the schema of a key's value to that of its text, which is what JSON has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from structgen.schema import decimal_texts
from structgen.schema.remarks import KEYS, REMARKS

__all__ = ["key_schema"]

_APART: Final = ("title", "description", KEYS, REMARKS)
_Lookup = Callable[[Any], Mapping[str, Any] | None]
"""From a reference to what it means, where that is known."""


def key_schema(schema: Mapping[str, Any] | bool, lookup: _Lookup) -> tuple[Any, list[str]]:
    """The schema of the texts that pydantic reads as values of ``schema``, and what it doesn't assert."""
    remarks: list[str] = []
    return _key(schema, lookup, remarks, ()), remarks


def _key(schema: Any, lookup: _Lookup, remarks: list[str], passed: tuple[str, ...]) -> Any:
    if isinstance(schema, bool):
        return schema
    remarks += [text for _, text in schema.get(REMARKS, ())]
    if "$ref" in schema:
        reference = schema["$ref"]
        target = lookup(reference)
        if target is None or reference in passed:
            remarks.append("keys whose type refers to itself are not asserted")
            return {"type": "string"}
        return _key(target, lookup, remarks, (*passed, reference))
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            ways = [_key(one, lookup, remarks, passed) for one in schema[keyword]]
            kept = [one for one in ways if one is not False]
            return {"anyOf": kept} if kept else False
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        texts = schema.get(KEYS, [one for one in values if isinstance(one, str)])
        return {"enum": texts} if texts else False
    kind = schema.get("type")
    if kind == "string" or kind is None:
        return {keyword: value for keyword, value in schema.items() if keyword not in _APART}
    if kind == "boolean":
        return {"enum": ["true", "false"]}
    if kind in ("integer", "number"):
        return _number(schema, kind, remarks)
    return False


def _number(schema: Mapping[str, Any], kind: str, remarks: list[str]) -> dict[str, Any]:
    bounds = [
        {"pattern": pattern(Decimal(str(schema[keyword])), is_strict=keyword.startswith("exclusive"))}
        for keyword, pattern in (
            ("minimum", decimal_texts.at_least),
            ("exclusiveMinimum", decimal_texts.at_least),
            ("maximum", decimal_texts.at_most),
            ("exclusiveMaximum", decimal_texts.at_most),
        )
        if keyword in schema
    ]
    made: dict[str, Any] = {"type": "string", "pattern": decimal_texts.INTEGER}
    step = Decimal(str(schema.get("multipleOf", 0))).normalize()
    if kind == "number":
        made["pattern"] = decimal_texts.DECIMAL if bounds or step else decimal_texts.NUMBER
    if step.as_tuple().digits == (1,) and step <= 1:
        bounds.append({"pattern": decimal_texts.of_places(-int(step.as_tuple().exponent))})
    elif step:
        remarks.append(f"that keys are multiples of {step} is not asserted")
    return {**made, "allOf": bounds} if bounds else made
