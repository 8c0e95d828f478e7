"""Every keyword of every draft against other validators, through matchers: what is accepted is what is valid.

``STRUCTGEN_FUZZ`` is the number of pairs of schema and value for each draft. A pair counts only if
`jsonschema` and `jsonschema-rs` agree on it.
"""

from __future__ import annotations

import datetime
import json
import os
import random
import re
from collections import Counter
from decimal import Decimal
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structgen import CompiledGrammar
from structgen.errors import LimitExceededError, UnsatisfiableSchemaError
from structgen.schema.references import DRAFTS
from tests.schema.acceptance import VOCABULARY, accepts_value, compiled
from tests.schema.all_keywords import documents, hints, values
from tests.schema.second_oracle import second_oracle
from tests.vocabularies import tokens_of

VALUES = 8
SCHEMAS = max(1, int(os.environ.get("STRUCTGEN_FUZZ", "400")) // VALUES)
FORMATS = jsonschema.FormatChecker(("ipv4",))
unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=SCHEMAS)


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    # Python's years begin with 1, those of RFC 3339 with 0, which is a leap year as 2000 is.
    if isinstance(value, str):
        text = value.replace("0000", "2000", 1) if value.startswith("0000") else value
        return bool(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value)) and bool(datetime.date.fromisoformat(text))
    return True


def _canonical(value: Any) -> Any:
    """What equal JSON values, and no others, have in common."""
    if isinstance(value, list):
        return ("list", *[_canonical(item) for item in value])
    if isinstance(value, dict):
        return ("dict", frozenset((name, _canonical(item)) for name, item in value.items()))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ("number", Decimal(value))
    return (type(value).__name__, value)


def _unique_items(validator: Any, is_unique: Any, instance: Any, schema: Any) -> Any:
    # jsonschema's own compares neighbours of a sorted list, where 1 and true may come to stand between two equal items.
    if is_unique and validator.is_type(instance, "array"):
        seen = [_canonical(item) for item in instance]
        if len(set(seen)) < len(seen):
            yield jsonschema.ValidationError("repeated")


def _multiple_of(validator: Any, divisor: Any, instance: Any, schema: Any) -> Any:
    # jsonschema's own divides binary floats.
    if validator.is_type(instance, "number") and Decimal(repr(instance)) % Decimal(repr(divisor)):
        yield jsonschema.ValidationError("no multiple")


def _oracle(draft: str, schema: Any) -> Any:
    base = jsonschema.validators.validator_for({"$schema": DRAFTS[draft].uri})
    extend: Any = jsonschema.validators.extend
    keywords = {"uniqueItems": _unique_items, "multipleOf": _multiple_of}
    additional_items = base.VALIDATORS.get("additionalItems")
    if additional_items is not None:

        def _additional_items(validator: Any, additional: Any, instance: Any, schema: Any) -> Any:
            # jsonschema's own fails where 'items' is a boolean.
            if isinstance(schema.get("items"), list):
                yield from additional_items(validator, additional, instance, schema) or ()

        keywords["additionalItems"] = _additional_items
    exact = extend(base, keywords)
    return exact(schema, format_checker=FORMATS)


@pytest.mark.parametrize("draft", list(DRAFTS))
def test_what_is_accepted_is_what_is_valid(draft: str) -> None:
    seen: Counter[str] = Counter()

    @unhurried
    @given(documents(draft), st.lists(values, min_size=VALUES, max_size=VALUES), st.randoms(use_true_random=False))
    def agrees(schema: dict[str, Any], instances: list[Any], rng: random.Random) -> None:
        schema = {"$schema": DRAFTS[draft].uri, **schema}
        oracle, second = _oracle(draft, schema), second_oracle(draft, schema)
        try:
            grammar: CompiledGrammar | None = compiled(schema)
        except UnsatisfiableSchemaError:
            grammar = None
            seen["unsatisfiable"] += 1
        except LimitExceededError:
            seen["beyond a limit"] += 1
            return
        for instance in [*instances, *hints(schema)]:
            try:
                is_valid = oracle.is_valid(instance)
            except TypeError:  # jsonschema's own, for keywords beside a boolean 'items'
                seen["disputed"] += 1
                continue
            if second.is_valid(instance) != is_valid:
                seen["disputed"] += 1
                continue
            seen["valid" if is_valid else "invalid"] += 1
            assert (grammar is not None and accepts_value(grammar, instance)) == is_valid, (schema, instance)
        if grammar is not None:
            text = _walk(grammar, rng)
            seen["unfinished" if text is None else "walked"] += 1
            if text is not None:
                instance = json.loads(text)
                if "inf" in repr(instance):  # a number beyond the other validators
                    return
                assert oracle.is_valid(instance) or second.is_valid(instance), (schema, text)

    agrees()
    assert seen["beyond a limit"] <= SCHEMAS // 50, seen
    assert min(seen["valid"], seen["invalid"], seen["walked"]) >= SCHEMAS // 4, seen
    assert seen["disputed"] <= (seen["valid"] + seen["invalid"]) // 20, seen


def _walk(grammar: CompiledGrammar, rng: random.Random, longest: int = 400) -> str | None:
    """A text that the masks lead to, which tends to its end; None where it gets too long."""
    matcher = grammar.matcher()
    row = np.zeros(VOCABULARY.bitmask_words, np.int32)
    text = bytearray()
    while len(text) < longest:
        if matcher.is_accepting() and rng.random() < 0.7:
            return text.decode()
        matcher.fill_bitmask(row)
        allowed = sorted(tokens_of(row) - {256} - set(b" \t\n\r"))
        if not allowed:
            assert matcher.is_accepting(), bytes(text)
            return text.decode()
        closing = [byte for byte in allowed if byte in b']}"']
        # Long numbers are beyond the other validators.
        is_long = text[-9:].isdigit() and len(text) > 9
        plain = [byte for byte in allowed if byte < 0x80 and not (is_long and byte in b"0123456789eE")]
        byte = rng.choice(closing if closing and rng.random() < 0.5 else plain or allowed)
        assert matcher.accept_token(byte), bytes(text)
        text.append(byte)
    return None
