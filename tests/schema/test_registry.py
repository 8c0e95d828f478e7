"""Remote documents, dialects of the caller's own, dynamic scope, and the meta-schemas as schemas."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import referencing
import referencing.jsonschema

from structgen.errors import ArgumentError, SchemaError, UnsatisfiableSchemaError, UnsupportedSchemaError
from structgen.schema.references import DRAFTS
from tests.schema.acceptance import accepts_value, compiled

SPECIFICATIONS: dict[str, Any] = {
    "4": referencing.jsonschema.DRAFT4,
    "6": referencing.jsonschema.DRAFT6,
    "7": referencing.jsonschema.DRAFT7,
    "2019-09": referencing.jsonschema.DRAFT201909,
    "2020-12": referencing.jsonschema.DRAFT202012,
}


def registry(draft: str = "2020-12", **documents: Any) -> referencing.Registry[Any]:
    """Documents under http://x/, by name."""
    made = [(f"http://x/{name}", SPECIFICATIONS[draft].create_resource(one)) for name, one in documents.items()]
    return referencing.Registry().with_resources(made)


def verdicts(schema: Any, values: list[Any], **options: Any) -> list[bool]:
    grammar = compiled(schema, **options)
    return [accepts_value(grammar, value) for value in values]


@pytest.mark.parametrize("draft", list(DRAFTS))
@pytest.mark.parametrize(
    "reference",
    ["http://x/a", "http://x/a#", "http://x/a#/definitions/b", "http://x/folder/c", "http://x/a#/definitions/c"],
)
def test_a_reference_leads_into_a_document_of_the_registry(draft: str, reference: str) -> None:
    identifier = DRAFTS[draft].id_keyword
    integer = {"type": "integer"}
    remote = {
        "type": "integer",
        "definitions": {
            "b": {"allOf": [{"$ref": "#/definitions/d"}]},
            "c": {identifier: "folder/c", "items": {"$ref": "e"}, **integer},
            "d": integer,
            "e": {identifier: "folder/e", "type": "string"},
        },
    }
    schema = {"$schema": DRAFTS[draft].uri, "items": {"$ref": reference}}
    assert verdicts(schema, [[1], ["a"]], registry=registry(draft, a=remote)) == [True, False]


def test_documents_refer_to_one_another_and_back_to_the_schema() -> None:
    documents = registry(
        tree={"type": "object", "properties": {"left": {"$ref": "tree"}, "value": {"$ref": "root#/$defs/value"}}},
    )
    schema = {"$id": "http://x/root", "$ref": "tree", "$defs": {"value": {"type": "null"}}}
    values = [{"left": {"left": {"value": None}}}, {"left": {"left": {"value": 1}}}, {"left": 1}]
    assert verdicts(schema, values, registry=documents) == [True, False, False]


def test_a_remote_document_is_in_the_draft_that_it_or_its_resource_says() -> None:
    exclusive = {"type": "integer", "minimum": 1, "exclusiveMinimum": True}
    by_resource = registry("4", a=exclusive)
    assert verdicts({"$ref": "http://x/a"}, [1, 2], registry=by_resource) == [False, True]
    declared = registry(a={"$schema": DRAFTS["4"].uri, **exclusive})
    assert verdicts({"$ref": "http://x/a"}, [1, 2], registry=declared) == [False, True]


def test_a_registry_that_retrieves_is_asked() -> None:
    asked = []

    def retrieve(uri: str) -> referencing.Resource[Any]:
        asked.append(uri)
        if uri.endswith("missing"):
            raise KeyError(uri)
        return referencing.jsonschema.DRAFT202012.create_resource({"type": "null"})

    lazy: referencing.Registry[Any] = referencing.Registry(retrieve=retrieve)  # type: ignore[call-arg]
    assert verdicts({"$ref": "http://x/a"}, [None, 1], registry=lazy) == [True, False]
    assert asked == ["http://x/a"]
    with pytest.raises(UnsupportedSchemaError, match="missing"):
        compiled({"$ref": "http://x/missing"}, registry=lazy)


def test_what_no_document_holds_is_refused_with_its_place() -> None:
    with pytest.raises(UnsupportedSchemaError) as caught:
        compiled({"items": {"$ref": "http://x/b"}}, registry=registry(a=True))
    assert (caught.value.keyword, caught.value.pointer) == ("$ref", "#/items/$ref")
    with pytest.raises(SchemaError, match="leads nowhere"):
        compiled({"items": {"$ref": "http://x/a#/b"}}, registry=registry(a={}))


def test_an_error_in_a_remote_document_names_it() -> None:
    with pytest.raises(SchemaError) as caught:
        compiled({"$ref": "http://x/a"}, registry=registry(a={"properties": {"b": {"type": 5}}}))
    assert caught.value.pointer == "http://x/a#/properties/b/type"


# Drafts


@pytest.mark.parametrize(
    ("declared", "accepted"),
    [
        ("http://json-schema.org/draft-04/schema#", [1]),
        ("http://json-schema.org/draft-04/schema", [1]),
        ("https://json-schema.org/draft-04/schema#", [1]),
        ("http://json-schema.org/draft-04/hyper-schema#", [1]),
        ("http://json-schema.org/draft-06/schema#", [1, 1.0]),
        ("https://json-schema.org/draft/2020-12/schema#", [1, 1.0]),
        ("http://json-schema.org/schema#", [1, 1.0]),
    ],
)
def test_a_declared_draft_is_known_however_it_is_spelled(declared: str, accepted: list[Any]) -> None:
    # Draft 4's integers have no point.
    assert verdicts({"$schema": declared, "type": "integer"}, [1, 1.0]) == [1 in accepted, len(accepted) > 1]


def test_the_argument_overrides_what_the_document_declares() -> None:
    schema = {"$schema": "http://unknown/", "items": {"$schema": DRAFTS["7"].uri, "$ref": "#/d", "type": "string"}}
    schema["d"] = {"type": ["string", "null"]}
    with pytest.raises(UnsupportedSchemaError) as caught:
        compiled(schema)
    assert (caught.value.keyword, caught.value.pointer) == ("$schema", "#/$schema")
    assert verdicts(schema, [[None]], draft="2020-12") == [False]
    assert verdicts(schema, [[None]], draft="7") == [True]
    with pytest.raises(ArgumentError, match="draft is one of"):
        compiled(schema, draft="3")


def test_old_and_unknown_meta_schemas_are_refused() -> None:
    for uri in ("http://json-schema.org/draft-03/schema#", "http://x/meta"):
        with pytest.raises(UnsupportedSchemaError, match=r"\$schema"):
            compiled({"$schema": uri})


# Vocabularies

VOCABULARY = "https://json-schema.org/draft/2020-12/vocab/"


def _meta(*names: str, **more: bool) -> dict[str, Any]:
    listed = dict.fromkeys([f"{VOCABULARY}{name}" for name in ("core", *names)], True)
    return {"$schema": DRAFTS["2020-12"].uri, "$vocabulary": {**listed, **more}}


def test_keywords_of_vocabularies_that_a_meta_schema_leaves_out_are_annotations() -> None:
    documents = registry(meta=_meta("applicator"), odd=_meta("validation", **{"http://y/optional": False}))
    schema = {"properties": {"a": {"minimum": 5}, "b": False}, "type": "object"}
    values = [{"a": 1}, {"b": 1}, 1]
    assert verdicts({"$schema": "http://x/meta", **schema}, values, registry=documents) == [True, False, True]
    assert verdicts({"$schema": "http://x/odd", **schema}, values, registry=documents) == [True, True, False]
    assert verdicts({"$schema": "http://x/odd", **schema}, values, registry=documents, draft="2020-12") == [
        *(False, False, False)
    ]


def test_a_meta_schema_may_be_in_another_one_and_a_part_in_its_own() -> None:
    documents = registry(meta={"$schema": "http://x/base"}, base=_meta("validation"))
    assert verdicts({"$schema": "http://x/meta", "type": "null"}, [None, 1], registry=documents) == [True, False]
    schema = {"items": {"$schema": "http://x/base", "$id": "http://x/part", "items": False, "type": "array"}}
    assert verdicts(schema, [[[1]], [1]], registry=documents) == [True, False]


def test_a_vocabulary_that_is_required_and_unknown_is_refused() -> None:
    documents = registry(meta=_meta(**{"http://y/required": True}), circle={"$schema": "http://x/circle"})
    with pytest.raises(UnsupportedSchemaError) as caught:
        compiled({"$schema": "http://x/meta"}, registry=documents)
    assert caught.value.keyword == "$vocabulary"
    with pytest.raises(UnsupportedSchemaError, match="no meta-schema"):
        compiled({"$schema": "http://x/circle"}, registry=documents)
    with pytest.raises(SchemaError, match="booleans"):
        compiled({"$schema": "http://x/a"}, registry=registry(a={"$vocabulary": {"http://y": 1}}))


# Dynamic scope

TREE = {
    "$id": "http://x/tree",
    "$dynamicAnchor": "node",
    "type": "object",
    "properties": {"children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
}
STRICT = {"$id": "http://x/strict", "$dynamicAnchor": "node", "$ref": "tree", "unevaluatedProperties": False}


def test_a_dynamic_reference_means_the_outermost_anchor() -> None:
    misspelled = {"children": [{"daat": 1}]}
    documents = registry(tree=TREE)
    assert verdicts({"$ref": "http://x/tree"}, [misspelled], registry=documents) == [True]
    assert verdicts(STRICT, [misspelled, {"children": [{"children": []}]}], registry=documents) == [False, True]


def test_one_schema_is_read_anew_for_each_scope_that_reaches_it() -> None:
    generic = {"$id": "http://x/list", "items": {"$dynamicRef": "#item"}, "$defs": {"d": {"$dynamicAnchor": "item"}}}

    def of(kind: str) -> dict[str, Any]:
        return {"$id": kind, "$ref": "list", "$defs": {"d": {"$dynamicAnchor": "item", "type": kind}}}

    schema = {
        "$id": "http://x/root",
        "properties": {"a": of("string"), "b": of("integer"), "c": {"$ref": "list"}},
    }
    values = [{"a": ["x"], "b": [1], "c": ["x", 1]}, {"a": [1]}, {"b": ["x"]}]
    assert verdicts(schema, values, registry=registry(list=generic)) == [True, False, False]


def test_a_dynamic_reference_to_a_plain_anchor_or_pointer_is_a_reference() -> None:
    schema = {
        "$id": "http://x/root",
        "$dynamicAnchor": "node",
        "properties": {"a": {"$ref": "inner"}},
        "$defs": {
            "inner": {
                "$id": "inner",
                "items": {"$dynamicRef": "#node"},
                "contains": {"$dynamicRef": "#/$defs/node"},
                "$defs": {"node": {"$anchor": "node", "type": "null"}},
            }
        },
    }
    assert verdicts(schema, [{"a": [None]}, {"a": [{}]}]) == [True, False]


@pytest.mark.parametrize("outer", [True, False])
def test_a_recursive_reference_means_the_outermost_recursive_root(outer: bool) -> None:
    inner = {
        "$id": "http://x/inner",
        "$recursiveAnchor": True,
        "type": ["object", "null"],
        "additionalProperties": {"$recursiveRef": "#"},
    }
    schema = {
        "$schema": DRAFTS["2019-09"].uri,
        "$id": "http://x/outer",
        "$recursiveAnchor": outer,
        "anyOf": [{"const": 5}, {"$ref": "inner"}],
    }
    documents = registry("2019-09", inner=inner)
    assert verdicts(schema, [{"a": {"b": 5}}, {"a": {"b": 6}}], registry=documents) == [outer, False]
    with pytest.raises(SchemaError, match="must be '#'"):
        compiled({**schema, "items": {"$recursiveRef": "#/x"}}, registry=documents)


# Meta-schemas

SCHEMAS: list[Any] = [
    {},
    {"type": "object", "properties": {"a": {"minLength": 1}}, "required": ["a"]},
    {"items": {"allOf": [{"enum": [1, "x"]}]}},
    {"type": "nonsense"},
    {"properties": {"a": {"minLength": -1}}},
    {"items": {"properties": {"b": {"anyOf": []}}}},
    {"definitions": {"a": {"maximum": "x"}}},
    {"not": {"additionalProperties": 3}},
    5,
    True,
]


@pytest.mark.parametrize("draft", list(DRAFTS))
def test_the_meta_schemas_are_schemas(draft: str) -> None:
    uri = DRAFTS[draft].uri
    validator = jsonschema.validators.validator_for({"$schema": uri})
    oracle = validator(validator.META_SCHEMA)
    grammar = compiled({"$schema": uri, "$ref": uri}, formats="annotate")
    direct = compiled(dict(validator.META_SCHEMA), formats="annotate")
    for schema in SCHEMAS:
        for given in (grammar, direct):
            assert accepts_value(given, schema) == oracle.is_valid(schema), schema


# Schemas that apply themselves to the same value


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {"$ref": "#"}},
        {"if": {"$ref": "#"}},
        {"oneOf": [{"type": "null"}, {"$ref": "#"}]},
        {"dependentSchemas": {"a": {"$ref": "#"}}},
        {"$dynamicAnchor": "a", "anyOf": [{"$dynamicRef": "#a"}]},
        {"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"},
    ],
)
def test_a_schema_that_depends_on_itself_is_an_error(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="leads back to itself") as caught:
        compiled(schema)
    assert not isinstance(caught.value, UnsatisfiableSchemaError)
