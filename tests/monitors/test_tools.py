"""Tools and values in free code: what a schema declares can be written, and nothing else in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

import structgen
from structgen.errors import ArgumentError
from structgen.monitors import Tools, attach
from structgen.monitors.shapes import SchemaShape, shape_of
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.writing import writer
from tests.vocabularies import BYTES

TOKENS = [
    b"tools.search",
    b"tools.sear(",
    b"(quer",
    b"(query=",
    b'["title',
    b'["tit"',
    b".search(q",
    b", limits=",
    b"({que",
    b'"id"',
]
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))
can_write = writer(VOCABULARY)


class Line(BaseModel):
    price: float
    amount: int = 1

    def total(self) -> float:
        return self.price * self.amount


@dataclass
class Order:
    number: int
    lines: list[Line]
    first: Line | None = None
    notes: dict[str, Line] | None = None


class Filter(TypedDict):
    field: str
    operator: Literal["is", "has"]


class Page(TypedDict):
    title: str
    tags: list[str]


def search(query: str, limit: int = 10, *, filters: list[Filter] | None = None) -> list[Page]:
    raise NotImplementedError


def stop() -> object:
    raise NotImplementedError


def order(number: int) -> Order:
    raise NotImplementedError


SEND: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "send",
        "parameters": {
            "type": "object",
            "properties": {"to": {"$ref": "#/$defs/person"}, "body": {"type": "string"}},
            "$defs": {"person": {"type": "object", "properties": {"name": {}, "e-mail": {"type": "string"}}}},
        },
        "outputSchema": {"type": "object", "properties": {"id": {"type": "string"}, "sent": {"type": "boolean"}}},
    },
}
TREE: dict[str, Any] = {
    "anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}],
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "children": {"items": {"$ref": "#/$defs/node"}}},
            "allOf": [{"properties": {"weight": {"type": "number"}}}],
        }
    },
}
OPEN: dict[str, Any] = {"type": "object", "properties": {"a": True}, "additionalProperties": {"type": "string"}}
TOOLS = [search, order, stop, SEND]
VALUES = {"tree": TREE, "cart": Order, "loose": OPEN, "page": Page}


@pytest.fixture(scope="module")
def python() -> Tools:
    return Tools(TOOLS, values=VALUES)


@pytest.fixture(scope="module")
def javascript() -> Tools:
    return Tools(TOOLS, values=VALUES, language="javascript")


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ('tools.search(query="x", limit=3)', True), ("tools.search(x, limit = 1", True), ("tools .send(", True),
        ('tools.send(to={"name": "x", "e-mail": y}, body="(, tools.none)")', True), ("tools.search(query == 1", True),
        ('tools.search("x", filters=[{"field": 1}, {"operator": "is"}])', True), ("# tools.none", True),
        ("'tools.none'", True), ("my.tools.none", True), ("toolset.none", True),
        ("tools.search(f(other=1), limit=1", True),
        ("tools.search(*rest, **more)", True), ("tools.search(\n    query=1,\n    limit=2,\n)", True),
        ("x = {'none': 1}", True),
        ("tools.find(", False), ("tools.searches(", False), ("tools.search(text=1", False),
        ("tools.search(limit=1, top=2", False),
        ("tools.search(limit=1, limit=2", False), ('tools.send(to={"mail"', False),
        ('tools.send(to={"name": 1, "age"', False),
        ('tools.search("x", filters=[{"fields"', False), ('tools.search("x", filters=[{"field": 1}, {"is"', False),
        ("print(tools.find", False), ("tools.search(limit=1, x)", False),
    ],
)  # fmt: skip
def test_calls_in_python(python: Tools, text: str, is_known: bool) -> None:
    assert can_write(python, text) is is_known


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ('tree["name"]', True), ("tree['children'][0]['weight']", True), ('tree["children"][i]["children"]', True),
        ('tree.get("name")', True), ("tree.items()", True), ('loose["anything"]', True), ('page["tags"][0]', True),
        ("cart.lines[0].price", True), ("cart.first.total()", True), ("cart.__class__", True),
        ("cart.lines.append(", True),
        ("cart.notes.x", True), ('r = tools.search("x")\nr[0]["title"]', True), ('other["none"]', True),
        ('r = await tools.send(body="x")\nif r["sent"]:', True), ("o = tools.order(1)\no.lines[0].amount", True),
        ('def f(\n    tree,\n):\n    tree["none"]', True), ('if tree != 1:\n    tree["none', False),
        ('tree = {}\ntree["none"]', True), ('def f(tree):\n    return tree["none"]', True), ('x.tree["none"]', True),
        ('for tree in y:\n    tree["none"]', True), ('r = tools.search("x")[0]\nr["none"]', True), ("cart[0]", True),
        ('r = tools.send()\nr = 1\nr["none"]', True), ('(lambda tree: tree["none"])', True),
        ('tree["name"]["none"]', True),
        ("f(tree=1)\ncart.none", False), ('r = tools.search("x")\nr[0]["text"]', False), ('tree["nam"]', False),
        ("tree['children'][0]['size']", False), ('tree.get("size', False), ('page["tag"]', False),
        ("cart.line.", False),
        ("cart.lines[0].cost", False), ("cart.first.totals", False),
        ('r = await tools.send(body="x")\nif r["done', False),
        ("o = tools.order(1)\no.lines[0].costs", False), ('x = [tree["names', False),
    ],
)  # fmt: skip
def test_values_in_python(python: Tools, text: str, is_known: bool) -> None:
    assert can_write(python, text) is is_known


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ('await tools.search({query: "x", limit: 3})', True), ("tools.search({ query, limit })", True),
        ('tools.send({to: {name: x, "e-mail": y}, body: `tools.none`})', True),
        ("tools.send({...all, body: 1})", True),
        ("tools.search({filters: [{field: 1}, {operator: 2}]})", True), ("tree.children[0].name", True),
        ("tree?.children?.[0]?.weight", True), ('tree["name"]', True), ("cart.lines[0].price", True),
        ("// tools.none", True),
        ('const r = await tools.send({body: "x"});\nr.sent', True), ("if (x) { none: 1 }", True), ("loose.any", True),
        ("class A { go(tree) { tree.none", True), ("if (tree) { tree.none.", False),
        ("(tree) => tree.none", True), ("const tree = 1;\ntree.none", True), ("tree.children.length", True),
        ("tools.find(", False), ("tools.search({text: 1", False), ("tools.search({query: 1, top", False),
        ("tools.send({to: {nick: 1", False), ("tools.search({filters: [{field: 1}, {is: 2", False),
        ("tree.nam.", False),
        ("tree?.children?.[0]?.size", False), ('tree["nick', False), ("cart.lines[0].cost", False),
        ('const r = await tools.send({body: "x"});\nr.done', False), ('tools.send({"text', False),
    ],
)  # fmt: skip
def test_calls_and_values_in_javascript(javascript: Tools, text: str, is_known: bool) -> None:
    assert can_write(javascript, text) is is_known


def test_tools_may_be_plain_functions() -> None:
    monitor = Tools([search], receiver="")
    assert can_write(monitor, "anything(none=1)") and can_write(monitor, "search(query=1)")
    assert not can_write(monitor, "search(text=1")
    deep = Tools([search], receiver="client.tools")
    assert can_write(deep, "client.tools.search(limit=1)") and can_write(deep, "client.other.find")
    assert not can_write(deep, "client.tools.find") and can_write(deep, "tools.find")


def test_a_prefix_is_read_too() -> None:
    monitor = Tools(TOOLS, prefix='r = tools.search("x")\nr[0][')
    assert can_write(monitor, '"title"]') and not can_write(monitor, '"text"]')


def test_a_forced_name_is_a_forced_run() -> None:
    matcher = attach(None, VOCABULARY, Tools([search])).matcher()
    for token in VOCABULARY.encode(b"tools."):
        assert matcher.accept_token(token)
    assert matcher.forced_bytes() == b"search"


def test_a_grammar_and_the_monitor_both_hold() -> None:
    compiled = structgen.compile(regex=r"tools\.[a-z]+\([a-z]+=1\)", vocabulary=VOCABULARY)
    matcher = attach(compiled, VOCABULARY, Tools([search])).matcher()
    assert all(map(matcher.accept_token, VOCABULARY.encode(b"tools.search(query=1)")))
    assert matcher.is_accepting()


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ({"type": "object", "properties": {"a": {}}}, {"a"}), ({"type": "object"}, None), (True, None), ({}, None),
        ({"type": "string"}, None), ({"oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}, {"a", "b"}),
        ({"properties": {"a": {}}, "patternProperties": {"x": {}}}, None), ({"$ref": "#/$defs/none"}, None),
        ({"properties": {"a": {}}, "anyOf": [{"required": ["a"]}, {"type": "null"}]}, {"a"}),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"a"}), ({"$ref": "http://elsewhere"}, None),
        ({"properties": {"a": {}}, "anyOf": [{}]}, None), ({"$ref": "#"}, None),
        ({"additionalProperties": False}, None),
        ({"if": {"properties": {"a": {}}}, "then": {"properties": {"b": {}}}}, {"a", "b"}),
        ({"$ref": "#x", "$defs": {"x": {"$anchor": "x", "properties": {"~/": {}}}}}, {"~/"}),
    ],
)  # fmt: skip
def test_names_of_schemas(schema: Any, names: set[str] | None) -> None:
    assert SchemaShape([schema], schema).names() == (None if names is None else frozenset(names))


def test_a_type_that_takes_any_attribute_has_no_names() -> None:
    @dataclass
    class Loose:
        a: int

        def __getattr__(self, name: str) -> int:
            return 1

    assert shape_of(Loose, has_attributes=True).names() is None
    names = shape_of(Line, has_attributes=True).names()
    assert names is not None and names >= {"price", "total", "model_dump"}
    assert shape_of(Line, has_attributes=False).names() == frozenset(["price", "amount"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tools": []}, "at least one tool"), ({"tools": [SEND, SEND]}, "two tools"),
        ({"tools": [{"name": "a-b"}]}, "can't be named in code"), ({"values": {"a b": TREE}}, "can't be named"),
        ({"tools": [search], "receiver": "a b"}, "receiver="), ({"tools": [search], "language": "ruby"}, "language="),
        ({"tools": "search"}, "collection of tools"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Tools(**given)
