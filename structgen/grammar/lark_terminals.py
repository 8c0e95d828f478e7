"""Lark's terminals become regular expressions over characters.

As in `lark`, a terminal that is made of others is one Python pattern, the parts' patterns side by side: an assertion in
one part sees the others' texts (and nothing around the terminal), and ``/a|b/ "c"`` is the pattern ``a|bc``. A lazy
repetition ends where what follows in the pattern matches first. Of alternatives, all count, whichever Python's ``re``
would prefer: ``/a|ab/`` has the text "ab".

Source: `lark.load_grammar.TerminalTreeToPattern`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from lark import Token, Tree
from lark.exceptions import GrammarError as LarkGrammarError
from lark.grammar import NonTerminal
from lark.grammar import Terminal as TerminalName
from lark.lexer import Pattern, PatternRE, PatternStr
from lark.load_grammar import _literal_to_pattern as _untyped_literal_to_pattern
from lark.load_grammar import eval_escaping as _untyped_eval_escaping

from structgen.errors import LimitExceededError, RegexError
from structgen.grammar.expressions import Document, Terminal
from structgen.regex import literal
from structgen.regex.patterns import MAX_PATTERN_LENGTH, parse_word

__all__ = ["Patterns", "Refused", "literal_text", "only_item", "pattern_of_literal", "pattern_of_range", "read_pattern"]

_eval_escaping: Callable[[str], str] = _untyped_eval_escaping
_literal_to_pattern: Callable[[Token], Pattern] = _untyped_literal_to_pattern

# A tree of lark's, whose nodes it doesn't type.
_Tree = Tree[Any]


class Refused(Exception):
    """What a grammar says can't be; ``token`` says it, or the definition of ``name``, or the first use of ``used``."""

    def __init__(
        self, what: str, *, token: Token | None = None, name: str = "", used: str = "", hint: str = ""
    ) -> None:
        super().__init__(what)
        self.what, self.token, self.name, self.used, self.hint = what, token, name, used, hint


def literal_text(spelled: str) -> str:
    """The text of a literal, from its quotes and escapes."""
    return _eval_escaping(spelled[1:-1]).replace("\\\\", "\\")


def pattern_of_literal(token: Token) -> Pattern:
    """A text or a regular expression, with its flags."""
    try:
        return _literal_to_pattern(token)
    except LarkGrammarError as error:
        raise Refused(str(error.args[0]), token=token) from None


def pattern_of_range(first: Token, last: Token) -> Pattern:
    """``"a".."z"``."""
    ends = []
    for token in (first, last):
        if not token.endswith('"'):
            raise Refused("a range has no flags", token=token, hint="a regular expression: /[a-z]/i")
        text = literal_text(token)
        if len(text) != 1:
            raise Refused("a range is between two characters", token=token)
        ends.append(text)
    if ends[0] > ends[1]:
        raise Refused("a range that ends before it begins", token=first)
    low, high = (f"\\U{ord(text):08x}" for text in ends)
    return PatternRE(f"[{low}-{high}]")


def read_pattern(pattern: Pattern, name: str, token: Token | None = None, priority: int = 0) -> Terminal:
    """The terminal with this pattern; ``name`` and ``token`` are what an error shows."""
    is_literal = isinstance(pattern, PatternStr)
    if is_literal and not pattern.flags:
        return Terminal(name, literal(pattern.value), priority, is_literal=True)
    regexp = _text(pattern)
    try:
        node, is_cut = parse_word(regexp)
        return Terminal(name, node, priority, is_literal=is_literal, is_cut=is_cut)
    except RegexError as error:
        raise Refused(
            f"the pattern of {name} is refused: {error.what}", token=token, name=name, hint=error.hint
        ) from error


def _text(pattern: Pattern) -> str:
    """As ``to_regexp``, but of a bounded length."""
    if isinstance(pattern, PatternRE):
        _check_length(len(pattern.value))
    return pattern.to_regexp()


def _check_length(length: int) -> None:
    if length > MAX_PATTERN_LENGTH:
        raise LimitExceededError(
            f"{MAX_PATTERN_LENGTH} characters in the pattern of a terminal", str(length), hint="a rule instead"
        )


class Patterns:
    """The patterns of the terminals of a grammar, by name.

    ``items`` are structgen's own terminals, which can only be alone.
    """

    def __init__(self, trees: Mapping[str, _Tree | None], items: Mapping[str, Terminal | Document]) -> None:
        self.trees = trees
        self._items = {id(trees[name]): item for name, item in items.items()}
        self._memo: dict[int, Pattern] = {}

    def item(self, name: str) -> Terminal | Document | None:
        """The extension that is the whole body of a terminal, if one is."""
        tree = self.trees[name]
        while tree is not None:
            if id(tree) in self._items:
                return self._items[id(tree)]
            tree = only_item(tree)
        return None

    def pattern(self, name: str) -> Pattern:
        """The pattern of a terminal that is defined by one."""
        tree = self.trees[name]
        assert tree is not None
        try:
            return self._pattern(tree, name)
        except RecursionError:
            raise LimitExceededError(
                "nesting of a terminal", "as deep as Python's stack goes", hint="a rule instead"
            ) from None

    def _pattern(self, tree: _Tree, name: str) -> Pattern:
        # Terminals share the trees of those that they are made of.
        found = self._memo.get(id(tree))
        if found is None:
            if id(tree) in self._items:
                raise Refused(
                    f"%json and %until can't be a part of terminal {name!r}",
                    name=name,
                    hint="a rule, or a terminal of its own",
                )
            found = self._memo[id(tree)] = self._made(tree, name)
        return found

    def _made(self, tree: _Tree, name: str) -> Pattern:
        children: list[Any] = tree.children
        if tree.data == "literal":
            return pattern_of_literal(children[0])
        if tree.data == "range":
            return pattern_of_range(children[0], children[1])
        if tree.data == "value" and isinstance(children[0], (NonTerminal, TerminalName)):
            raise Refused(f"terminal {name!r} needs {children[0].name!r}, which has no text", name=name)
        if tree.data == "value":
            return self._pattern(children[0], name)
        if tree.data == "alias":
            raise Refused(f"an alias '->' in terminal {name!r}", name=name, hint="aliases are for rules")
        if tree.data == "expansion":
            parts = [self._pattern(part, name) for part in children]
            return parts[0] if len(parts) == 1 else _joined("", parts)
        if tree.data == "expansions":
            parts = [self._pattern(part, name) for part in children]
            return parts[0] if len(parts) == 1 else _joined("|", parts)
        if tree.data == "maybe":
            return _repeated(self._pattern(children[0], name), "?")
        if tree.data == "expr":
            return _repeated(self._pattern(children[0], name), counts(tree))
        raise Refused(f"terminal {name!r} is of an unknown form: {tree.data}", name=name)


def only_item(tree: _Tree) -> _Tree | None:
    """The one part of a sequence or choice, or what a value is; None where there isn't one."""
    if tree.data in ("expansions", "expansion", "value") and len(tree.children) == 1:
        child = tree.children[0]
        return child if isinstance(child, Tree) else None
    return None


def counts(tree: _Tree) -> str:
    """The operator of a repetition, in the notation of patterns."""
    low, high = bounds(tree)
    simple = _SIMPLE.get((low, high))
    return simple if simple is not None else f"{{{low}}}" if low == high else f"{{{low},{high}}}"


def bounds(tree: _Tree) -> tuple[int, int | None]:
    """How often an item is repeated."""
    children: list[Any] = tree.children
    _, operator, *numbers = children
    if operator != "~":
        return _OPERATORS[str(operator)]
    low, high = int(numbers[0]), int(numbers[-1])
    if low < 0 or high < low:
        raise Refused(f"a repetition of {low} to {high} times", token=numbers[0], hint="~ 1..3")
    return low, high


_OPERATORS: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_SIMPLE: Final = {counts: operator for operator, counts in _OPERATORS.items()}


def _joined(separator: str, parts: list[Pattern]) -> Pattern:
    texts = [_text(part) for part in parts]
    _check_length(sum(map(len, texts)))
    joined = separator.join(texts)
    return PatternRE(f"(?:{joined})" if separator else joined)


def _repeated(inner: Pattern, operator: str) -> Pattern:
    return PatternRE(f"(?:{_text(inner)}){operator}", inner.flags)
