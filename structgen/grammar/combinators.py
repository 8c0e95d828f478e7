"""Grammars from Python: functions that make parts of texts and parts that other functions take in turn.

Every part may be a `Part`, a plain text, which stands for itself, or a whole `Grammar`. Parts follow each other with
nothing in between: an embedded grammar's ignored text stays inside of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict, Unpack

from structgen.errors import ArgumentError, RegexError
from structgen.grammar.expressions import Document, Grammar, Lexer, Terminal
from structgen.grammar.free_text import until_node
from structgen.grammar.parts import Either, Embedded, Leaf, Part, Rule, Series, Times
from structgen.grammar.shelf_files import file_or_text
from structgen.regex import is_empty, parse, words
from structgen.regex import literal as literal_node
from structgen.schema.documents import FormatsOption, load_with_notes
from structgen.schema.python_types import read_source
from structgen.schema.writing import Escapes, PropertyOrder, Whitespace, Writing

if TYPE_CHECKING:
    import referencing

    from structgen.grammar.reading import Notation

__all__ = [
    "AnyPart",
    "SchemaOptions",
    "choice",
    "embed",
    "lark",
    "optional",
    "part_of",
    "regex",
    "repeat",
    "rule",
    "schema",
    "sequence",
    "text",
    "until",
]

AnyPart: TypeAlias = str | Part | Grammar
"""What every combinator takes; a str is a literal text."""


class SchemaOptions(TypedDict, total=False):
    """How a schema is read and written; see ``structgen.compile``."""

    draft: Literal["4", "6", "7", "2019-09", "2020-12"] | None
    formats: FormatsOption
    registry: referencing.Registry[Any] | None
    property_order: PropertyOrder
    whitespace: Whitespace
    max_whitespace: int | None
    indent: int
    ensure_ascii: bool
    escapes: Escapes


_OF_READING: Final = ("draft", "formats", "registry")


def text(literal: str) -> Part:
    """The text itself. Elsewhere a plain str means the same.

    Raises
    ------
    ArgumentError
        It is no text, or UTF-8 can't write it.
    """
    if not isinstance(literal, str):
        raise ArgumentError("a literal is a text", reason=f"got {type(literal).__name__}")
    try:
        literal.encode()
    except UnicodeEncodeError as error:
        raise ArgumentError("a text has a lone surrogate, which UTF-8 can't write", reason=repr(literal)) from error
    if not literal:
        return Series(())
    return Leaf(Terminal(repr(literal), literal_node(literal), is_literal=True), literal)


def sequence(*parts: AnyPart) -> Part:
    """The parts one after the other; without any, the empty text."""
    found: list[Part] = []
    for part in _flat(parts, Series):
        last = found[-1] if found else None
        if isinstance(part, Leaf) and isinstance(last, Leaf) and part.literal and last.literal:
            found[-1] = text(last.literal + part.literal)
        else:
            found.append(part)
    return found[0] if len(found) == 1 else Series(tuple(found))


def choice(*parts: AnyPart) -> Part:
    """Any of the parts.

    Raises
    ------
    ArgumentError
        There is none.
    """
    if not parts:
        raise ArgumentError("a choice is between parts", reason="none is given")
    found = list(_flat(parts, Either))
    texts = [part.literal for part in found if isinstance(part, Leaf) and part.literal]
    if len(texts) > 1:  # one automaton reads them all
        others = [part for part in found if not (isinstance(part, Leaf) and part.literal)]
        name = " | ".join(map(repr, texts[:3])) + (" | ..." if len(texts) > 3 else "")
        found = [Leaf(Terminal(name, words(texts))), *others]
    return found[0] if len(found) == 1 else Either(tuple(found))


def repeat(part: AnyPart, low: int = 0, high: int | None = None) -> Part:
    """The part ``low`` to ``high`` times, or any number of times from ``low`` on.

    Raises
    ------
    ArgumentError
        A bound is no count, or ``high`` is less than ``low``.
    """
    for name, count in (("low", low), ("high", high)):
        is_missing = count is None and name == "high"
        if not is_missing and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
            raise ArgumentError(f"{name} is a number of times, 0 or more", reason=f"got {count!r}")
    if high is not None and high < low:
        raise ArgumentError("high is at least low", reason=f"got low={low}, high={high}")
    return Times(part_of(part), low, high)


def optional(part: AnyPart) -> Part:
    """The part, or nothing."""
    return Times(part_of(part), 0, 1)


def until(*triggers: str, max_tokens: int | None = None) -> Part:
    """Free text up to and including the first occurrence of any of the triggers.

    Parameters
    ----------
    max_tokens : int or None
        After so many tokens, only the shortest text that completes a trigger may follow.

    Raises
    ------
    ArgumentError
        There is no trigger, or one is empty; or ``max_tokens`` is no number of tokens.
    LimitExceededError
        There are too many triggers.
    """
    for trigger in triggers:
        if not isinstance(trigger, str):
            raise ArgumentError("a trigger is a text", reason=f"got {trigger!r:.100}")
    if max_tokens is not None and (isinstance(max_tokens, bool) or not isinstance(max_tokens, int) or max_tokens < 1):
        raise ArgumentError("max_tokens is a number of tokens, 1 or more", reason=f"got {max_tokens!r}")
    node = until_node(triggers)
    bound = "" if max_tokens is None else f" max_tokens={max_tokens}"
    return Leaf(Terminal(f"until {' '.join(map(repr, triggers))}{bound}", node, max_tokens=max_tokens))


def regex(pattern: str, dialect: Literal["python", "ecma"] = "python") -> Part:
    """The texts that a pattern matches as a whole. Its assertions see that text alone, and nothing around it.

    Raises
    ------
    ArgumentError
        ``dialect`` is neither of the two.
    RegexError
        The pattern can't be read, isn't regular, or matches nothing.
    """
    if not isinstance(pattern, str):
        raise ArgumentError("a pattern is a text", reason=f"got {type(pattern).__name__}")
    if dialect not in ("python", "ecma"):
        raise ArgumentError(f"dialect is 'python' or 'ecma', not {dialect!r}")
    node = parse(pattern, dialect)
    if is_empty(node):
        raise RegexError("the pattern matches no text", pattern=pattern)
    return Leaf(Terminal(f"/{pattern}/", node))


def schema(source: Any, **options: Unpack[SchemaOptions]) -> Part:
    """JSON texts that are valid against a schema.

    Parameters
    ----------
    source
        What ``compile(schema=...)`` takes: a JSON Schema or a Python type or function.
    options
        As those of ``compile``: how the schema is read and its texts are written.

    Raises
    ------
    SchemaError
        The schema is malformed, unsupported or unsatisfiable.
    """
    unknown = set(options) - SchemaOptions.__optional_keys__
    if unknown:
        raise ArgumentError(f"schema has no option {min(unknown)!r}")
    chosen: dict[str, Any] = dict(options)
    reading = {name: chosen.pop(name) for name in _OF_READING if name in chosen}
    writing = Writing(**chosen)
    known = read_source(source)
    term, notes = load_with_notes(known.schema, **reading)
    name = getattr(source, "__name__", None) or "JSON"
    return Leaf(Document(str(name), term, writing), notes=(*known.notes, *notes))


def lark(grammar: str, start: str = "start", lexer: Lexer | None = None) -> Part:
    """The texts of a grammar in Lark's notation. As `embed`."""
    return embed(grammar, notation="lark", start=start, lexer=lexer)


def embed(
    grammar: str | Path | Grammar,
    *,
    notation: Notation | None = None,
    start: str | None = None,
    lexer: Lexer | None = None,
) -> Part:
    """The texts of a whole grammar: a text in any notation, a file with one, a name on the `shelf`, or a `Grammar`.

    The names of its rules and terminals are its own. Its ignored text stays inside of it: before, between and after
    its terminals.

    Raises
    ------
    GrammarError
        It can't be read. Where parts are put together, also: its terminals are the longest possible, or it has blocks
        by indentation, and it is only a part. These depend on what follows, so that its texts wouldn't be the same.
    LimitExceededError
        It passes a bound.
    """
    if isinstance(grammar, Grammar):
        from structgen.grammar.checks import check

        if (notation, start, lexer) != (None, None, None):
            raise ArgumentError(
                "notation, start and lexer are of a grammar's text", reason="got a Grammar, which has them"
            )
        return Embedded(check(grammar))
    # reading notations takes lark, which others need not wait for
    from structgen.grammar.reading import read_file, read_grammar

    if isinstance(grammar, str):
        grammar = file_or_text(grammar)
    read = read_file if isinstance(grammar, Path) else read_grammar
    return Embedded(read(grammar, notation=notation, start=start, lexer=lexer))  # type: ignore[arg-type]


def rule(name: str = "rule") -> Rule:
    """A part to be defined later by its ``define``, so that it may stand inside itself.

    The name is for messages; several rules may have the same.
    """
    if not isinstance(name, str) or not name:
        raise ArgumentError("a rule's name is a text that is not empty", reason=f"got {name!r:.100}")
    return Rule(name)


def part_of(part: AnyPart) -> Part:
    """The part that something given as one means.

    Raises
    ------
    ArgumentError
        It is none.
    """
    if isinstance(part, str):
        return text(part)
    if isinstance(part, Grammar):
        return embed(part)
    if not isinstance(part, Part):
        raise ArgumentError(
            f"a part of a grammar can't be made of {type(part).__name__} {part!r:.100}",
            hint="a text, schema(...) of a type, or another part",
        )
    return part


def _flat(parts: tuple[AnyPart, ...], kind: type[Series] | type[Either]) -> Iterator[Part]:
    for given in parts:
        part = part_of(given)
        if isinstance(part, kind):
            yield from part.parts
        else:
            yield part
