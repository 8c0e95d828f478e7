"""What every grammar must meet before it is built: its rules are defined, and each one that is needed has some text.

Source: the productive and reachable symbols of Hopcroft, Ullman, "Introduction to Automata Theory", 1979, section 4.4.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from structgen.errors import GrammarError, LimitExceededError
from structgen.grammar.expressions import (
    Choice,
    Declared,
    Document,
    Expression,
    Grammar,
    Reference,
    Repeat,
    Sequence,
    Terminal,
)
from structgen.grammar.places import refusal
from structgen.regex import is_empty
from structgen.schema.notes import Note

__all__ = ["MAX_NESTING", "assertion_notes", "check", "leaves", "unused_notes", "unused_rules"]

MAX_NESTING: Final = 150
"""Sequences, choices and repetitions inside one another, in one rule. Rules may lead to rules without end."""


def check(grammar: Grammar) -> Grammar:
    """The grammar itself, where nothing is wrong with it.

    Rules that ``start`` doesn't reach must be defined whole, but need no texts.

    Raises
    ------
    GrammarError
        A rule is not defined, or has no text; a terminal without text of its own isn't one of indentation's; a
        contextual one is none that can be.
    LimitExceededError
        A rule nests deeper than `MAX_NESTING`.
    """
    for expression in grammar.rules.values():
        _check_depth(expression)
    if grammar.start not in grammar.rules:
        hint = f"one of {', '.join(list(grammar.rules)[:8])}" if grammar.rules else ""
        raise refusal(f"the start rule {grammar.start!r} is not defined", grammar.source, None, hint=hint)
    _check_leaves(grammar)
    _check_indentation(grammar)
    _check_contextual(grammar)
    productive = _productive(grammar)
    for name in _reachable(grammar):
        if name not in productive:
            raise _without_text(grammar, name, productive)
    return grammar


def unused_rules(grammar: Grammar) -> list[str]:
    """The names of rules and terminals that no text of the grammar needs, in the order of their definitions."""
    reachable = _reachable(grammar)
    used = {terminal.name for terminal in grammar.ignored}
    if grammar.indentation is not None:
        indentation = grammar.indentation
        used |= {indentation.newline, indentation.indent, indentation.dedent}
        used.update(name for pair in indentation.brackets for name in pair)
    for name in reachable:
        used.update(leaf.name for leaf in leaves(grammar.rules[name]))
    rules = [name for name in grammar.rules if name not in reachable]
    return rules + [terminal.name for terminal in grammar.terminals if terminal.name not in used]


def unused_notes(grammar: Grammar) -> tuple[Note, ...]:
    """Notes of `unused_rules`.

    With ``lexer="longest"`` a terminal that no rule needs says where others end, and so does a rule with such a
    terminal in it: they are meant.
    """
    unused = unused_rules(grammar)
    if grammar.lexer == "longest":
        needed = {leaf.name for name in _reachable(grammar) for leaf in leaves(grammar.rules[name])}
        unused = [
            name
            for name in unused
            if name in grammar.rules
            and all(isinstance(leaf, Reference) or leaf.name in needed for leaf in leaves(grammar.rules[name]))
        ]
    notes = []
    for name in unused:
        kind = "rule" if name in grammar.rules else "terminal"
        notes.append(Note(_where(grammar, name), name, f"no text of the grammar needs the {kind} {name!r}"))
    return tuple(notes)


def assertion_notes(grammar: Grammar) -> tuple[Note, ...]:
    """Notes of terminals that might mean something else to a lexer whose patterns see the rest of the text."""
    terminals: list[Terminal | Document | Declared] = [*grammar.terminals, *grammar.ignored]
    for rule in grammar.rules.values():
        terminals += [leaf for leaf in leaves(rule) if not isinstance(leaf, Reference)]
    notes = []
    for terminal in dict.fromkeys(terminals):
        if isinstance(terminal, Terminal) and terminal.is_cut:
            text = f"an assertion of {terminal.name} may depend on the text around it, which it doesn't see"
            notes.append(Note(_where(grammar, terminal.name), terminal.name, text))
    return tuple(notes)


def _where(grammar: Grammar, name: str) -> str:
    place = grammar.places.get(name)
    return f"line {place.line}, column {place.column}" if place else name


def leaves(expression: Expression) -> Iterator[Terminal | Document | Declared | Reference]:
    """The leaves, from left to right; those of a part that stands at several places, once."""
    stack, seen = [expression], set()
    while stack:
        one = stack.pop()
        if isinstance(one, (Terminal, Document, Declared, Reference)):
            yield one
        elif id(one) not in seen:
            seen.add(id(one))
            stack.extend(reversed(_parts(one)))


def _parts(expression: Sequence | Choice | Repeat) -> tuple[Expression, ...]:
    return (expression.part,) if isinstance(expression, Repeat) else expression.parts


def _check_depth(expression: Expression) -> None:
    level, depth = [expression], 0
    while level:
        depth += 1
        if depth > MAX_NESTING:
            raise LimitExceededError(
                f"{MAX_NESTING} parts of a rule inside one another", "a deeper one", hint="rules of their own"
            )
        below: dict[int, Expression] = {}
        for one in level:
            if isinstance(one, (Sequence, Choice, Repeat)):
                below.update((id(part), part) for part in _parts(one))
        level = list(below.values())


def _check_leaves(grammar: Grammar) -> None:
    indentation = grammar.indentation
    declared = {indentation.indent, indentation.dedent} if indentation is not None else set()
    for name, expression in grammar.rules.items():
        for leaf in leaves(expression):
            if isinstance(leaf, Reference) and leaf.name not in grammar.rules:
                raise refusal(
                    f"rule {leaf.name!r} is not defined (in rule {name!r})",
                    grammar.source,
                    leaf.place or grammar.places.get(name),
                )
            if isinstance(leaf, Declared) and leaf.name not in declared:
                raise refusal(
                    f"the terminal {leaf.name!r} is declared, but nothing says what its texts are (in rule {name!r})",
                    grammar.source,
                    grammar.places.get(leaf.name) or grammar.places.get(name),
                    hint="a definition, or %indentation where it is an indent or dedent",
                )


def _check_indentation(grammar: Grammar) -> None:
    indentation = grammar.indentation
    if indentation is None:
        return
    known = _terminals(grammar)
    place = grammar.places.get("%indentation")
    for name in (indentation.newline, *[name for pair in indentation.brackets for name in pair]):
        if not isinstance(known.get(name), Terminal):
            raise refusal(f"indentation needs a terminal {name!r}, and there is none", grammar.source, place)
    for name in (indentation.indent, indentation.dedent):
        if not isinstance(known.get(name), Declared):
            raise refusal(
                f"indentation needs {name!r} to be declared, and used in a rule", grammar.source, place,
                hint=f"%declare {name}",
            )  # fmt: skip


def _check_contextual(grammar: Grammar) -> None:
    place = grammar.places.get("%contextual")
    if grammar.contextual and grammar.lexer == "any":
        raise refusal(
            "contextual terminals are for lexer='longest'", grammar.source, place,
            hint="without them: any terminal is read wherever a rule lets it stand",
        )  # fmt: skip
    known = _terminals(grammar)
    ignored = {terminal.name for terminal in grammar.ignored}
    for name in sorted(grammar.contextual):
        terminal = known.get(name)
        if not isinstance(terminal, Terminal) or terminal.max_tokens is not None:
            raise refusal(f"a contextual terminal is one with a pattern, and {name!r} is none", grammar.source, place)
        if name in ignored or (grammar.indentation is not None and name == grammar.indentation.newline):
            raise refusal(f"{name!r} may stand anywhere, so it can't be contextual", grammar.source, place)


def _terminals(grammar: Grammar) -> dict[str, Terminal | Document | Declared]:
    """All terminals by name."""
    known: dict[str, Terminal | Document | Declared] = {}
    known.update((terminal.name, terminal) for terminal in (*grammar.terminals, *grammar.ignored))
    for expression in grammar.rules.values():
        known.update((leaf.name, leaf) for leaf in leaves(expression) if not isinstance(leaf, Reference))
    return known


def _reachable(grammar: Grammar) -> dict[str, None]:
    """The rules that a text of the start rule may need, nearest first."""
    found = {grammar.start: None}
    queue = deque(found)
    while queue:
        for leaf in leaves(grammar.rules[queue.popleft()]):
            if isinstance(leaf, Reference) and leaf.name not in found:
                found[leaf.name] = None
                queue.append(leaf.name)
    return found


def _productive(grammar: Grammar) -> set[str]:
    """The rules that have a text. A rule is looked at again when one that it names turns out to have some."""
    users: dict[str, list[str]] = {}
    for name, expression in grammar.rules.items():
        for leaf in leaves(expression):
            if isinstance(leaf, Reference):
                users.setdefault(leaf.name, []).append(name)
    productive: set[str] = set()
    queue = deque(grammar.rules)
    while queue:
        name = queue.popleft()
        if name not in productive and _has_text(grammar.rules[name], productive):
            productive.add(name)
            queue.extend(users.get(name, ()))
    return productive


def _has_text(expression: Expression, productive: set[str], known: dict[int, bool] | None = None) -> bool:
    """Whether it has a text where these rules have some; ``known`` are parts by identity, which may be shared."""
    if isinstance(expression, Reference):
        return expression.name in productive
    if isinstance(expression, Terminal):
        return not is_empty(expression.node)
    if isinstance(expression, (Document, Declared)):
        return True
    known = {} if known is None else known
    found = known.get(id(expression))
    if found is None:
        if isinstance(expression, Repeat):
            found = expression.low == 0 or _has_text(expression.part, productive, known)
        elif isinstance(expression, Sequence):
            found = all(_has_text(part, productive, known) for part in expression.parts)
        else:
            found = any(_has_text(part, productive, known) for part in expression.parts)
        known[id(expression)] = found
    return found


def _without_text(grammar: Grammar, name: str, productive: set[str]) -> GrammarError:
    """The error for what keeps a rule from having any text: a terminal, or a rule that always needs itself."""
    path: dict[str, None] = {}
    while name not in path:
        path[name] = None
        cause = _cause(grammar.rules[name], productive)
        if isinstance(cause, Terminal):
            return refusal(
                f"the terminal {cause.name!r} has no text, and rule {name!r} can't do without it",
                grammar.source,
                grammar.places.get(cause.name) or grammar.places.get(name),
                hint="an assertion in it sees only the terminal's own text",
            )
        if cause is None:
            return refusal(
                f"rule {name!r} has no text: there is no alternative", grammar.source, grammar.places.get(name)
            )
        name = cause.name
    if _begins_with_itself(grammar, name, productive):
        what = f"rule {name!r} has no text: every alternative begins with it again"
        hint = f"an alternative that begins with something else, as in: {name} y | x"
    else:
        what = f"rule {name!r} has no text: every alternative leads back to it"
        hint = f"an alternative without {name!r}, to end with"
    return refusal(what, grammar.source, grammar.places.get(name), hint=hint)


def _cause(expression: Expression, productive: set[str]) -> Terminal | Reference | None:
    """A leaf without text, because of which the expression has none; rather a rule than a terminal."""
    terminal: Terminal | None = None
    known: dict[int, bool] = {}
    stack, seen = [expression], set()
    while stack:
        one = stack.pop()
        if isinstance(one, Reference):
            return one
        if isinstance(one, Terminal):
            terminal = terminal or one
        elif isinstance(one, (Sequence, Choice, Repeat)) and id(one) not in seen:
            seen.add(id(one))
            stack.extend(part for part in reversed(_parts(one)) if not _has_text(part, productive, known))
    return terminal


def _begins_with_itself(grammar: Grammar, name: str, productive: set[str]) -> bool:
    """Whether a text of the rule would have to begin with one of a rule that again has to."""
    found = {name}
    queue = [name]
    while queue:
        stack, seen = [grammar.rules[queue.pop()]], set()
        while stack:
            one = stack.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            if isinstance(one, Reference) and one.name not in productive:
                if one.name not in found:
                    found.add(one.name)
                    queue.append(one.name)
            elif isinstance(one, Sequence) and one.parts:
                stack.append(one.parts[0])
            elif isinstance(one, Choice):
                stack.extend(one.parts)
            elif isinstance(one, Repeat) and one.low:
                stack.append(one.part)
            else:
                return False
    return True
