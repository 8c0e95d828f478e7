"""pydantic's JSON Schema, with objects closed, and with what pydantic asks for but doesn't say in it.

A text that is valid is one that pydantic takes, as far as a JSON Schema can say so. What it can't say becomes a remark
beside the schema that it is of.
"""

from __future__ import annotations

import datetime
import json
import re
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

from pydantic import ByteSize
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticOmit, SchemaValidator, core_schema, to_jsonable_python

from structgen.schema import decimal_texts, type_patterns
from structgen.schema.property_keys import key_schema
from structgen.schema.remarks import KEYS, REMARKS, remarked
from structgen.schema.validators import may_refuse, shown, validated

__all__ = ["ClosedObjects"]

_BOUNDS: Final = ("ge", "gt", "le", "lt")
_DAY: Final = datetime.timedelta(days=1)


class NeverValid(PydanticInvalidForJsonSchema):
    """No JSON text is valid for a type; ``hint`` is the way out."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class ClosedObjects(GenerateJsonSchema):
    """Forbids the properties that a class would ignore; ``extra="allow"`` keeps them open."""

    # A default that JSON can't spell is no part of the schema's meaning.
    ignored_warning_kinds = GenerateJsonSchema.ignored_warning_kinds | {"non-serializable-default"}

    # Objects

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return _closed(super().model_schema(schema))

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        return _closed(super().dataclass_schema(schema))

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        with self._config_wrapper_stack.push(getattr(schema.get("cls"), "__pydantic_config__", None)):
            for name, field in schema["fields"].items():
                self._check_path(name, field, total=schema.get("total", True))
        return _closed(super().typed_dict_schema(schema))

    def model_fields_schema(self, schema: core_schema.ModelFieldsSchema) -> JsonSchemaValue:
        for name, field in schema["fields"].items():
            self._check_path(name, field)
        return super().model_fields_schema(schema)

    def dataclass_args_schema(self, schema: core_schema.DataclassArgsSchema) -> JsonSchemaValue:
        for field in schema["fields"]:
            self._check_path(field["name"], field)
        return super().dataclass_args_schema(schema)

    def model_field_schema(self, schema: core_schema.ModelField) -> JsonSchemaValue:
        return self._field_schema(schema)

    def dataclass_field_schema(self, schema: core_schema.DataclassField) -> JsonSchemaValue:
        if not schema.get("init", True):
            raise PydanticOmit
        return self._field_schema(schema)

    def typed_dict_field_schema(self, schema: core_schema.TypedDictField) -> JsonSchemaValue:
        return self._field_schema(schema)

    def _field_schema(self, field: Any) -> JsonSchemaValue:
        if self._has_path_alone(field):
            raise PydanticOmit
        return self.generate_inner(field["schema"])

    def _has_path_alone(self, field: Any) -> bool:
        """Whether a field is read from inside of another property, and has no name of its own in JSON."""
        config = self._config
        if config.populate_by_name or getattr(config, "validate_by_name", None):  # from pydantic 2.11 on
            return False
        alias = field.get("validation_alias")
        return isinstance(alias, list) and not any(
            isinstance(path, list) and len(path) == 1 and isinstance(path[0], str) for path in alias
        )

    def _check_path(self, name: str, field: Any, *, total: bool = True) -> None:
        if self._has_path_alone(field) and self.field_is_required(field, total):
            path = field["validation_alias"]
            raise NeverValid(
                f"the field {name!r} is read by an AliasPath, {path}, which no property stands for",
                "an alias that is a name, a default, or validate_by_name=True",
            )

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        return self._with_keys(super().dict_schema(schema), schema)

    def frozendict_schema(self, schema: Any) -> JsonSchemaValue:
        return self._with_keys(super().frozendict_schema(schema), schema)

    def ordered_dict_schema(self, schema: Any) -> JsonSchemaValue:
        return self._with_keys(super().ordered_dict_schema(schema), schema)

    def counter_schema(self, schema: Any) -> JsonSchemaValue:
        return self._with_keys(super().counter_schema(schema), schema)

    def _with_keys(self, made: JsonSchemaValue, schema: Any) -> JsonSchemaValue:
        # pydantic takes no key that the pattern doesn't match.
        if "patternProperties" in made:
            made["additionalProperties"] = made.pop("patternProperties").popitem()[1]
        made.pop("propertyNames", None)
        if "keys_schema" in schema:
            names, remarks = key_schema(self.generate_inner(schema["keys_schema"]), self.get_schema_from_definitions)
            if names not in ({}, {"type": "string"}):
                made["propertyNames"] = names
            for remark in remarks:
                made = remarked(made, "propertyNames", remark)
        return made

    # Arrays

    def set_schema(self, schema: core_schema.SetSchema) -> JsonSchemaValue:
        return _of_hashable(super().set_schema(schema))

    def frozenset_schema(self, schema: core_schema.FrozenSetSchema) -> JsonSchemaValue:
        return _of_hashable(super().frozenset_schema(schema))

    # Constants

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        expected = schema["expected"]
        is_read = _reader(core_schema.literal_schema(expected))
        kept = [one for one in expected if is_read(_value_of(one))]
        made = super().literal_schema({**schema, "expected": kept}) if kept else {}
        return _complete(made, expected, kept, "a Literal")

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        members = schema["members"]
        bare = core_schema.enum_schema(schema["cls"], members, sub_type=schema.get("sub_type"))
        is_read, is_key = _reader(bare), _reader(core_schema.dict_schema(bare))
        kept = [one for one in members if is_read(one.value)]
        made = super().enum_schema({**schema, "members": kept}) if kept else {}
        texts = [one if isinstance(one, str) else json.dumps(one) for one in made.get("enum", ())]
        made[KEYS] = [one for one in dict.fromkeys(texts) if is_key({one: None})]
        return _complete(made, members, kept, f"the Enum {schema['cls'].__name__}")

    def union_schema(self, schema: core_schema.UnionSchema) -> JsonSchemaValue:
        made = super().union_schema(schema)
        if made == {"anyOf": []}:
            raise NeverValid("no type of a union has values in JSON", "a type that has some")
        return made

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        made = super().tagged_union_schema(schema)
        if callable(schema["discriminator"]):
            return remarked(made, "oneOf", may_refuse(schema["discriminator"]))
        return made

    def is_subclass_schema(self, schema: core_schema.IsSubclassSchema) -> JsonSchemaValue:
        raise NeverValid(f"a class, a subclass of {schema['cls'].__name__}, is no JSON value", "its name, as a Literal")

    # Numbers

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        made = super().float_schema(schema)
        if not schema.get("allow_inf_nan", self._config.config_dict.get("allow_inf_nan", True)):
            # digits enough become infinite
            if not made.keys() & {"minimum", "exclusiveMinimum"}:
                made["minimum"] = -sys.float_info.max
            if not made.keys() & {"maximum", "exclusiveMaximum"}:
                made["maximum"] = sys.float_info.max
        return made

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        ways = decimal_texts.number_schemas(schema)
        if schema.get("multiple_of") is None:
            ways.append(decimal_texts.text_schema(schema))
        return {"anyOf": ways} if len(ways) > 1 else ways[0]

    def fraction_schema(self, schema: core_schema.FractionSchema) -> JsonSchemaValue:
        bounds = {name: schema[name] for name in _BOUNDS if schema.get(name) is not None}
        if bounds:
            made = self.get_union_of_schemas(
                [
                    {"type": "number", "exclusiveMinimum": -(10**15), "exclusiveMaximum": 10**15},
                    _text(type_patterns.FRACTION),
                ]
            )
            return remarked(made, "type", f"the bounds of a Fraction ({shown(bounds)}) are not asserted")
        return _text(type_patterns.FRACTION)

    def complex_schema(self, schema: core_schema.ComplexSchema) -> JsonSchemaValue:
        return _text(type_patterns.COMPLEX)

    # Texts

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        made = super().str_schema(schema)
        strips = schema.get("strip_whitespace", self._config.str_strip_whitespace)
        if strips and made.keys() & {"minLength", "pattern"}:
            made["allOf"] = [{"pattern": type_patterns.TRIMMED}]
        pattern = schema.get("pattern")
        if isinstance(pattern, re.Pattern) and pattern.flags & ~re.UNICODE:
            return remarked(made, "pattern", f"the flags of {pattern!r:.100} are not read")
        return made

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchemaValue:
        encoding = getattr(self._config, "val_json_bytes", "utf8")  # from pydantic 2.9 on
        lengths = {name: schema[name] for name in ("min_length", "max_length") if schema.get(name) is not None}
        if encoding == "utf8":
            made: JsonSchemaValue = {"type": "string"}
            self.update_with_validations(made, schema, self.ValidationsMapping.bytes)
            if "maxLength" in made:  # of bytes
                made["pattern"] = r"^[\x00-\x7f]*$"
            return made
        made = _text(type_patterns.BASE64 if encoding == "base64" else type_patterns.HEX)
        return (
            remarked(made, "format", f"the lengths of bytes ({shown(lengths)}) are not asserted") if lengths else made
        )

    def uuid_schema(self, schema: core_schema.UuidSchema) -> JsonSchemaValue:
        version = schema.get("version")
        return super().uuid_schema(schema) if version is None else _text(type_patterns.uuid_of_version(version))

    def url_schema(self, schema: core_schema.UrlSchema) -> JsonSchemaValue:
        return _url(schema)

    def multi_host_url_schema(self, schema: core_schema.MultiHostUrlSchema) -> JsonSchemaValue:
        return _url(schema)

    def json_schema(self, schema: core_schema.JsonSchema) -> JsonSchemaValue:
        return remarked(
            super().json_schema(schema), "contentSchema", "the JSON text in a string is not read: any text will do"
        )

    # Times

    def date_schema(self, schema: core_schema.DateSchema) -> JsonSchemaValue:
        first = max([datetime.date.min, *_days(schema, "ge", 0), *_days(schema, "gt", 1)])
        last = min([datetime.date.max, *_days(schema, "le", 0), *_days(schema, "lt", -1)])
        made = {**super().date_schema(schema), "pattern": type_patterns.dates_from(first)}
        if last < datetime.date.max:
            made["allOf"] = [{"pattern": type_patterns.dates_until(last)}]
        return _of_now(made, schema)

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        if schema.get("tz_constraint") == "naive":
            made = _text(type_patterns.NAIVE_DATETIME)
        else:
            # of years from 1 on, without leap seconds
            made = {**super().datetime_schema(schema), "pattern": "^(?!0000).{16}:[0-5]"}
        return self._time_schema(_of_now(made, schema), schema, "datetime")

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:
        if schema.get("tz_constraint") == "naive":
            made = _text(type_patterns.NAIVE_TIME)
        else:
            made = {**super().time_schema(schema), "pattern": "^.{5}:[0-5]"}
        return self._time_schema(made, schema, "time")

    def _time_schema(self, made: JsonSchemaValue, schema: Mapping[str, Any], kind: str) -> JsonSchemaValue:
        if schema.get("microseconds_precision") == "error":
            made["not"] = {"pattern": r"\.[0-9]{7}"}
        if isinstance(schema.get("tz_constraint"), int):
            made = remarked(made, "format", f"the offset of a {kind}, {schema['tz_constraint']} s, is not asserted")
        return _without_bounds(made, schema, kind)

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        # more digits are more days than there may be
        made = {**super().timedelta_schema(schema), "not": {"pattern": "[0-9]{7}"}}
        return _without_bounds(made, schema, "timedelta")

    # Functions

    def generate_inner(self, schema: Any) -> JsonSchemaValue:
        made = super().generate_inner(schema)
        if schema["type"] == "function-plain" and not made.keys() & {REMARKS, "$ref"}:
            # whose schema is of another's making
            return remarked(made, "type", may_refuse(schema["function"]["function"]))
        return made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        return validated(super().function_before_schema(schema), schema)

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        function = schema["function"]["function"]
        if getattr(function, "__func__", None) is ByteSize._validate.__func__:  # type: ignore[attr-defined]
            return {"anyOf": [{"type": "integer", "minimum": 0}, _text(type_patterns.byte_size(ByteSize.byte_sizes))]}
        return validated(super().function_after_schema(schema), schema)

    def function_wrap_schema(self, schema: core_schema.WrapValidatorFunctionSchema) -> JsonSchemaValue:
        return validated(super().function_wrap_schema(schema), schema)

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> JsonSchemaValue:
        return validated(super().function_plain_schema(schema), schema)

    def chain_schema(self, schema: core_schema.ChainSchema) -> JsonSchemaValue:
        made = super().chain_schema(schema)
        if len(schema["steps"]) > 1:
            return remarked(made, "type", "what a value becomes in the first step may be refused in later ones")
        return made


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    # A root model's schema is that of its root, and declares no properties.
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)
    return schema


def _of_hashable(schema: JsonSchemaValue) -> JsonSchemaValue:
    if schema.get("items") == {}:
        schema["items"] = {"type": ["string", "number", "boolean", "null"]}
    return schema


def _value_of(expected: Any) -> Any:
    return expected.value if isinstance(expected, Enum) else expected


def _reader(schema: core_schema.CoreSchema) -> Callable[[Any], bool]:
    """Tells whether a value that a schema has can be written as JSON, and is read from that."""
    validator = SchemaValidator(schema)

    def is_read(value: Any) -> bool:
        try:
            validator.validate_json(json.dumps(to_jsonable_python(value), allow_nan=False))
        except (ValueError, RecursionError):  # also pydantic's own
            return False
        return True

    return is_read


def _complete(made: JsonSchemaValue, expected: list[Any], kept: list[Any], what: str) -> JsonSchemaValue:
    known = {id(one) for one in kept}
    lost = ", ".join(repr(one) for one in expected if id(one) not in known)[:200]
    if not kept:
        raise NeverValid(f"{what} has no value that JSON can spell: {lost}", "values that are strings or numbers")
    return remarked(made, "enum", f"JSON can't spell {lost}, which is left out") if lost else made


def _text(pattern: str) -> JsonSchemaValue:
    return {"type": "string", "pattern": pattern}


def _url(schema: Mapping[str, Any]) -> JsonSchemaValue:
    made = _text(type_patterns.url(schema.get("allowed_schemes")))
    if (most := schema.get("max_length")) is not None:
        # which counts what pydantic adds
        added = len(schema.get("default_path") or "/") + len(f":{schema.get('default_port') or ''}")
        made["maxLength"] = max(0, most - added)
    return made


def _days(schema: Mapping[str, Any], name: str, shift: int) -> list[datetime.date]:
    bound = schema.get(name)
    if bound is None:
        return []
    day = bound.date() if isinstance(bound, datetime.datetime) else bound
    try:
        return [day + shift * _DAY]
    except OverflowError:
        raise NeverValid(f"no date meets {name}={day}", "another bound") from None


def _of_now(made: JsonSchemaValue, schema: Mapping[str, Any]) -> JsonSchemaValue:
    when = schema.get("now_op")
    return made if when is None else remarked(made, "format", f"that a time is in the {when} is not asserted")


def _without_bounds(made: JsonSchemaValue, schema: Mapping[str, Any], kind: str) -> JsonSchemaValue:
    bounds = {name: schema[name] for name in _BOUNDS if schema.get(name) is not None}
    return remarked(made, "format", f"the bounds of a {kind} ({shown(bounds)}) are not asserted") if bounds else made
