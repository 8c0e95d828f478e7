"""Decimals within bounds: as ECMA-262 patterns of their texts, and as JSON Schemas of numbers.

pydantic reads a JSON number as a binary float first, so that only numbers of at most 15 digits are surely what was
written. Others are written as strings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any, Final

__all__ = ["DECIMAL", "INTEGER", "NUMBER", "at_least", "at_most", "number_schemas", "of_places", "text_schema"]

_WHOLE: Final = "(?:0|[1-9][0-9]*)"
_UNSIGNED: Final = rf"{_WHOLE}(?:\.[0-9]+)?"
INTEGER: Final = "^(?:0|-?[1-9][0-9]*)$"
DECIMAL: Final = f"^-?{_UNSIGNED}$"
NUMBER: Final = f"^-?{_UNSIGNED}(?:[eE][+-]?[0-9]+)?$"

_EXACT_DIGITS: Final = 15
"""Any decimal of so many digits is spelled as before when it has been a binary float."""
_EXACT_PLACES: Final = 9
"""After the point, where more are allowed; so many that six are left before it."""
_NORMAL_DIGITS: Final = 28
"""Those that pydantic counts; further ones it rounds."""


def at_least(bound: Decimal, *, is_strict: bool) -> str:
    """The texts of decimals that are at least, or above, a bound."""
    if bound > 0:
        return f"^{_above(bound, is_strict)}$"
    if bound == 0:
        return f"^{_above(bound, True)}$" if is_strict else rf"^(?:{_UNSIGNED}|-0(?:\.0+)?)$"
    return f"^(?:{_UNSIGNED}|-(?:{_below(-bound, is_strict)}))$"


def at_most(bound: Decimal, *, is_strict: bool) -> str:
    """The texts of decimals that are at most, or below, a bound."""
    if bound < 0:
        return f"^-{_above(-bound, is_strict)}$"
    if bound == 0:
        return f"^-{_above(bound, True)}$" if is_strict else rf"^(?:-{_UNSIGNED}|0(?:\.0+)?)$"
    return f"^(?:-{_UNSIGNED}|{_below(bound, is_strict)})$"


def of_places(places: int) -> str:
    """The texts of decimals that have no more digits behind the point, but for zeros."""
    return rf"^[^.]*(?:\.[0-9]{{0,{places}}}0*)?$"


def _parts(bound: Decimal) -> tuple[str, str]:
    whole, _, fraction = format(bound, "f").partition(".")
    return whole, fraction.rstrip("0")


def _above(bound: Decimal, is_strict: bool) -> str:
    """Magnitudes of a bound, unless it is strict, and more."""
    whole, fraction = _parts(bound)
    larger = [f"[1-9][0-9]{{{len(whole)},}}"]
    for at, digit in enumerate(whole):
        if digit < "9":
            larger.append(f"{whole[:at]}[{int(digit) + 1}-9][0-9]{{{len(whole) - at - 1}}}")
    more = "[0-9]*[1-9][0-9]*" if is_strict else "[0-9]*"
    if fraction:
        ways = [f"{fraction[:at]}[{int(digit) + 1}-9][0-9]*" for at, digit in enumerate(fraction) if digit < "9"]
        same = rf"{whole}\.(?:{'|'.join([*ways, fraction + more])})"
    else:
        same = rf"{whole}\.{more}" if is_strict else rf"{whole}(?:\.[0-9]+)?"
    return rf"(?:(?:{'|'.join(larger)})(?:\.[0-9]+)?|{same})"


def _below(bound: Decimal, is_strict: bool) -> str:
    """Magnitudes of a bound that isn't 0, unless it is strict, and less."""
    whole, fraction = _parts(bound)
    smaller = ["0", f"[1-9][0-9]{{0,{len(whole) - 2}}}"] if len(whole) > 1 else []
    for at, digit in enumerate(whole):
        least = 1 if at == 0 and len(whole) > 1 else 0
        if int(digit) > least:
            smaller.append(f"{whole[:at]}[{least}-{int(digit) - 1}][0-9]{{{len(whole) - at - 1}}}")
    ways = [rf"(?:{'|'.join(smaller)})(?:\.[0-9]+)?"] if smaller else []
    if fraction:
        less = [f"{fraction[:at]}[0-{int(digit) - 1}][0-9]*" for at, digit in enumerate(fraction) if digit > "0"]
        less += [fraction[:at] for at in range(1, len(fraction))]
        ways.append(rf"{whole}(?:\.(?:{'|'.join([*less, *([] if is_strict else [fraction + '0*'])])}))?")
    elif not is_strict:
        ways.append(rf"{whole}(?:\.0+)?")
    return f"(?:{'|'.join(ways)})"


def _ways(schema: Mapping[str, Any], most: int) -> list[tuple[int | None, int | None]]:
    """Digits before the point and behind it, at most, that are allowed together; None for any number."""
    digits, places = schema.get("max_digits"), schema.get("decimal_places")
    if digits is None:
        return [(None, places)]
    if places is not None:
        return [(max(0, digits - places), min(digits, places))]
    digits = min(digits, most)
    return [(whole, digits - whole) for whole in range(digits + 1)]


def _has_zero(schema: Mapping[str, Any]) -> bool:
    # pydantic counts one digit before the point in 0, and none in 0.1
    digits, places = schema.get("max_digits"), schema.get("decimal_places")
    return digits is None or digits > (places or 0)


def text_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Strings of the decimals that a core schema describes. Its ``multiple_of`` isn't asserted."""
    ways = []
    for whole, places in _ways(schema, _NORMAL_DIGITS):
        if whole is not None:
            whole = min(whole, _NORMAL_DIGITS)
        before = _WHOLE if whole is None else "0" if whole == 0 else f"(?:0|[1-9][0-9]{{0,{whole - 1}}})"
        behind = r"\.[0-9]+" if places is None else r"\.0+" if places == 0 else rf"\.[0-9]{{1,{places}}}0*"
        ways.append(f"{before}(?:{behind})?")
    made = {"type": "string", "pattern": f"^-?(?:{'|'.join(ways)})$"}
    bounds = [
        {"pattern": pattern(Decimal(schema[name]), is_strict=name in ("gt", "lt"))}
        for name, pattern in (("ge", at_least), ("gt", at_least), ("le", at_most), ("lt", at_most))
        if _is_finite(schema.get(name))
    ]
    if not _has_zero(schema):
        bounds.append({"pattern": "[1-9]"})
    return {**made, "allOf": bounds} if bounds else made


def number_schemas(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Numbers that stay, read as floats, the decimals that a core schema describes."""
    step = schema.get("multiple_of")
    made = []
    for whole, places in _ways(schema, _EXACT_DIGITS):
        if step is not None:
            behind = max(0, -int(Decimal(step).normalize().as_tuple().exponent))
            places = behind if places is None else min(places, behind)
        if places is not None and (whole is None or whole + places > _EXACT_DIGITS):
            places = min(places, _EXACT_PLACES)
        room = _EXACT_DIGITS - (places or 0)
        limit = 10 ** (room if whole is None else min(whole, room))
        one: dict[str, Any] = {"type": "number", "exclusiveMinimum": -limit, "exclusiveMaximum": limit}
        if step is not None:
            one["multipleOf"] = _plain(Decimal(step))
        if places is not None:
            unit = {"multipleOf": float(f"1e-{places}") if places else 1}
            one.update(unit if step is None else {"allOf": [unit]})
        _bound(one, schema, places, limit)
        if not _has_zero(schema):
            one["not"] = {"const": 0}
        made.append(one)
    return made


def _bound(one: dict[str, Any], schema: Mapping[str, Any], places: int | None, limit: int) -> None:
    """Add the lower and upper bound of a core schema, where they are narrower than the limit."""
    for names, keyword, sign in ((("ge", "gt"), "Minimum", 1), (("le", "lt"), "Maximum", -1)):
        for name in names:
            if not _is_finite(schema.get(name)) or sign * Decimal(schema[name]) <= -limit:
                continue
            bound = Decimal(schema[name])
            is_strict = name in ("gt", "lt")
            if places is None and bound != 0:
                # what is rounded must not reach a bound that it may not have
                bound, is_strict = _float_within(bound, sign, is_strict), False
            elif places is not None:
                rounding = ROUND_CEILING if (sign > 0) != is_strict else ROUND_FLOOR
                bound = bound.quantize(Decimal(1).scaleb(-places), rounding, Context(prec=1000))
            one[f"exclusive{keyword}" if is_strict else keyword.lower()] = _plain(bound)


def _float_within(bound: Decimal, sign: int, is_strict: bool) -> Decimal:
    number = float(bound)
    while sign * (Decimal(repr(number)) - bound) < 0 or (is_strict and Decimal(repr(number)) == bound):
        number = math.nextafter(number, sign * math.inf)
    return Decimal(repr(number))


def _is_finite(bound: Any) -> bool:
    return bound is not None and Decimal(bound).is_finite()


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
