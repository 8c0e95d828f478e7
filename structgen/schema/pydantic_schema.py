"""pydantic's JSON Schema, with objects closed: what a class doesn't declare isn't written."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

__all__ = ["ClosedObjects"]


class ClosedObjects(GenerateJsonSchema):
    """Forbids the properties that a class would ignore; ``extra="allow"`` keeps them open."""

    # A default that JSON can't spell is no part of the schema's meaning.
    ignored_warning_kinds = GenerateJsonSchema.ignored_warning_kinds | {"non-serializable-default"}

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return _closed(super().model_schema(schema))

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        return _closed(super().dataclass_schema(schema))

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        return _closed(super().typed_dict_schema(schema))

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        # pydantic takes no key that the pattern doesn't match.
        if "patternProperties" in made:
            made.setdefault("additionalProperties", False)
        return made


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    # A root model's schema is that of its root, and declares no properties.
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)
    return schema
