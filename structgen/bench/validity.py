"""Whether a text is JSON that a schema accepts, by ``jsonschema`` with formats asserted: no code shared with structgen.

Numbers are decimals here, so that 4.99 is a multiple of 0.01. The checkers of formats are stricter or laxer than the
RFCs in places (leap seconds, durations), and need the packages of ``jsonschema[format]``; without, they check less.
"""

from __future__ import annotations

import decimal
import importlib
import json
from decimal import Decimal
from typing import Any, Final, Literal

import jsonschema

Verdict = Literal["valid", "invalid", "not JSON", "unknown"]

_DIGITS: Final = 1000
"""Of a decimal: a remainder by a number of more digits is an error, and the verdict unknown."""


class Validator:
    """Judges texts by one schema. ``$schema`` tells the draft, by default 2020-12. Nothing is fetched."""

    def __init__(self, schema: Any, *, formats: str = "assert") -> None:
        cls: Any = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
        # Of drafts 3 and 4, 1.0 is no integer.
        self._is_strict = cls in (jsonschema.Draft3Validator, jsonschema.Draft4Validator)
        self._validator = cls(
            self._read(json.dumps(schema)),
            registry=importlib.import_module("jsonschema_specifications").REGISTRY,
            format_checker=cls.FORMAT_CHECKER if formats == "assert" else None,
        )

    def judge(self, text: str | bytes) -> Verdict:
        """Return the verdict on a text, in UTF-8; "unknown" where ``jsonschema`` itself can't apply the schema."""
        try:
            value = self._read(text.decode("utf-8") if isinstance(text, bytes) else text)
        except (ValueError, RecursionError):
            return "not JSON"
        except decimal.InvalidOperation:  # an exponent that no decimal has
            return "unknown"
        try:
            with decimal.localcontext(prec=_DIGITS, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN):
                return "valid" if self._validator.is_valid(value) else "invalid"
        except Exception:  # unresolvable references, patterns that Python's re can't read, recursion without end
            return "unknown"

    def _read(self, text: str) -> Any:
        return json.loads(text, parse_float=Decimal if self._is_strict else _number, parse_constant=_refuse)


def _number(text: str) -> int | Decimal:
    value = Decimal(text)
    is_short = abs(value.adjusted()) < _DIGITS
    return int(value) if is_short and value == value.to_integral_value() else value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def first_json(text: str) -> str | None:
    """The first JSON object or array in a text, as it is written; None where there is none.

    So a free answer is read as kindly as an application would: with prose or a code fence around it.
    """
    decoder = json.JSONDecoder()
    for start, character in enumerate(text):
        if character in "{[":
            try:
                return text[start : decoder.raw_decode(text, start)[1]]
            except (ValueError, RecursionError):
                continue
    return None
