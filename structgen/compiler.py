"""``compile``: any specification becomes a grammar over a vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Literal

from structgen.errors import ArgumentError, RegexError
from structgen.regex import Node, is_empty, parse, words
from structgen.regex.automaton import plain_text, quotable
from structgen.schema.automaton import document
from structgen.schema.documents import load
from structgen.schema.python_types import read_source
from structgen.schema.writing import DEFAULT_MAX_WHITESPACE, PropertyOrder, Writing
from structgen.tokens.compiled import CompiledGrammar
from structgen.tokens.engine import MaskEngine
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["compile"]


def compile(
    *,
    vocabulary: Vocabulary,
    schema: Any = None,
    regex: str | None = None,
    choices: Iterable[str] | None = None,
    property_order: PropertyOrder = "schema",
    max_whitespace: int | None = DEFAULT_MAX_WHITESPACE,
    dialect: Literal["python", "ecma"] = "python",
) -> CompiledGrammar:
    """Compile one specification. Only its start is built: the rest follows as texts and masks reach it.

    Parameters
    ----------
    schema : dict, bool, JSON string, Pydantic model, dataclass, TypedDict, Enum, Literal, union, function
        The text is a JSON value that is valid; for a function, an object of its parameters.
    regex : str
        The whole text matches this pattern of the given ``dialect``: Python's ``re`` or ECMA-262.
    choices : iterable of str
        The text is one of these.
    property_order : "schema" or "any"
        Whether declared properties are written in their order and before all others, or as they come.
    max_whitespace : int or None
        Bound on bytes of whitespace in a row between two of JSON's tokens; 0 for compact JSON, None for no bound.

    Raises
    ------
    ArgumentError
        Not exactly one specification is given, or an option has no such value.
    SchemaError
        The schema is malformed, unsupported (``UnsupportedSchemaError``), or unsatisfiable
        (``UnsatisfiableSchemaError``).
    RegexError
        The pattern can't be read, isn't regular, or matches nothing.
    LimitExceededError
        The specification passes a documented bound.
    """
    given = [name for name, one in (("schema", schema), ("regex", regex), ("choices", choices)) if one is not None]
    if len(given) != 1:
        raise ArgumentError(
            "exactly one of schema, regex and choices is needed", reason=f"given: {', '.join(given) or 'none'}"
        )
    if property_order not in ("schema", "any"):
        raise ArgumentError(f"property_order is 'schema' or 'any', not {property_order!r}")
    if dialect not in ("python", "ecma"):
        raise ArgumentError(f"dialect is 'python' or 'ecma', not {dialect!r}")
    if regex is not None and not isinstance(regex, str):
        raise ArgumentError("regex is a text", reason=f"got {type(regex).__name__}")
    if max_whitespace is not None and not 0 <= max_whitespace <= 100_000:
        raise ArgumentError(f"max_whitespace is None or from 0 to 100,000, not {max_whitespace!r}")
    if schema is not None:
        characters = quotable(MaskEngine.of(vocabulary).runtime.alphabet)
        term = load(schema if isinstance(schema, (dict, bool)) else read_source(schema).schema, characters)
        writing = Writing(property_order, max_whitespace)
        return CompiledGrammar(vocabulary, partial(document, term=term, writing=writing))
    node = _choices(choices) if regex is None else parse(regex, dialect)
    if is_empty(node):
        raise RegexError("the pattern matches no text", pattern=regex or "")
    return CompiledGrammar(vocabulary, partial(plain_text, nodes=(node,)))


def _choices(choices: Iterable[str] | None) -> Node:
    texts = list(choices or ())
    if isinstance(choices, str) or not texts:
        raise ArgumentError("choices is a collection of at least one text", reason=f"got {choices!r}")
    for text in texts:
        if not isinstance(text, str):
            raise ArgumentError("choices is a collection of texts", reason=f"got {text!r}")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ArgumentError("a choice has a lone surrogate, which UTF-8 can't write", reason=repr(text)) from error
    return words(texts)
