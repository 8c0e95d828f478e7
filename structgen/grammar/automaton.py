"""A grammar's machine over bytes, from what the grammar says.

With ``lexer="longest"`` each text is to be of one terminal only: of those that match it the highest in rank (priority,
then literals, then the order in the grammar). So what a higher one matches is taken out of the lower ones' languages
here, and the machine needs to know nothing of ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structgen.automaton.runtime import Runtime
from structgen.errors import GrammarError
from structgen.grammar.checks import leaves
from structgen.grammar.expressions import (
    Choice,
    Declared,
    Expression,
    Grammar,
    Indentation,
    Repeat,
    Terminal,
)
from structgen.grammar.expressions import Sequence as Series
from structgen.grammar.followers import followers, members
from structgen.grammar.indentations import Layout
from structgen.grammar.lexer import Lexer
from structgen.grammar.lr_states import LRStates
from structgen.grammar.machine import GrammarMachine
from structgen.grammar.maximal_munch import MaximalMunch
from structgen.grammar.parser import Parser
from structgen.grammar.productions import Leaf, Productions, productions_of
from structgen.regex import (
    NOTHING,
    Node,
    complement,
    derivative,
    intersection,
    is_empty,
    matches,
    shortest,
    transitions,
    union,
    words,
)
from structgen.regex.alphabet import characters_of, restricted

__all__ = ["machine_of"]


def machine_of(grammar: Grammar, runtime: Runtime) -> GrammarMachine:
    """The machine that reads the texts of ``grammar`` which the runtime's alphabet can spell.

    Raises
    ------
    GrammarError
        There is no such text, or the indentation names terminals that don't fit.
    LimitExceededError
        A count is too high, or a terminal too hard to tell from others.
    """
    nodes = _languages(grammar, runtime)
    spelled = _with_languages(grammar, nodes)
    productions = productions_of(spelled)
    if not productions.productions and not productions.is_nullable:
        raise _error(grammar, "the grammar has no text", "every alternative leads back to its own rule")
    layout = _layout(spelled, productions)
    parser = Parser(LRStates(productions))
    restarts = _lines_restart(grammar.indentation, productions.terminals)
    lexer = Lexer(runtime, productions.terminals, grammar.indentation, layout, lines_restart=restarts)
    following = followers(productions, layout.dedent)
    if layout.is_longest:
        lexer.use_munch(_munch(grammar, lexer, productions, layout, following))
    return GrammarMachine(lexer, parser, layout, following)


def _munch(
    grammar: Grammar, lexer: Lexer, productions: Productions, layout: Layout, following: list[int]
) -> MaximalMunch:
    """What tells which terminals can end; all that are needed must be able to."""
    munch = MaximalMunch(lexer.component_table, [set(members(bits)) for bits in following], layout)
    needed = _needed(productions)
    start = lexer.components(lexer.start)
    for number, leaf in enumerate(productions.terminals):
        if number in layout.contextual - layout.blocking and munch.is_stuck(number):
            raise _error(
                grammar,
                f"{leaf.name} is contextual, and goes on with all that may follow it",
                "an end of its own, or ignored text that ends it",
            )
        if number in needed - layout.contextual and not isinstance(leaf, Declared) and not munch.can_end(start, number):
            raise _error(
                grammar,
                f"nothing can follow {leaf.name}, as the longest text of any terminal goes on with all that may",
                "lexer='any', or ignored text that ends it",
            )
    return munch


def _needed(productions: Productions) -> set[int]:
    return {symbol for _, right in productions.productions for symbol in right}


def _error(grammar: Grammar, what: str, hint: str) -> GrammarError:
    place = grammar.places.get(grammar.start)
    line, column = (place.line, place.column) if place else (1, 1)
    lines = grammar.source.splitlines()
    return GrammarError(
        what, line=line, column=column, excerpt=lines[line - 1] if line <= len(lines) else "", hint=hint
    )


def _languages(grammar: Grammar, runtime: Runtime) -> dict[Terminal, Node]:
    """What each terminal matches, by the terminal."""
    named = [terminal for terminal in grammar.terminals if isinstance(terminal, Terminal)]
    spelled = [leaf for rule in grammar.rules.values() for leaf in leaves(rule) if isinstance(leaf, Terminal)]
    terminals = list(dict.fromkeys([*named, *spelled, *grammar.ignored]))
    charset = characters_of(runtime.alphabet)
    nodes = {terminal: restricted(terminal.node, charset) for terminal in terminals}
    if grammar.lexer == "longest":
        competing = [terminal for terminal in terminals if terminal.name not in grammar.contextual]
        _separate(sorted(competing, key=lambda terminal: (-terminal.priority, not terminal.is_literal)), nodes)
    return nodes


def _separate(ranked: Sequence[Terminal], nodes: dict[Terminal, Node]) -> None:
    """Take out of each language what those before it have."""
    texts: list[tuple[str, Node]] = []
    patterns: list[Node] = []
    for terminal in ranked:
        node = nodes[terminal]
        text = _only_text(node)
        if text is not None:
            if any(text == other for other, _ in texts) or any(matches(other, text) for other in patterns):
                node = NOTHING
            else:
                texts.append((text, node))
        else:
            taken = [other for text, other in texts if matches(node, text)]
            taken += [other for other in patterns if not is_empty(intersection(node, other))]
            patterns.append(node)
            if taken:
                node = intersection(node, complement(union(*taken)))
        nodes[terminal] = node


def _only_text(node: Node) -> str | None:
    """The text of a language that has just one."""
    if node.max_length is None or node.min_length != node.max_length:
        return None
    text = shortest(node)
    return text if text is not None and is_empty(intersection(node, complement(words((text,))))) else None


def _with_languages(grammar: Grammar, nodes: dict[Terminal, Node]) -> Grammar:
    changed = {terminal: replace(terminal, node=node) for terminal, node in nodes.items()}

    def rebuilt(expression: Expression) -> Expression:
        if isinstance(expression, Terminal):
            return changed[expression]
        if isinstance(expression, Series):
            return Series(tuple(rebuilt(part) for part in expression.parts))
        if isinstance(expression, Choice):
            return Choice(tuple(rebuilt(part) for part in expression.parts))
        if isinstance(expression, Repeat):
            return replace(expression, part=rebuilt(expression.part))
        return expression

    if all(terminal.node is node for terminal, node in nodes.items()):
        return grammar
    return replace(
        grammar,
        rules={name: rebuilt(rule) for name, rule in grammar.rules.items()},
        ignored=tuple(changed[terminal] for terminal in grammar.ignored),
        terminals=tuple(changed[one] if isinstance(one, Terminal) else one for one in grammar.terminals),
    )


def _layout(grammar: Grammar, productions: Productions) -> Layout:
    numbers = {leaf.name: number for number, leaf in enumerate(productions.terminals)}
    ignored = frozenset(numbers[terminal.name] for terminal in grammar.ignored)
    contextual = frozenset(numbers[name] for name in grammar.contextual if name in numbers)
    blocking = contextual - _needed(productions)
    is_longest = grammar.lexer == "longest"
    indentation = grammar.indentation
    if indentation is None:
        return Layout(ignored=ignored, contextual=contextual, blocking=blocking, is_longest=is_longest)
    return Layout(
        ignored=ignored,
        contextual=contextual,
        blocking=blocking,
        is_longest=is_longest,
        newline=numbers.get(indentation.newline, -1),
        indent=numbers.get(indentation.indent, -1),
        dedent=numbers.get(indentation.dedent, -1),
        opening=frozenset(numbers[opening] for opening, _ in indentation.brackets if opening in numbers),
        closing=frozenset(numbers[closing] for _, closing in indentation.brackets if closing in numbers),
    )


def _lines_restart(indentation: Indentation | None, terminals: Sequence[Leaf]) -> bool:
    """Whether a blank line may follow all that the terminal that ends lines has read: then it can reach any column."""
    for leaf in terminals:
        if isinstance(leaf, Terminal) and indentation is not None and leaf.name == indentation.newline:
            pending = [leaf.node]
            seen = {leaf.node}
            for node in pending:
                if node.nullable and is_empty(derivative(node, "\n")):
                    return False
                for _, target in transitions(node):
                    if target not in seen:
                        seen.add(target)
                        pending.append(target)
    return True
