"""Which keywords assert something in which draft: one small reader per keyword, found through the draft's table.

What has no reader in a draft is an annotation there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from structgen.schema import applicators, array_keywords, object_keywords, scalar_keywords
from structgen.schema.constants import MAX_CONSTANT_PARTS, read_const, read_enum
from structgen.schema.reading import Reader, Schema, Surroundings

__all__ = ["MAX_CONSTANT_PARTS", "READERS", "Reader", "Schema", "Surroundings"]

_COMMON: Final[Mapping[str, Reader]] = {
    "properties": object_keywords.read_properties,
    "required": object_keywords.read_required,
    "additionalProperties": object_keywords.read_additional_properties,
    "patternProperties": object_keywords.read_pattern_properties,
    "minProperties": object_keywords.read_min_properties,
    "maxProperties": object_keywords.read_max_properties,
    "minItems": array_keywords.read_min_items,
    "maxItems": array_keywords.read_max_items,
    "uniqueItems": array_keywords.read_unique_items,
    "minLength": scalar_keywords.read_min_length,
    "maxLength": scalar_keywords.read_max_length,
    "pattern": scalar_keywords.read_pattern,
    "format": scalar_keywords.read_format,
    "enum": read_enum,
    "allOf": applicators.read_all_of,
    "anyOf": applicators.read_any_of,
    "oneOf": applicators.read_one_of,
    "not": applicators.read_not,
    "minimum": scalar_keywords.read_minimum,
    "maximum": scalar_keywords.read_maximum,
    "multipleOf": scalar_keywords.read_multiple_of,
}
_UNTIL_2019: Final[Mapping[str, Reader]] = {
    "items": array_keywords.read_items_2019,
    "additionalItems": array_keywords.read_additional_items,
}
_FROM_6: Final[Mapping[str, Reader]] = {
    **_COMMON,
    "type": scalar_keywords.read_type,
    "const": read_const,
    "exclusiveMinimum": scalar_keywords.read_exclusive_minimum,
    "exclusiveMaximum": scalar_keywords.read_exclusive_maximum,
    "propertyNames": object_keywords.read_property_names,
    "contains": array_keywords.read_contains,
}
_6: Final[Mapping[str, Reader]] = {**_FROM_6, **_UNTIL_2019, "dependencies": object_keywords.read_dependencies}
_FROM_2019: Final[Mapping[str, Reader]] = {
    **_FROM_6,
    "if": applicators.read_if,
    "contains": array_keywords.read_contains_2019,
    "dependentRequired": object_keywords.read_dependent_required,
    "dependentSchemas": object_keywords.read_dependent_schemas,
    "unevaluatedItems": applicators.read_unevaluated_items,
    "unevaluatedProperties": applicators.read_unevaluated_properties,
    "$ref": applicators.read_ref,
}

READERS: Final[Mapping[str, Mapping[str, Reader]]] = {
    "4": {
        **_COMMON,
        **_UNTIL_2019,
        "type": scalar_keywords.read_type_4,
        "exclusiveMinimum": scalar_keywords.read_exclusive_minimum_4,
        "exclusiveMaximum": scalar_keywords.read_exclusive_maximum_4,
        "dependencies": object_keywords.read_dependencies,
    },
    "6": _6,
    "7": {**_6, "if": applicators.read_if},
    "2019-09": {**_FROM_2019, **_UNTIL_2019, "$recursiveRef": applicators.read_dynamic_ref},
    "2020-12": {
        **_FROM_2019,
        "items": array_keywords.read_items,
        "prefixItems": array_keywords.read_prefix_items,
        "contains": array_keywords.read_contains_2020,
        "$dynamicRef": applicators.read_dynamic_ref,
    },
}
"""By draft: the keywords that assert something there and are compiled. Before 2019-09 a `$ref` stands alone."""
