"""How a protocol's states flow through Python's statements to the cursor.

One name is followed through one scope. A value is a set of states, unknown, or, where no way leads to a place, the
empty set; where ways meet, the sets are joined. What an exception, a loop or a ``with`` may do is in the sets.

Source: Strom, Yemini, "Typestate", IEEE TSE 1986.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from structgen.monitors.protocol import Protocol

__all__ = ["HERE", "illegal_here"]

HERE: Final = "structgen_is_here"
"""The statement that stands for the cursor."""
_LOOKS: Final = frozenset(["print", "len", "repr", "str", "isinstance", "id", "type", "bool", "hash", "format"])
_INNER: Final = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


@dataclass(frozen=True)
class _States:
    """An object of a protocol, in one of ``states``; none where the place isn't reached."""

    protocol: Protocol
    states: frozenset[str]

    def after(self, method: str) -> _States | None:
        """The object after ``method``; None where it is illegal in every state, and what happens isn't known."""
        if method not in self.protocol.methods():
            return self
        rows = [self.protocol.transitions[state] for state in self.states]
        reached = frozenset(row[method] for row in rows if method in row)
        return _States(self.protocol, reached) if reached or not self.states else None


_Value = _States | None  # None: unknown
_UNREACHED: Final = _States(Protocol("", {"": {}}), frozenset())


def illegal_here(tree: ast.Module, name: str, protocols: Sequence[Protocol]) -> frozenset[str]:
    """The methods that ``name`` may not call where the statement ``HERE`` of ``tree`` is."""
    body = _scope_of_here(tree)
    if _may_be_passed_by(body):
        return frozenset()
    outer = (node for statement in body for node in ast.walk(statement) if isinstance(node, (ast.Global, ast.Nonlocal)))
    if any(name in node.names for node in outer):
        return frozenset()
    flow = _Flow(name, protocols)
    flow.block(body, None)
    value = flow.here
    if value is None or not value.states:
        return frozenset()
    legal = {method for state in value.states for method in value.protocol.transitions[state]}
    return value.protocol.methods() - legal


def _may_be_passed_by(body: Sequence[ast.stmt]) -> bool:
    """Whether a round of a loop may pass the cursor by: what is still to be written may run before it is reached."""
    loops = False
    while True:
        around = next((one for one in body if _holds_here([one])), None)
        if around is None or _is_here(around):
            return False
        if loops and not isinstance(around, (ast.With, ast.AsyncWith)):
            return True
        loops |= isinstance(around, (ast.For, ast.AsyncFor, ast.While))
        body = next(block for block in _blocks(around) if _holds_here(block))


def _blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks of a compound statement."""
    found = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    inner = [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]
    return [*found, *(one.body for one in inner)]


def _is_here(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Name) and node.value.id == HERE


def _scope_of_here(tree: ast.Module) -> list[ast.stmt]:
    """The body of the innermost function or class that the cursor is in, or the module's."""
    body = tree.body
    while True:
        inner = [
            node
            for statement in body
            for node in ast.walk(statement)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and any(_is_here(below) for below in ast.walk(node))
        ]
        if not inner:
            return body
        body = inner[0].body  # the outermost is walked to first


def _joined(one: _Value, other: _Value) -> _Value:
    if one is None or other is None:
        return None
    if not one.states or not other.states:
        return other if not one.states else one
    return _States(one.protocol, one.states | other.states) if one.protocol is other.protocol else None


class _Flow:
    """Follows one name through statements, each of which takes the value before it and gives the one after."""

    def __init__(self, name: str, protocols: Sequence[Protocol]) -> None:
        self._name, self._protocols = name, protocols
        self.here: _Value = _UNREACHED
        """What the object is when the cursor is reached for the first time."""
        self._breaks: list[list[_Value]] = []
        self._continues: list[list[_Value]] = []
        self._raises: list[list[_Value]] = []  # of each open try: the values that an exception may leave
        self._steps: dict[type[ast.stmt], Callable[[Any, _Value], _Value]] = {
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.Return: self._left,
            ast.Raise: self._left,
            ast.Break: self._break,
            ast.Continue: self._continue,
            ast.If: self._if,
            ast.While: self._while,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Match: self._match,
            ast.FunctionDef: self._scope,
            ast.AsyncFunctionDef: self._scope,
            ast.ClassDef: self._scope,
        }

    def block(self, statements: Sequence[ast.stmt], value: _Value) -> _Value:
        for statement in statements:
            self._may_raise(value)
            if _is_here(statement):
                self.here = _joined(self.here, value)
                return _UNREACHED  # what comes after is not written yet
            value = self._steps.get(type(statement), self._plain)(statement, value)
            self._may_raise(value)
        return value

    def _may_raise(self, value: _Value) -> None:
        for seen in self._raises:
            seen.append(value)

    def _plain(self, statement: ast.stmt, value: _Value) -> _Value:
        value = self._expressions(statement, value)
        return None if self._binds(statement) else value

    def _assign(self, statement: ast.Assign, value: _Value) -> _Value:
        value = self._expression(statement.value, value)
        for target in statement.targets:
            value = self._bound(target, statement.value, value)
        return value

    def _annotated(self, statement: ast.AnnAssign, value: _Value) -> _Value:
        if statement.value is None:
            return value
        return self._bound(statement.target, statement.value, self._expression(statement.value, value))

    def _bound(self, target: ast.expr, given: ast.expr, value: _Value) -> _Value:
        """The value after ``target`` was given ``given``, whose own effect ``value`` has already."""
        if isinstance(target, ast.Name) and target.id == self._name:
            return self._made(given)
        return None if self._binds(target) else self._expression(target, value)

    def _left(self, statement: ast.Return | ast.Raise, value: _Value) -> _Value:
        self._expressions(statement, value)
        return _UNREACHED

    def _break(self, statement: ast.Break, value: _Value) -> _Value:
        self._breaks[-1].append(value)
        return _UNREACHED

    def _continue(self, statement: ast.Continue, value: _Value) -> _Value:
        self._continues[-1].append(value)
        return _UNREACHED

    def _if(self, statement: ast.If, value: _Value) -> _Value:
        value = self._expression(statement.test, value)
        return _joined(self.block(statement.body, value), self.block(statement.orelse, value))

    def _while(self, statement: ast.While, value: _Value) -> _Value:
        return self._loop(
            statement.body, statement.orelse, lambda entered: self._expression(statement.test, entered), value
        )

    def _for(self, statement: ast.For | ast.AsyncFor, value: _Value) -> _Value:
        value = self._expression(statement.iter, value)
        is_target = self._binds(statement.target)
        return self._loop(statement.body, statement.orelse, lambda entered: None if is_target else entered, value)

    def _loop(
        self, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt], head: Callable[[_Value], _Value], value: _Value
    ) -> _Value:
        while True:  # each round adds a state or ends it
            self._breaks.append([])
            self._continues.append([])
            tested = head(value)
            after = self.block(body, tested)
            for again in self._continues.pop():
                after = _joined(after, again)
            broken = self._breaks.pop()
            entered = _joined(value, after)
            if entered == value:
                break
            value = entered
        left = self.block(orelse, tested)
        for one in broken:
            left = _joined(left, one)
        return left

    def _try(self, statement: ast.Try | ast.TryStar, value: _Value) -> _Value:
        self._raises.append([value])
        after = self.block(statement.body, value)
        raised: _Value = _UNREACHED
        for seen in self._raises.pop():
            raised = _joined(raised, seen)
        self._raises.append([after, raised])
        after = self.block(statement.orelse, after)
        for handler in statement.handlers:
            entered = None if handler.name == self._name else raised
            after = _joined(after, self.block(handler.body, entered))
        left = self._raises.pop()
        if _holds_here(statement.finalbody):
            for seen in left:
                after = _joined(after, seen)
        return self.block(statement.finalbody, after)

    def _with(self, statement: ast.With | ast.AsyncWith, value: _Value) -> _Value:
        is_own = False
        for item in statement.items:
            value = self._operand(item.context_expr, value)
            target = item.optional_vars
            if isinstance(item.context_expr, ast.Name) and item.context_expr.id == self._name:
                is_own = True
            elif isinstance(target, ast.Name) and target.id == self._name:
                value, is_own = self._made(item.context_expr), True
            elif target is not None and self._binds(target):
                value = None
            if is_own and value is not None:
                value = value.after("__enter__")
        self._raises.append([value])
        value = self.block(statement.body, value)
        for seen in self._raises.pop():  # it may end what raises
            value = _joined(value, seen)
        if is_own and value is not None:
            return value.after("__exit__") if "__exit__" in value.protocol.methods() else None
        return value

    def _match(self, statement: ast.Match, value: _Value) -> _Value:
        value = self._expression(statement.subject, value)
        after = value
        for case in statement.cases:
            entered = None if self._binds(case.pattern) else value
            if case.guard is not None:
                entered = self._expression(case.guard, entered)
            after = _joined(after, self.block(case.body, entered))
        return after

    def _scope(self, statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, value: _Value) -> _Value:
        return None if self._mentions(statement) or statement.name == self._name else value

    def _expressions(self, node: ast.AST, value: _Value) -> _Value:
        for below in ast.iter_child_nodes(node):
            value = self._expression(below, value)
        return value

    def _expression(self, node: ast.AST, value: _Value) -> _Value:
        if isinstance(node, _INNER):
            return None if self._mentions(node) else value
        if isinstance(node, ast.Name):
            return None if node.id == self._name else value  # handed on
        if isinstance(node, ast.NamedExpr) and node.target.id == self._name:
            self._expression(node.value, value)
            return self._made(node.value)
        if isinstance(node, ast.Call):
            return self._call(node, value)
        if isinstance(node, ast.Attribute) and self._is_it(node.value):
            return None if value is None or node.attr in value.protocol.methods() else value
        if isinstance(node, ast.BoolOp):
            value = self._operand(node.values[0], value)
            for operand in node.values[1:]:
                value = _joined(value, self._operand(operand, value))
            return value
        if isinstance(node, ast.IfExp):
            value = self._operand(node.test, value)
            return _joined(self._expression(node.body, value), self._expression(node.orelse, value))
        if isinstance(node, ast.Compare):
            for operand in (node.left, *node.comparators):
                value = self._operand(operand, value)
            return value
        return self._operand(node.operand, value) if isinstance(node, ast.UnaryOp) else self._expressions(node, value)

    def _operand(self, node: ast.expr, value: _Value) -> _Value:
        """What is tested or compared isn't handed on."""
        return value if self._is_it(node) else self._expression(node, value)

    def _call(self, node: ast.Call, value: _Value) -> _Value:
        callee = node.func
        method = callee.attr if isinstance(callee, ast.Attribute) and self._is_it(callee.value) else None
        looks = isinstance(callee, ast.Name) and callee.id in _LOOKS
        if method is None:
            value = self._expression(callee, value)
        for given in [*node.args, *(one.value for one in node.keywords)]:
            value = self._operand(given, value) if looks else self._expression(given, value)
        if method is not None and value is not None:
            value = value.after(method)
            self._may_raise(value)
        return value

    def _made(self, node: ast.expr) -> _Value:
        """The object that an expression makes, as a call of a class or of a maker."""
        if isinstance(node, ast.Await):
            node = node.value
        if not isinstance(node, ast.Call):
            return None
        callee = ast.unparse(node.func)
        for protocol in self._protocols:
            state = protocol.made_by(callee)
            if state is not None:
                return _States(protocol, frozenset([state]))
        return None

    def _is_it(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self._name

    def _mentions(self, node: ast.AST) -> bool:
        return any(self._is_it(below) for below in ast.walk(node))

    def _binds(self, node: ast.AST) -> bool:
        """Whether ``node`` may give the name to something, as a target, an import, a deletion or a pattern."""
        for below in ast.walk(node):
            if self._is_it(below) and isinstance(below.ctx, (ast.Store, ast.Del)):  # type: ignore[attr-defined]
                return True
            if isinstance(below, ast.alias) and (below.asname or below.name.partition(".")[0]) in (self._name, "*"):
                return True
            if isinstance(below, (ast.MatchAs, ast.MatchStar)) and below.name == self._name:
                return True
            if isinstance(below, ast.MatchMapping) and below.rest == self._name:
                return True
        return False


def _holds_here(statements: Sequence[ast.stmt]) -> bool:
    return any(_is_here(below) for statement in statements for below in ast.walk(statement))
