"""Terms: canonical values, pruning, emptiness with cycles, hash-consing, keys."""

from __future__ import annotations

from typing import Any

import pytest

from structgen.errors import LimitExceededError, UnsatisfiableSchemaError
from structgen.regex.charset import CharSet
from structgen.regex.derivatives import matches
from structgen.regex.nodes import ANYTHING, NOTHING, characters, repeat, union, words
from structgen.schema.documents import load
from structgen.schema.expansion import MAX_ALTERNATIVES
from structgen.schema.numbers import number_language
from structgen.schema.subschemas import INTEGER, NUMBER
from structgen.schema.terms import FALSE, TRUE, ArrayShape, ObjectShape, Term, ValueSet

NOTHING_ELSE: dict[str, Any] = {
    "null": False, "booleans": frozenset(), "number": NOTHING, "string": NOTHING, "arrays": (), "objects": (),
}  # fmt: skip


def _values(**given: Any) -> ValueSet:
    return ValueSet(**{**NOTHING_ELSE, **given})


EVERY_OBJECT = ObjectShape((), ((ANYTHING, TRUE),), frozenset())
STRING, NULL = load({"type": "string"}), load({"type": "null"})


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, _values(null=True, booleans=frozenset((False, True)), number=number_language(NUMBER), string=ANYTHING,
                       arrays=(ArrayShape((), TRUE, 0, None),), objects=(EVERY_OBJECT,))),
        ({"type": ["integer", "null"]}, _values(null=True, number=number_language(INTEGER))),
        ({"type": ["integer", "number"]}, _values(number=number_language(NUMBER))),
        ({"enum": ["b", "a", True]}, _values(booleans=frozenset((True,)), string=words(["a", "b"]))),
        ({"anyOf": [{"const": "a"}, {"const": "b"}, {"type": "null"}]}, _values(null=True, string=words(["a", "b"]))),
        ({"type": "string", "minLength": 2, "maxLength": 5}, _values(string=repeat(characters(CharSet.ANY), 2, 5))),
        ({"type": "array", "items": {"type": "string"}}, _values(arrays=(ArrayShape((), STRING, 0, None),))),
        ({"type": "array", "items": False}, _values(arrays=(ArrayShape((), FALSE, 0, 0),))),
        ({"type": "array", "maxItems": 1}, _values(arrays=(ArrayShape((), TRUE, 0, 1),))),
        ({"type": "array", "prefixItems": [{"type": "string"}, {"type": "null"}], "maxItems": 1},
         _values(arrays=(ArrayShape((STRING,), FALSE, 0, 1),))),
        ({"type": "array", "prefixItems": [{"type": "string"}, False, True]},
         _values(arrays=(ArrayShape((STRING,), FALSE, 0, 1),))),
        ({"type": "array", "prefixItems": [True, True]}, _values(arrays=(ArrayShape((), TRUE, 0, None),))),
        ({"type": "array", "prefixItems": [{"type": "null"}], "items": {"type": "string"}, "minItems": 3,
         "maxItems": 9},
         _values(arrays=(ArrayShape((NULL,), STRING, 3, 9),))),
        ({"type": "object", "properties": {"b": {"type": "string"}, "a": False}, "required": ["c", "b"],
         "additionalProperties": {"type": "null"}},
         _values(objects=(ObjectShape((("b", STRING), ("a", FALSE), ("c", NULL)), ((ANYTHING, NULL),),
                                      frozenset("bc")),))),
        ({"type": "object", "anyOf": [{}, {"properties": {"a": {"type": "null"}}}]},
         _values(objects=(EVERY_OBJECT,))),
        ({"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["a"]}]},
         _values(objects=(ObjectShape((("a", TRUE),), ((ANYTHING, TRUE),), frozenset("a")),))),
        ({"anyOf": [{"type": "array", "minItems": 2, "maxItems": 1},
         {"type": "object", "required": ["a"], "properties": {"a": False}}, {"type": "null"}]},
         _values(null=True)),
        ({"anyOf": [{"type": "array", "prefixItems": [False], "minItems": 1}, {"type": "null"}]}, _values(null=True)),
        ({"anyOf": [{"type": "array", "items": {"type": "string", "pattern": "^a$", "maxLength": 0}, "minItems": 1},
         {"type": "null"}]}, _values(null=True)),
    ],
)  # fmt: skip
def test_values_are_canonical(schema: Any, expected: ValueSet) -> None:
    assert load(schema).values() == expected


def test_properties_of_a_conjunction_meet_by_name_in_the_order_of_declaration() -> None:
    term = load(
        {
            "type": "object",
            "properties": {"z": {"type": ["string", "null"]}, "a": {"type": "integer"}},
            "required": ["n"],
            "$ref": "#/$defs/other",
            "$defs": {
                "other": {
                    "properties": {"y": {"type": "null"}, "z": {"type": ["null", "integer"]}},
                    "additionalProperties": {"type": ["integer", "boolean"]},
                    "required": ["z", "m"],
                }
            },
        }
    )
    (shape,) = term.values().objects
    assert [name for name, _ in shape.properties] == ["z", "a", "y", "n", "m"]
    assert shape.required == {"n", "z", "m"}
    declared = dict(shape.properties)
    assert declared["z"] is NULL
    assert declared["a"] is load({"type": "integer"})
    assert declared["y"] is NULL
    assert declared["n"] is declared["m"] is shape.others[0][1] is load({"type": ["integer", "boolean"]})


def test_positions_of_a_conjunction_meet_by_index() -> None:
    term = load(
        {
            "type": "array",
            "prefixItems": [{"type": ["null", "string"]}],
            "items": {"type": ["boolean", "integer", "string"]},
            "maxItems": 5,
            "anyOf": [{"prefixItems": [True, {"type": "boolean"}, {"type": "null"}], "minItems": 1, "maxItems": 9}],
        }
    )
    (shape,) = term.values().arrays
    boolean, integer_or = load({"type": "boolean"}), load({"type": ["null", "string"]})
    assert shape == ArrayShape((integer_or, boolean), FALSE, 1, 2)


def test_an_alternative_is_narrowed_by_what_stands_beside_it() -> None:
    values = load(
        {"anyOf": [{"type": "string"}, {"type": "integer"}], "maximum": 9, "minimum": 5, "pattern": "^a"}
    ).values()
    assert matches(values.number, "5")
    assert not matches(values.number, "10")
    assert matches(values.string, "ab")
    assert not matches(values.string, "b")


def test_equal_conjunctions_of_a_document_are_one_term() -> None:
    node = {"type": "object", "properties": {"left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"}}}
    term = load({"$defs": {"node": node}, "$ref": "#/$defs/node"})
    (shape,) = term.values().objects
    assert [child for _, child in shape.properties] == [term, term]


def test_recursion_through_conjunctions_leads_back_to_the_same_term() -> None:
    node = {
        "type": "object",
        "properties": {"next": {"$ref": "#/$defs/node", "properties": {"name": {"type": "string"}}}},
    }
    term = load({"$defs": {"node": node}, "$ref": "#/$defs/node"})
    seen: list[Term] = []
    for _ in range(4):
        (shape,) = term.values().objects
        term = dict(shape.properties)["next"]
        seen.append(term)
    assert seen[1] is seen[2] is seen[3]


def test_terms_that_only_name_types_are_shared_by_all_documents() -> None:
    assert load({"type": "string", "title": "T"}) is load({"$defs": {"s": {"type": "string"}}, "$ref": "#/$defs/s"})
    assert load({}) is load(True) is load({"type": ["null", "boolean", "number", "string", "array", "object"]}) is TRUE
    assert load({"type": "null", "minimum": 5, "properties": {"a": False}}) is NULL


def test_equal_scalars_of_different_documents_have_equal_keys() -> None:
    one = load({"enum": [1, "a", None]})
    other = load({"anyOf": [{"const": None}, {"const": "a"}, {"const": 1.0}], "description": "spelled otherwise"})
    assert one.key == other.key
    assert hash(one.key) == hash(other.key)
    assert load({"minLength": 3, "type": "string"}).key == load({"type": "string", "pattern": "", "minLength": 3}).key
    assert load({"type": "string"}).key != load({"type": "null"}).key
    assert load({"type": "array"}).key == load({"type": "array"}).key
    assert load({"type": "array", "items": {"enum": [1]}}).key is None


# Emptiness


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "string", "minLength": 2, "maxLength": 1},
        {"type": "string", "pattern": "^a$", "minLength": 2},
        {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
        {"type": "number", "minimum": 1, "exclusiveMaximum": 1},
        {"enum": []},
        {"enum": [1.5], "type": "integer"},
        {"enum": ["a"], "pattern": "b"},
        {"const": {"a": 1}, "required": ["b"]},
        {"const": [1], "items": {"type": "string"}},
        {"type": "array", "minItems": 2, "prefixItems": [True, False]},
        {"type": "array", "minItems": 3, "prefixItems": [True], "items": False},
        {"type": "object", "required": ["a"], "additionalProperties": False},
        {"anyOf": [{"type": "string"}, {"type": "null"}], "type": "integer"},
        {"anyOf": [False, {"type": "integer", "minimum": 3, "maximum": 2}]},
        {"$ref": "#/$defs/a", "type": "null", "$defs": {"a": {"type": "string"}}},
        {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]},
        {"type": "array", "items": {"$ref": "#"}, "minItems": 1},
        {
            "$ref": "#/$defs/a",
            "$defs": {
                "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}, "required": ["b"]},
                "b": {"type": "array", "items": {"$ref": "#/$defs/c"}, "minItems": 1},
                "c": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/d"}]},
                "d": {"type": "object", "properties": {"c": {"$ref": "#/$defs/c"}}, "required": ["c"]},
            },
        },
    ],
)
def test_unsatisfiable_schemas_are_found(schema: Any) -> None:
    with pytest.raises(UnsatisfiableSchemaError):
        load(schema)
    # The same below a property that need not be there is fine, and the property can't be there.
    if isinstance(schema, dict) and "$defs" not in schema and "$ref" not in str(schema):
        (shape,) = load({"type": "object", "properties": {"a": schema}}).values().objects
        assert shape.properties == (("a", FALSE),)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["object", "null"], "properties": {"next": {"$ref": "#"}}, "required": ["next"]},
        {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}, "required": ["next"]},
        {"type": "array", "items": {"$ref": "#"}},
        {"type": "object", "properties": {"next": {"$ref": "#"}}},
        {
            "$ref": "#/$defs/a",
            "$defs": {
                "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}, "required": ["b"]},
                "b": {"type": "array", "items": {"$ref": "#/$defs/c"}, "minItems": 1},
                "c": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/d"}]},
                "d": {"type": "object", "properties": {"c": {"$ref": "#/$defs/c"}}},
            },
        },
    ],
)
def test_recursion_that_can_end_is_satisfiable(schema: Any) -> None:
    assert not load(schema).is_empty()


def test_each_member_of_a_cycle_gets_its_own_verdict() -> None:
    term = load(
        {
            "type": "object",
            "properties": {
                "dead": {"$ref": "#/$defs/dead"},
                "alive": {"$ref": "#/$defs/alive"},
                "list": {"type": "array", "items": {"$ref": "#/$defs/dead"}},
            },
            "$defs": {
                "dead": {"type": "object", "properties": {"x": {"$ref": "#/$defs/both"}}, "required": ["x"]},
                "both": {"type": "object", "properties": {"d": {"$ref": "#/$defs/dead"},
                 "a": {"$ref": "#/$defs/alive"}}, "required": ["d", "a"]},
                "alive": {"type": "object", "properties": {"b": {"$ref": "#/$defs/both"},
                 "a": {"$ref": "#/$defs/alive"}}},
            },
        }
    )  # fmt: skip
    (shape,) = term.values().objects
    declared = dict(shape.properties)
    assert declared["dead"] is FALSE
    assert declared["list"].values().arrays == (ArrayShape((), FALSE, 0, 0),)
    (alive,) = declared["alive"].values().objects
    assert alive.properties == (("b", FALSE), ("a", declared["alive"]))


def test_a_verdict_does_not_depend_on_what_was_asked_first() -> None:
    definitions = {
        "a": {"type": "array", "items": {"$ref": "#/$defs/b"}, "minItems": 1},
        "b": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/c"}]},
        "c": {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}, "n": {"type": "null"}}, "required": ["n"]},
    }
    for order in (["a", "b", "c"], ["c", "b", "a"], ["b", "a", "c"]):
        properties = {name: {"$ref": f"#/$defs/{name}"} for name in order}
        (shape,) = load({"type": "object", "properties": properties, "$defs": definitions}).values().objects
        assert not any(term.is_empty() for _, term in shape.properties)


@pytest.mark.parametrize("depth", [1_000, 30_000])
def test_deep_schemas_are_decided_without_the_interpreters_stack(depth: int) -> None:
    def nested(innermost: Any) -> Any:
        for _ in range(depth):
            innermost = {"type": "object", "properties": {"a": innermost}, "required": ["a"]}
        return innermost

    assert load(nested({"enum": ["x"], "pattern": "x"})).values().objects
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        load(nested({"enum": ["x"], "pattern": "y"}))
    assert caught.value.pointer.count("/") == 2 * depth


# Limits


def test_two_hundred_branches_beside_properties_are_two_hundred_alternatives() -> None:
    branches = [{"properties": {"kind": {"const": f"k{n}"}}, "required": ["kind", f"p{n}"]} for n in range(200)]
    term = load({"type": "object", "properties": {"kind": {"type": "string"}}, "anyOf": branches})
    assert len(term.values().objects) == 200


def test_branches_that_no_type_joins_do_not_multiply() -> None:
    def branches(n: int) -> list[Any]:
        return [{"type": kind, "title": f"{n}{kind}"} for kind in ("string", "integer", "null", "object", "array")]

    definitions = {f"d{n}": {"anyOf": branches(n), "$ref": f"#/$defs/d{n + 1}"} for n in range(50)}
    term = load({"$ref": "#/$defs/d0", "$defs": {**definitions, "d50": True}})
    assert term.values().string is ANYTHING


def test_choices_that_multiply_out_of_bounds_are_an_error() -> None:
    definitions = {
        f"d{n}": {"anyOf": [{"required": [f"a{n}"]}, {"required": [f"b{n}"]}], "$ref": f"#/$defs/d{n + 1}"}
        for n in range(40)
    }
    with pytest.raises(LimitExceededError) as caught:
        load({"$ref": "#/$defs/d0", "$defs": {**definitions, "d40": {"type": "object"}}})
    assert str(MAX_ALTERNATIVES) in caught.value.limit


def test_a_hundred_thousand_listed_strings_are_one_table() -> None:
    texts = [f"value {number}" for number in range(100_000)]
    string = load({"enum": texts}).values().string
    assert string is words(texts)
    assert union(string, words(["value 5"])) is not NOTHING
    assert not matches(string, "value 100000")
