"""Whether a grammar has a text, by its definition: the oracle of the tests, for short texts.

For every expression and every beginning, the set of ends is the least solution of what the expression's kind says;
recursion is solved by going round until nothing changes, so left recursion and empty texts need no care. Ignored text
may stand before each terminal, and after the last.
"""

from __future__ import annotations

from structgen.grammar.expressions import Choice, Declared, Document, Expression, Grammar, Reference, Repeat, Sequence
from structgen.regex import Node, matches

__all__ = ["accepts"]


def accepts(grammar: Grammar, text: str) -> bool:
    """Whether the whole text is one of the grammar's. Terminals are cut in any way that parses."""
    return _Recogniser(grammar, text).accepts()


class _Recogniser:
    def __init__(self, grammar: Grammar, text: str) -> None:
        self.grammar = grammar
        self.text = text
        self.ends_of_rules: dict[tuple[str, int], frozenset[int]] = {}
        self.asked: dict[tuple[str, int], None] = {}
        self.ends_of_terminals: dict[tuple[Node, int], frozenset[int]] = {}

    def accepts(self) -> bool:
        self.asked[self.grammar.start, 0] = None
        changed = True
        while changed:
            changed = False
            for name, begin in list(self.asked):
                ends = self.ends(self.grammar.rules[name], begin)
                if ends != self.ends_of_rules.get((name, begin), frozenset()):
                    self.ends_of_rules[name, begin] = ends
                    changed = True
            changed = changed or len(self.asked) > len(self.ends_of_rules)
            for key in self.asked:
                self.ends_of_rules.setdefault(key, frozenset())
        ends = self.ends_of_rules[self.grammar.start, 0]
        return any(len(self.text) in self.after_ignored(end) for end in ends)

    def ends(self, expression: Expression, begin: int) -> frozenset[int]:
        if isinstance(expression, Reference):
            key = expression.name, begin
            self.asked.setdefault(key)
            return self.ends_of_rules.get(key, frozenset())
        if isinstance(expression, Sequence):
            ends = frozenset({begin})
            for part in expression.parts:
                ends = frozenset().union(*[self.ends(part, end) for end in ends])
            return ends
        if isinstance(expression, Choice):
            return frozenset().union(*[self.ends(part, begin) for part in expression.parts])
        if isinstance(expression, Repeat):
            return self.repeated(expression, begin)
        if isinstance(expression, (Document, Declared)):
            raise NotImplementedError("not in an oracle over terminals")
        return frozenset().union(*[self.terminal(expression.node, at) for at in self.after_ignored(begin)])

    def repeated(self, expression: Repeat, begin: int) -> frozenset[int]:
        ends = frozenset({begin})
        found = ends if expression.low == 0 else frozenset()
        seen: set[tuple[int, frozenset[int]]] = set()
        count = 0
        while expression.high is None or count < expression.high:
            # Once the minimum is met, only which ends there are counts; the same ones again add nothing.
            state = (min(count, expression.low), ends)
            if state in seen or not ends:
                break
            seen.add(state)
            ends = frozenset().union(*[self.ends(expression.part, end) for end in ends])
            count += 1
            if count >= expression.low:
                found |= ends
        return found

    def after_ignored(self, begin: int) -> frozenset[int]:
        found = {begin}
        queue = [begin]
        while queue:
            at = queue.pop()
            for terminal in self.grammar.ignored:
                new = self.terminal(terminal.node, at) - found
                found |= new
                queue += new
        return frozenset(found)

    def terminal(self, node: Node, begin: int) -> frozenset[int]:
        key = node, begin
        if key not in self.ends_of_terminals:
            ends = range(begin, len(self.text) + 1)
            self.ends_of_terminals[key] = frozenset(end for end in ends if matches(node, self.text[begin:end]))
        return self.ends_of_terminals[key]
