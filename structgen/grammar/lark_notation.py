"""Lark's notation, read by `lark`: imports, templates, terminals made of terminals, ``%extend`` and all the rest.

What concerns trees alone changes no language and is ignored: aliases, ``?rule``, ``!rule``, ``_rule``, and the priority
of a rule. Terminals keep theirs. See `lark_statements` for what structgen adds, and `lark_terminals` for what a
terminal's pattern means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from lark import Token, Tree
from lark.exceptions import GrammarError as LarkGrammarError
from lark.exceptions import UnexpectedInput
from lark.load_grammar import _TERMINAL_NAMES, GrammarBuilder

from structgen.errors import GrammarError, LimitExceededError
from structgen.grammar.expressions import Declared, Document, Grammar, Indentation, Lexer, Place, Terminal
from structgen.grammar.lark_rules import Definition, Rules
from structgen.grammar.lark_statements import Statements, Word, read_statements
from structgen.grammar.lark_terminals import Patterns, Refused
from structgen.grammar.notation import syntax_error
from structgen.grammar.places import refusal

__all__ = ["MAX_TERMINALS", "read_lark"]

MAX_TERMINALS: Final = 100_000
"""Terminals inside terminals, each counted as often as others hold it."""


def read_lark(
    text: str, *, start: str = "start", import_paths: Sequence[Path] = (), lexer: Lexer | None = None
) -> Grammar:
    """The grammar of a text in Lark's notation.

    Parameters
    ----------
    import_paths : sequence of Path
        Folders in which imports are looked for, before those that come with `lark`; ``%import .name`` starts from the
        first. Nothing else is read.
    lexer : "any", "longest" or None
        None for what a line ``%lexer`` in the text says, or else "any".

    Raises
    ------
    GrammarError
        It isn't such a text, or a terminal isn't regular.
    LimitExceededError
        It passes a bound on size or nesting.
    """
    statements = read_statements(text)
    try:
        _check_growth(statements)
        return _read(statements, start, import_paths, lexer)
    except Refused as error:
        place = _place_of_token(error.token, text) or statements.uses.get(error.used)
        place = place or _place_of_name(error.name, statements)
        raise refusal(error.what, text, place, hint=error.hint) from error.__cause__
    except UnexpectedInput as error:
        raise syntax_error(error, text, _NAMES) from None
    except LarkGrammarError as error:
        raise _refusal(str(error.args[0]) if error.args else str(error), statements) from None
    except RecursionError:
        raise LimitExceededError("nesting of a grammar, or of its imports", "as deep as Python's stack goes") from None


def _read(statements: Statements, start: str, import_paths: Sequence[Path], lexer: Lexer | None) -> Grammar:
    builder = GrammarBuilder(False, [str(path) for path in import_paths])
    name = str(Path(import_paths[0]) / "grammar.lark") if import_paths else "<grammar>"
    _load(builder, statements, name, bool(import_paths))
    definitions: dict[str, Definition] = {}
    trees: dict[str, Tree[Any] | None] = {}
    priorities: dict[str, int] = {}
    for name, definition in builder._definitions.items():
        if definition.is_term:
            trees[name], priorities[name] = definition.tree, definition.options
        else:
            definitions[str(name)] = tuple(map(str, definition.params)), definition.tree
    if start not in definitions or definitions[start][0]:
        others = [name for name, (parameters, _) in definitions.items() if not parameters][:8]
        raise Refused(f"there is no rule {start!r} to start with", hint=f"start={others[0]!r}" if others else "")
    patterns = Patterns(trees, statements.items)
    rules = Rules(definitions, patterns, priorities, statements.items)
    expressions = rules.read()
    ignored = tuple([_ignored(rules.terminal(name), name) for name in dict.fromkeys(builder._ignore_names)])
    parts = _parts_of_terminals(statements, builder)
    named = [name for name in trees if name not in statements.items and (name in rules.terminals or name not in parts)]
    return Grammar(
        expressions,
        start,
        ignored,
        lexer or statements.lexer or "any",
        _indentation(statements, rules),
        tuple([rules.terminal(name) for name in named if not name.startswith("__IGNORE_")]),
        frozenset([_terminal_name(word, statements, rules) for word in statements.contextual]),
        _places(statements, expressions, named),
        statements.source,
    )


def _load(builder: GrammarBuilder, statements: Statements, name: str, may_import: bool) -> None:
    relative = None if may_import else _RELATIVE_IMPORT.search(statements.text)
    if relative:
        place = Place(statements.text.count("\n", 0, relative.start()) + 1, 1)
        raise refusal("a relative import without a folder to start from", statements.source, place, hint="import_paths")
    try:
        builder.load_grammar(statements.text, name)
        builder.validate()
    except OSError as error:
        missing = re.search(r"[\w/\\]+(?=\.lark)", str(error))
        imported = re.split(r"[/\\]", missing[0])[-1] if missing else ""
        raise Refused(
            f"an import leads nowhere: {error}", name=imported, hint="import_paths, or a grammar that comes with lark"
        ) from None
    for match in _IMPORT.finditer(statements.text):
        path, several, alias = match.groups()
        for imported in re.findall(r"\w+", several or alias or path.split(".")[-1]):
            if imported not in builder._definitions:
                raise Refused(f"{path!r} has nothing of this name to import", used=imported)


_IMPORT: Final = re.compile(r"^[ \t]*%import[ \t]+\.?([\w.]+)[ \t]*(?:\(([^)]*)\)|->[ \t]*(\w+))?", re.MULTILINE)
_RELATIVE_IMPORT: Final = re.compile(r"^[ \t]*%import[ \t]+\.", re.MULTILINE)


def _check_growth(statements: Statements) -> None:
    """`lark` puts terminals into each other, and walks each one as often as others hold it."""
    sizes: dict[str, int] = {}

    def size(name: str) -> int:
        found = sizes.get(name)
        if found is None:
            sizes[name] = 0  # a terminal inside itself is lark's error
            contents = statements.contents.get(name, ())
            found = sizes[name] = 1 + sum([size(one) for one in contents])
        return found

    for name, contents in statements.contents.items():
        for one in contents:
            if one in statements.declared:
                raise Refused(f"terminal {name!r} needs {one!r}, which is declared and has no text", name=name)
    total = sum(map(size, statements.contents))
    if total > MAX_TERMINALS:
        raise LimitExceededError(
            f"{MAX_TERMINALS} terminals inside terminals, each counted as often as others hold it",
            str(total),
            hint="rules in place of terminals",
        )


def _parts_of_terminals(statements: Statements, builder: GrammarBuilder) -> set[str]:
    """The terminals of which others are made. `lark` has put the trees of the parts in place of their names."""
    trees = {id(one.tree): name for name, one in builder._definitions.items() if one.is_term and one.tree is not None}
    parts: set[str] = set()
    seen: set[int] = set()
    for definition in builder._definitions.values():
        if not definition.is_term or definition.tree is None:
            continue
        stack = list(definition.tree.children)
        while stack:
            one = stack.pop()
            if not isinstance(one, Tree) or id(one) in seen:
                continue
            seen.add(id(one))
            if id(one) in trees:
                parts.add(trees[id(one)])
            stack.extend(one.children)
    return parts


def _ignored(terminal: Terminal | Document | Declared, name: str) -> Terminal:
    if not isinstance(terminal, Terminal):
        raise Refused(f"what is ignored is a terminal with a pattern, and {name!r} has none", name=name)
    return terminal


def _indentation(statements: Statements, rules: Rules) -> Indentation | None:
    if not statements.indentation:
        return None
    newline, indent, dedent, *brackets = [_terminal_name(word, statements, rules) for word in statements.indentation]
    pairs = tuple(zip(brackets[::2], brackets[1::2], strict=True))
    for word, name in zip(statements.indentation, (newline, indent, dedent, *brackets), strict=True):
        is_declared = isinstance(rules.terminals.get(name), Declared)
        if is_declared != (name in (indent, dedent)):
            what = "is to be declared only" if name in (indent, dedent) else "needs a definition"
            raise refusal(f"{word.text} {what}", statements.source, word.place, hint=f"%declare {indent} {dedent}")
    return Indentation(newline, indent, dedent, pairs)


def _terminal_name(word: Word, statements: Statements, rules: Rules) -> str:
    """The name of a defined terminal, or of a text in the rules, by its own name or the one that `lark` gives it."""
    if word.text in rules.patterns.trees:
        return rules.terminal(word.text).name
    for terminal in rules.spelled.values():
        spelled = terminal.name.removeprefix('"').removesuffix('"')
        if word.text == terminal.name or (terminal.is_literal and _TERMINAL_NAMES.get(spelled) == word.text):
            return terminal.name
    raise refusal(f"there is no terminal {word.text}", statements.source, word.place)


def _places(statements: Statements, rules: Mapping[str, object], terminals: list[str]) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for name in (*rules, *terminals):
        place = _place_of_name(name, statements)
        if place is not None:
            places[name] = place
    if statements.indentation:
        places["%indentation"] = Place(statements.indentation[0].place.line, 1)
    if statements.contextual:
        places["%contextual"] = Place(statements.contextual[0].place.line, 1)
    return places


def _place_of_name(name: str, statements: Statements) -> Place | None:
    """Where a rule or terminal is defined, or else first named. An instance of a template is where the template is."""
    name = name.split("{")[0]
    return statements.definitions.get(name) or statements.uses.get(name)


def _place_of_token(token: Token | None, source: str) -> Place | None:
    """The place of a token, unless it comes from an imported grammar."""
    if token is None or not token.line or not token.column:
        return None
    lines = source.split("\n", token.line)
    if token.line > len(lines) or not lines[token.line - 1].startswith(token.split("\n")[0], token.column - 1):
        return None
    return Place(token.line, token.column)


_NAMES: Final = {
    "RULE": "a rule's name",
    "TERMINAL": "a terminal's name",
    "STRING": 'a "text"',
    "REGEXP": "a /pattern/",
    "_COLON": "':'",
    "_OR": "'|'",
    "_LPAR": "'('",
    "_RPAR": "')'",
    "_LBRA": "'['",
    "_RBRA": "']'",
    "_LBRACE": "'{'",
    "_RBRACE": "'}'",
    "_NL": "a new line",
    "NUMBER": "a number",
}

_AT: Final = re.compile(r"(.*?),? at line (\d+) column (\d+)", re.DOTALL)
_QUOTED: Final = re.compile(r"['`](\w+)['`]")
# How lark shows a symbol of its own.
_SYMBOL: Final = re.compile(r"(?:Non)?Terminal\(('\w+')\)")


def _refusal(message: str, statements: Statements) -> GrammarError:
    """The error for one of `lark`'s messages, which say where by a line and column or by a name."""
    source = statements.source
    at = _AT.match(message)
    if at:
        what = at[1][0].lower() + at[1][1:]
        return refusal(what, source, Place(int(at[2]), int(at[3])))
    what = _SYMBOL.sub(r"\1", message.strip().split("\n")[0])
    what = what[0].lower() + what[1:]
    names = [*_QUOTED.findall(what), *re.findall(r"\w+", what)]
    if "more than once" in what:
        for name in names:
            if name in statements.repetitions:
                return refusal(what, source, statements.repetitions[name])
    undefined = re.match(r"\w+ '(\w+)' used but not defined \(in \w+ (.*)\)", what)
    if undefined:
        # lark calls what isn't defined by the kind of what names it.
        kind, other = ("terminal" if one.lstrip("_")[:1].isupper() else "rule" for one in undefined.groups())
        what = f"{kind} {undefined[1]!r} is not defined (in {other} {undefined[2]!r})"
    is_undefined = "not defined" in what or "template arguments used" in what
    for name in names:
        use, definition = statements.uses.get(name), statements.definitions.get(name)
        place = use if is_undefined else definition or use
        if place is not None:
            hint = f"a definition, or %import for {name!r}" if "not defined" in what else ""
            return refusal(what, source, place, hint=hint)
    return refusal(what, source, None)
