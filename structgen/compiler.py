"""``compile``: any specification becomes a grammar over a vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict

from structgen.errors import ArgumentError, RegexError
from structgen.grammar.automaton import machine_of
from structgen.grammar.checks import assertion_notes, unused_notes
from structgen.grammar.expressions import Grammar, Lexer
from structgen.grammar.shelf_files import file_or_text
from structgen.regex import Node, is_empty, parse, words
from structgen.regex.automaton import plain_text, quotable
from structgen.schema.automaton import document
from structgen.schema.documents import FormatsOption, load_with_notes
from structgen.schema.notes import Note
from structgen.schema.python_types import read_source
from structgen.schema.samples import sample
from structgen.schema.writing import DEFAULT_MAX_WHITESPACE, Escapes, PropertyOrder, Whitespace, Writing
from structgen.tokens.compiled import CompiledGrammar
from structgen.tokens.engine import MaskEngine
from structgen.tokens.grammar_engine import GrammarEngine
from structgen.tokens.vocabulary import Vocabulary

if TYPE_CHECKING:
    import referencing

    from structgen.grammar.parts import Part
    from structgen.grammar.reading import Notation

__all__ = ["CompileOptions", "DraftName", "compile"]

DraftName = Literal["4", "6", "7", "2019-09", "2020-12"]


class CompileOptions(TypedDict, total=False):
    """The keywords of ``compile``, less the vocabulary."""

    schema: Any
    regex: str | None
    choices: Iterable[str] | None
    grammar: str | Path | Grammar | Part | None
    draft: DraftName | None
    formats: FormatsOption
    registry: referencing.Registry[Any] | None
    property_order: PropertyOrder
    whitespace: Whitespace
    max_whitespace: int | None
    indent: int
    ensure_ascii: bool
    escapes: Escapes
    dialect: Literal["python", "ecma"]
    notation: Notation | None
    start: str | None
    lexer: Lexer | None


_REMEMBERED: Final = 1 << 16  # characters of a grammar's text; what was read of longer ones isn't kept
_REHEARSAL: Final = 0.0009
"""Seconds that a first mask may wait for others."""

_REHEARSED: Final = 500
"""Bytes of a schema's sample text. Half of this leaves many first visits to the text itself, twice as many hardly
fewer."""


def compile(
    *,
    vocabulary: Vocabulary,
    schema: Any = None,
    regex: str | None = None,
    choices: Iterable[str] | None = None,
    grammar: str | Path | Grammar | Part | None = None,
    draft: DraftName | None = None,
    formats: FormatsOption = "assert",
    registry: referencing.Registry[Any] | None = None,
    property_order: PropertyOrder = "schema",
    whitespace: Whitespace = "any",
    max_whitespace: int | None = DEFAULT_MAX_WHITESPACE,
    indent: int = 2,
    ensure_ascii: bool = False,
    escapes: Escapes = "minimal",
    dialect: Literal["python", "ecma"] = "python",
    notation: Notation | None = None,
    start: str | None = None,
    lexer: Lexer | None = None,
) -> CompiledGrammar:
    """Compile one specification: its start, and what a sample text visits. The rest follows on its first visit.

    Parameters
    ----------
    schema : dict, bool, JSON string, Pydantic model, dataclass, TypedDict, Enum, Literal, union, function
        The text is a JSON value that is valid; for a function, an object of its parameters.
    regex : str
        The whole text matches this pattern of the given ``dialect``: Python's ``re`` or ECMA-262.
    choices : iterable of str
        The text is one of these.
    grammar : str, Path, Grammar or Part
        The text is one of a context-free grammar: its text in Lark's notation, GBNF or EBNF, a file with that, the name
        of one that comes with structgen (``structgen.grammar.shelf`` lists them), or what the functions of
        ``structgen.grammar`` build.
    draft : "4", "6", "7", "2019-09" or "2020-12"
        The draft of JSON Schema, whatever the schema's `$schema` says. Default: what that says, or else 2020-12.
    formats : "assert", "annotate", Formats or dict
        Whether a string must be of its `format`; or the caller's own formats, as ECMA-262 patterns by name, beside the
        known ones. Formats that aren't known assert nothing, and are listed in the grammar's ``notes``.
    registry : referencing.Registry
        Documents that the schema's references lead to, and meta-schemas that its `$schema` names. Nothing else is
        ever fetched.
    property_order : "schema" or "any"
        Whether declared properties are written in their order and before all others, or as they come.
    whitespace : "any", "compact", "spaced" or "indented"
        Between JSON's tokens: any; none; as Python's ``json.dumps`` writes by default; as it does with ``indent``.
    max_whitespace : int or None
        Bound on bytes of whitespace in a row, where ``whitespace`` is "any"; None for no bound.
    indent : int
        Spaces of one level, where ``whitespace`` is "indented".
    ensure_ascii : bool
        Whether strings and names escape all but printable ASCII, as in ``json.dumps``.
    escapes : "minimal" or "any"
        Whether a character of a string or name is escaped only where it must be.
    notation : "lark", "gbnf", "ebnf" or None
        Of a grammar's text; None: told from the text.
    start : str or None
        The rule that texts begin with. Default: "start" in Lark's notation, "root" in GBNF, the first rule in EBNF.
    lexer : "any", "longest" or None
        How texts are cut into terminals: in any way that parses; or each time the longest text that any terminal
        matches, as lexers of programming languages do. Default: what the grammar says, or else "any".

    Raises
    ------
    ArgumentError
        Not exactly one specification is given, or an option has no such value.
    SchemaError
        The schema is malformed, unsupported (``UnsupportedSchemaError``), or unsatisfiable
        (``UnsatisfiableSchemaError``).
    RegexError
        The pattern can't be read, isn't regular, or matches nothing.
    GrammarError
        The grammar can't be read, none has this name, or a rule that is needed is undefined or has no text.
    LimitExceededError
        The specification passes a documented bound.
    """
    if not isinstance(vocabulary, Vocabulary):
        raise ArgumentError(
            "vocabulary is a Vocabulary", reason=f"got {vocabulary!r:.200}", hint="Vocabulary.from_tokenizer(tokenizer)"
        )
    specifications = {"schema": schema, "regex": regex, "choices": choices, "grammar": grammar}
    given = [name for name, one in specifications.items() if one is not None]
    if len(given) != 1:
        raise ArgumentError(
            "exactly one of schema, regex, choices and grammar is needed", reason=f"given: {', '.join(given) or 'none'}"
        )
    if dialect not in ("python", "ecma"):
        raise ArgumentError(f"dialect is 'python' or 'ecma', not {dialect!r}")
    if regex is not None and not isinstance(regex, str):
        raise ArgumentError("regex is a text", reason=f"got {type(regex).__name__}")
    writing = Writing(
        property_order,
        max_whitespace,
        whitespace=whitespace,
        indent=indent,
        ensure_ascii=ensure_ascii,
        escapes=escapes,
    )
    if schema is not None:
        source = read_source(schema)
        term, notes = load_with_notes(
            source.schema,
            quotable(MaskEngine.of(vocabulary).runtime.alphabet),
            draft=draft,
            formats=formats,
            registry=registry,
        )
        compiled = CompiledGrammar(
            vocabulary,
            partial(MaskEngine.begin, vocabulary, partial(document, term=term, writing=writing)),
            (*source.notes, *notes),
        )
        end = perf_counter() + _REHEARSAL
        compiled.rehearse(sample(term, writing, _REHEARSED, end), end)
        return compiled
    if grammar is not None:
        read, remarks = _read(grammar, notation, start, lexer)
        return CompiledGrammar(vocabulary, partial(GrammarEngine.begin, vocabulary, read, machine_of), remarks)
    node = _choices(choices) if regex is None else parse(regex, dialect)
    if is_empty(node):
        raise RegexError("the pattern matches no text", pattern=regex or "")
    return CompiledGrammar(vocabulary, partial(MaskEngine.begin, vocabulary, partial(plain_text, nodes=(node,))))


def _read(
    grammar: str | Path | Grammar | Part, notation: Notation | None, start: str | None, lexer: Lexer | None
) -> tuple[Grammar, tuple[Note, ...]]:
    if not isinstance(grammar, (str, Path)):
        if (notation, start, lexer) != (None, None, None):
            raise ArgumentError(
                "notation, start and lexer are of a grammar's text",
                reason=f"got a {type(grammar).__name__}, which has them",
            )
        from structgen.grammar.assembly import grammar_of, notes_of
        from structgen.grammar.combinators import part_of

        part = part_of(grammar)
        return grammar_of(part), notes_of(part)
    # reading notations takes lark, which others need not wait for
    from structgen.grammar.reading import read_grammar, text_of

    if isinstance(grammar, str):
        grammar = file_or_text(grammar)
    if isinstance(grammar, Path):
        text = text_of(grammar)
        if "%import" in text:  # other files have their say
            beside = (grammar.parent,)
            return _noted(read_grammar(text, notation=notation, start=start, lexer=lexer, import_paths=beside), start)
        grammar = text
    if len(grammar) <= _REMEMBERED and all(one is None or isinstance(one, str) for one in (notation, start, lexer)):
        return _read_once(grammar, notation, start, lexer)
    return _noted(read_grammar(grammar, notation=notation, start=start, lexer=lexer), start)


@lru_cache(maxsize=16)
def _read_once(
    grammar: str, notation: Notation | None, start: str | None, lexer: Lexer | None
) -> tuple[Grammar, tuple[Note, ...]]:
    """What a text says, which servers compile again and again; nothing but the text decides that."""
    from structgen.grammar.reading import read_grammar

    return _noted(read_grammar(grammar, notation=notation, start=start, lexer=lexer), start)


def _noted(grammar: Grammar, start: str | None) -> tuple[Grammar, tuple[Note, ...]]:
    """A grammar with its notes. Whoever names a rule to start with needs no more than what that leads to."""
    return grammar, (unused_notes(grammar) if start is None else ()) + assertion_notes(grammar)


def _choices(choices: Iterable[str] | None) -> Node:
    texts = list(choices) if isinstance(choices, Iterable) and not isinstance(choices, str) else []
    if not texts:
        raise ArgumentError("choices is a collection of at least one text", reason=f"got {choices!r}")
    for text in texts:
        if not isinstance(text, str):
            raise ArgumentError("choices is a collection of texts", reason=f"got {text!r}")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ArgumentError("a choice has a lone surrogate, which UTF-8 can't write", reason=repr(text)) from error
    return words(texts)
