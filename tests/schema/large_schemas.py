"""Schemas as large as real ones get, made up: each function's result is shaped like a published family of schemas."""

from __future__ import annotations

from typing import Any

__all__ = ["cloud_template", "cluster_objects", "health_records", "large_enum", "nested", "wide_object"]


def cloud_template(resources: int) -> dict[str, Any]:
    """A template of resources by name, each of one of so many types; about 1 KB a type, all of them reachable."""
    name = {"type": "string", "pattern": "^[a-zA-Z0-9]+$"}
    definitions: dict[str, Any] = {}
    for number in range(resources):
        properties: dict[str, Any] = {f"Setting{index}": {"type": "string"} for index in range(8)}
        properties["Size"] = {"type": "number"}
        properties["Tags"] = {"type": "array", "items": {"$ref": f"#/definitions/Part{number}"}, "uniqueItems": False}
        definitions[f"Part{number}"] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {"Key": {"type": "string"}, "Value": {"type": "string"}},
            "required": ["Key", "Value"],
        }
        definitions[f"Resource{number}"] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "Type": {"type": "string", "enum": [f"Cloud::Service{number % 50}::Resource{number}"]},
                "DependsOn": {"anyOf": [name, {"type": "array", "items": name}]},
                "DeletionPolicy": {"type": "string", "enum": ["Delete", "Retain", "Snapshot"]},
                "Properties": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": properties,
                    "required": ["Setting0"],
                },
            },
            "required": ["Type", "Properties"],
        }
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "additionalProperties": False,
        "required": ["Resources"],
        "properties": {
            "Description": {"type": "string", "maxLength": 1024},
            "Resources": {
                "type": "object",
                "additionalProperties": False,
                "patternProperties": {
                    "^[a-zA-Z0-9]+$": {"anyOf": [{"$ref": f"#/definitions/Resource{n}"} for n in range(resources)]}
                },
            },
        },
        "definitions": definitions,
    }


def cluster_objects(kinds: int) -> dict[str, Any]:
    """Objects told apart by `apiVersion` and `kind`, exactly one of so many, with shared parts."""
    definitions: dict[str, Any] = {
        "Meta": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 253},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "ownerReferences": {"type": "array", "items": {"$ref": "#/definitions/Owner"}},
            },
        },
        "Owner": {
            "type": "object",
            "properties": {"kind": {"type": "string"}, "uid": {"type": "string"}},
            "required": ["kind", "uid"],
        },
        "Quantity": {"oneOf": [{"type": "string", "pattern": "^[0-9]+(m|Mi|Gi)?$"}, {"type": "integer"}]},
    }
    for number in range(kinds):
        definitions[f"Spec{number}"] = {
            "type": "object",
            "properties": {
                **{f"field{index}": {"type": ["string", "null"], "description": "x" * 60} for index in range(10)},
                "limits": {"type": "object", "additionalProperties": {"$ref": "#/definitions/Quantity"}},
                "template": {"$ref": f"#/definitions/Spec{(number * 7 + 1) % kinds}"},
            },
        }
        definitions[f"Kind{number}"] = {
            "type": "object",
            "properties": {
                "apiVersion": {"const": f"group{number % 9}/v1"},
                "kind": {"const": f"Kind{number}"},
                "metadata": {"$ref": "#/definitions/Meta"},
                "spec": {"$ref": f"#/definitions/Spec{number}"},
            },
            "required": ["apiVersion", "kind"],
        }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "oneOf": [{"$ref": f"#/definitions/Kind{number}"} for number in range(kinds)],
        "definitions": definitions,
    }


def health_records(types: int) -> dict[str, Any]:
    """A recursive web: every type may contain, extend or hold any of several others; a discriminated root."""
    definitions: dict[str, Any] = {
        "Extension": {
            "type": "object",
            "properties": {"url": {"type": "string"}, "extension": {"items": {"$ref": "#/definitions/Extension"}}},
            "required": ["url"],
            "additionalProperties": False,
        }
    }
    for number in range(types):
        properties: dict[str, Any] = {
            "resourceType": {"const": f"Type{number}"},
            "id": {"type": "string", "pattern": r"^[A-Za-z0-9\-\.]{1,64}$"},
            "contained": {"type": "array", "items": {"$ref": "#/definitions/Any"}},
        }
        for index in range(12):
            target = f"Type{(number * 13 + index * 5) % types}" if index % 3 == 0 else "Extension"
            properties[f"field{index}"] = {"description": "y" * 80, "$ref": f"#/definitions/{target}"}
            properties[f"_field{index}"] = {"$ref": "#/definitions/Extension"}
        # As the real ones: it isn't said that these are objects.
        definitions[f"Type{number}"] = {
            "properties": properties,
            "additionalProperties": False,
            "required": ["resourceType"],
        }
    definitions["Any"] = {"oneOf": [{"$ref": f"#/definitions/Type{number}"} for number in range(types)]}
    return {
        "$schema": "http://json-schema.org/draft-06/schema#",
        "discriminator": {"propertyName": "resourceType"},
        "oneOf": [{"$ref": f"#/definitions/Type{number}"} for number in range(types)],
        "definitions": definitions,
    }


def large_enum(values: int) -> dict[str, Any]:
    """So many texts, a tenth of them beside a number."""
    return {"enum": [f"value {number * 7919 % values}" for number in range(values)] + list(range(values // 10))}


def wide_object(properties: int) -> dict[str, Any]:
    """An object that needs so many properties, of many types."""
    kinds: list[dict[str, Any]] = [{"type": "integer"}, {"type": "string", "maxLength": 9}, {"type": "boolean"}, {}]
    names = [f"property_{number}" for number in range(properties)]
    return {
        "type": "object",
        "properties": {name: kinds[number % 4] for number, name in enumerate(names)},
        "required": names,
        "additionalProperties": False,
    }


def nested(levels: int) -> tuple[dict[str, Any], str]:
    """A schema of so many levels, each with a property and items, and a text that goes down all of them."""
    schema: dict[str, Any] = {"type": "integer"}
    text = "5"
    for level in range(levels):
        if level % 2:
            schema = {"type": "object", "properties": {"a": schema}, "required": ["a"], "additionalProperties": False}
            text = f'{{"a": {text}}}'
        else:
            schema = {"type": "array", "items": schema, "minItems": 1}
            text = f"[{text}]"
    return schema, text
