"""References: what they mean by draft, resource and anchor; which are refused; cycles."""

from __future__ import annotations

from typing import Any

import pytest

from structgen.errors import LimitExceededError, SchemaError, UnsatisfiableSchemaError, UnsupportedSchemaError
from structgen.schema.documents import load, load_with_notes
from structgen.schema.references import DRAFTS
from tests.schema.membership import is_member

NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("reference", "schema"),
    [
        ("#/$defs/d", {"$defs": {"d": NULL}}),
        ("#/$defs/a~1b~0c", {"$defs": {"a/b~c": NULL}}),
        ("#/$defs/a%20b%25", {"$defs": {"a b%": NULL}}),
        ("#/$defs/l/anyOf/1", {"$defs": {"l": {"anyOf": [True, NULL]}}}),
        ("#/unknown/place", {"unknown": {"place": NULL}}),
        ("#/$defs/", {"$defs": {"": NULL}}),
        ("#/$defs/d", {"$defs": {"d": {"$ref": "#/$defs/e"}, "e": {"$ref": "#/$defs/f", "title": "alias"}, "f": NULL}}),
        ("#here", {"$defs": {"d": {"$anchor": "here", **NULL}}}),
        ("other", {"$id": "http://example.com/root", "$defs": {"d": {"$id": "other", **NULL}}}),
        ("http://example.com/other", {"$id": "http://example.com/root", "$defs": {"d": {"$id": "other", **NULL}}}),
        ("other#/$defs/e", {"$id": "urn:a", "$defs": {"d": {"$id": "other", "$defs": {"e": NULL}}}}),
        (
            "other#at",
            {"$id": "http://a/b", "$defs": {"d": {"$id": "other", "$defs": {"e": {"$anchor": "at", **NULL}}}}},
        ),
        ("root#/$defs/d", {"$id": "http://example.com/root", "$defs": {"d": NULL}}),
        ("#/$defs/d/$defs/e", {"$defs": {"d": {"$id": "http://a/b", "$defs": {"e": NULL}}}}),
    ],
)
def test_a_reference_leads_to_its_schema(reference: str, schema: dict[str, Any]) -> None:
    term = load({"properties": {"a": {"$ref": reference}}, **schema})
    assert is_member({"a": None}, term)
    assert not is_member({"a": 1}, term)


def test_a_pointer_inside_an_embedded_resource_starts_at_its_root() -> None:
    inner = {"$id": "http://a/inner", "properties": {"x": {"$ref": "#/$defs/d"}}, "$defs": {"d": NULL}}
    term = load({"properties": {"a": inner}, "$defs": {"d": {"type": "string"}}})
    assert is_member({"a": {"x": None}}, term)
    assert not is_member({"a": {"x": "text"}}, term)


def test_a_reference_beside_an_id_is_relative_to_that_id() -> None:
    schema = {
        "properties": {"a": {"$id": "http://a/x/", "$ref": "y"}},
        "$defs": {"d": {"$id": "http://a/x/y", **NULL}, "e": {"$id": "http://a/y", "type": "string"}},
    }
    assert is_member({"a": None}, load(schema))
    assert not is_member({"a": "text"}, load(schema))


@pytest.mark.parametrize(("draft", "identifier"), [("4", "id"), ("6", "$id"), ("7", "$id")])
def test_older_drafts_name_anchors_and_resources_by_id(draft: str, identifier: str) -> None:
    schema = {
        "$schema": DRAFTS[draft].uri,
        identifier: "http://a/root.json",
        "definitions": {
            "d": {identifier: "#here", **NULL},
            "e": {identifier: "other.json", "definitions": {"f": {"type": "string"}}},
            "g": {identifier: "http://b/", "$ref": "#/definitions/d"},
        },
        "properties": {
            "a": {"$ref": "#here"},
            "b": {"$ref": "other.json#/definitions/f"},
            "c": {"$ref": "#/definitions/g"},
        },
    }
    term = load(schema)
    assert is_member({"a": None, "b": "text", "c": None}, term)
    assert not is_member({"a": 1}, term)
    assert not is_member({"b": None}, term)
    assert not is_member({"c": 1}, term)


def test_a_property_named_like_a_keyword_is_no_keyword() -> None:
    names = ("$ref", "$id", "$schema", "id", "enum", "$anchor")
    term = load({"properties": dict.fromkeys(names, NULL), "additionalProperties": False})
    assert is_member(dict.fromkeys(names), term)
    assert not is_member({"$ref": "x"}, term)


def test_a_part_may_declare_a_draft_of_its_own() -> None:
    part = {"$schema": DRAFTS["4"].uri, "minimum": 1, "exclusiveMinimum": True, "const": "unknown in draft 4"}
    for schema in ({"properties": {"a": part}}, {"properties": {"a": {**part, "id": "http://a/b"}}}):
        term = load(schema)
        assert is_member({"a": 2}, term)
        assert not is_member({"a": 1}, term)


def test_the_meta_schemas_are_at_hand() -> None:
    uri = "http://json-schema.org/draft-04/schema#/definitions/positiveInteger"
    term = load({"$schema": DRAFTS["4"].uri, "properties": {"a": {"$ref": uri}}})
    assert is_member({"a": 0}, term)
    assert not is_member({"a": -1}, term)


@pytest.mark.parametrize("reference", ["http://example.com/x", "other.json", "urn:x#/y", "//[", "#/$defs/d#"])
def test_a_reference_to_another_document_is_refused(reference: str) -> None:
    with pytest.raises(SchemaError) as caught:
        load({"properties": {"a": {"$ref": reference}}})
    assert caught.value.pointer == "#/properties/a/$ref"


@pytest.mark.parametrize(
    "reference", ["#/nowhere", "#/properties/a/$ref/b", "#/anyOf/1", "#/anyOf/x", "#nowhere", "#a b"]
)
def test_a_reference_to_nowhere_is_an_error(reference: str) -> None:
    with pytest.raises(SchemaError) as caught:
        load({"properties": {"a": {"$ref": reference}}, "anyOf": [True]})
    assert not isinstance(caught.value, UnsupportedSchemaError)
    assert caught.value.pointer == "#/properties/a/$ref"
    assert "leads nowhere" in caught.value.what


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"items": {"$dynamicRef": "#nope"}}, "#/items/$dynamicRef"),
        ({"items": {"$dynamicRef": "#/nope"}}, "#/items/$dynamicRef"),
        ({"items": {"$dynamicRef": "other.json"}}, "#/items/$dynamicRef"),
        ({"items": {"$dynamicRef": "http://[x"}}, "#/items/$dynamicRef"),
        ({"items": {"$dynamicRef": "#/$defs/a"}, "$defs": {"a": {"$ref": "#/nope"}}}, "#/$defs/a/$ref"),
        ({"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"$ref": "other.json"}}}, "#/$defs/a/$ref"),
    ],
    ids=str,
)
def test_what_leads_nowhere_is_named_where_it_stands(schema: dict[str, Any], pointer: str) -> None:
    with pytest.raises(SchemaError) as caught:
        load(schema)
    assert caught.value.pointer == pointer
    if isinstance(caught.value, UnsupportedSchemaError):
        assert caught.value.keyword == pointer.rpartition("/")[2]


def test_a_target_must_be_a_schema() -> None:
    with pytest.raises(SchemaError, match="must be an object or a boolean"):
        load({"properties": {"a": {"$ref": "#/x"}}, "x": [1]})


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        {"anyOf": [{"type": "null"}, {"$ref": "#"}]},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#", "type": "null"}}},
        {"properties": {"x": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"anyOf": [{"anyOf": [{"$ref": "#/$defs/a"}]}]}}},
    ],
)
def test_a_reference_that_never_meets_an_assertion_is_an_error(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="leads back to itself"):
        load(schema)


def test_choices_that_share_a_target_are_no_cycle() -> None:
    schema = {
        "anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}, {"$ref": "#/$defs/a"}],
        "$defs": {
            "a": {"anyOf": [{"$ref": "#/$defs/c"}, {"$ref": "#/$defs/b"}]},
            "b": {"anyOf": [{"$ref": "#/$defs/c"}, {"const": 5}]},
            "c": {"properties": {"next": {"$ref": "#"}}, "type": ["object", "null"]},
        },
    }
    term = load(schema)
    assert is_member({"next": {"next": 5}}, term)
    assert not is_member({"next": 6}, term)


def test_an_unreached_schema_is_not_looked_at() -> None:
    unreached = {"type": "nonsense", "allOf": 3, "pattern": "(", "$ref": "http://remote/", "$id": "urn:x"}
    load({"$defs": {"d": unreached}, "then": unreached, "x": unreached})
    with pytest.raises(SchemaError):
        load({"$defs": {"d": unreached}, "properties": {"a": {"$ref": "#/$defs/d"}}})


def test_a_long_chain_of_references_is_followed() -> None:
    chain: dict[str, Any] = {f"d{number}": {"$ref": f"#/$defs/d{number + 1}"} for number in range(20_000)}
    term = load({"$defs": {**chain, "d20000": NULL}, "$ref": "#/$defs/d0"})
    assert is_member(None, term)
    assert not is_member(1, term)


def test_a_chain_of_choices_is_followed_as_far_as_they_can_be_kept_apart() -> None:
    def chain(length: int, **more: object) -> dict[str, Any]:
        links = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}", **more} for n in range(length)}
        return {"$defs": {**links, f"d{length}": NULL}, "$ref": "#/$defs/d0"}

    assert is_member(None, load(chain(900, type=["null", "string"])))
    with pytest.raises(LimitExceededError):
        load(chain(5000, type=["null", "string"]))


def test_a_dict_that_holds_itself_is_a_recursive_schema() -> None:
    schema: dict[str, Any] = {"type": "array"}
    schema["items"] = schema
    term = load(schema)
    assert is_member([[], [[]]], term)
    assert not is_member([[1]], term)
    schema["minItems"] = 1
    with pytest.raises(UnsatisfiableSchemaError):
        load(schema)


def test_changing_the_schema_afterwards_changes_nothing() -> None:
    schema: dict[str, Any] = {"properties": {"a": {"type": "null", "enum": [None]}}, "required": ["a"]}
    term = load(schema)
    schema["properties"]["a"]["enum"][0] = 5
    schema["properties"]["a"]["type"] = "string"
    schema["required"].append("b")
    schema["properties"]["b"] = False
    assert is_member({"a": None, "b": 1}, term)


def test_an_id_of_a_wrong_type_is_reported_where_it_is_reached() -> None:
    schema = {"$defs": {"d": {"$id": 5}, "e": {"$anchor": "here", **NULL}}, "properties": {"a": {"$ref": "#here"}}}
    assert is_member({"a": None}, load(schema))
    with pytest.raises(SchemaError, match="must be a string") as caught:
        load({**schema, "items": {"$ref": "#/$defs/d"}})
    assert caught.value.pointer == "#/$defs/d/$id"


@pytest.mark.parametrize(
    ("reference", "what"),
    [("#here", "several schemas have the anchor"), ("http://a/b", "several schemas have the URI")],
)
def test_a_name_that_two_schemas_have_means_neither(reference: str, what: str) -> None:
    two = {"d": {"$anchor": "here"}, "e": {"$anchor": "here"}, "f": {"$id": "http://a/b"}, "g": {"$id": "http://a/b"}}
    load({"$defs": two, "properties": {"a": {"$ref": "#/$defs/d"}, "b": {"$ref": "#/$defs/f"}}})
    with pytest.raises(SchemaError, match=what):
        load({"$defs": two, "properties": {"a": {"$ref": reference}}})


def test_a_part_of_an_unknown_dialect_matters_only_where_it_is_reached() -> None:
    schema = {"$defs": {"d": {"$schema": "http://x/unknown", "items": {}}, "e": {"$anchor": "here", **NULL}}}
    assert not is_member({"a": 1}, load({**schema, "properties": {"a": {"$ref": "#here"}}}))
    with pytest.raises(UnsupportedSchemaError) as caught:
        load({**schema, "properties": {"a": {"$ref": "#/$defs/d"}}})
    assert caught.value.pointer == "#/$defs/d/$schema"


def test_a_fragment_is_no_uri_of_a_resource() -> None:
    part = {"$id": "#/properties/a", "properties": {"b": {"$ref": "#/$defs/d"}}}
    assert not is_member({"a": {"b": 1}}, load({"$defs": {"d": NULL}, "properties": {"a": part}}))


def test_what_asserts_nothing_although_it_is_a_keyword_is_noted() -> None:
    schema = {
        "$schema": DRAFTS["7"].uri,
        "properties": {"a": {"$ref": "#/definitions/d", "minLength": 1, "description": "x"}, "b": {"prefixItems": []}},
        "definitions": {"d": {"$ref": "#/definitions/e", "type": "null"}, "e": {"title": "x", "$defs": {}}},
        "then": {"const": 1},
    }
    _, notes = load_with_notes(schema)
    assert {note.pointer: note.keyword for note in notes} == {
        "#/properties/a/minLength": "minLength",
        "#/definitions/d/type": "type",
        "#/properties/b/prefixItems": "prefixItems",
    }
    assert load_with_notes({"properties": {"a": {"$ref": "#/$defs/d", "minLength": 1}}, "$defs": {"d": {}}})[1] == ()
    assert [str(note) for note in load_with_notes({"dependencies": {}})[1]] == [
        "#/dependencies: draft 2020-12 has no such keyword: it asserts nothing"
    ]
