"""What may be given as ``schema=``, brought to a JSON Schema and to the way back from text to value.

Python types go through pydantic in validation mode. Their objects are closed: a property that the type doesn't
declare would be dropped on the way back, so it isn't written either, unless the type says that it keeps such
properties (``extra="allow"``).
"""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import typing_extensions

from structgen.errors import SchemaError
from structgen.schema.json_text import parse_json

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["Source", "annotation_of", "converter", "read_source"]

_ACCEPTED: Final = (
    "a dict, a boolean, JSON text, a Pydantic model, a dataclass, a TypedDict, an Enum, a Literal, a union or another "
    "type, or a function"
)
_TYPES: Final = (type, types.UnionType, typing.NewType, typing_extensions.TypeAliasType)
_MARKS: Final[Mapping[Any, bool]] = {
    typing.Required: True,
    typing_extensions.Required: True,
    typing.NotRequired: False,
    typing_extensions.NotRequired: False,
}


@dataclass(frozen=True)
class Source:
    """A schema, and what its texts stand for."""

    schema: Mapping[str, Any] | bool
    convert: Callable[[str], Any]
    """From a valid JSON text to its value: a model's or dataclass's instance, an enum's member, a function's keyword
    arguments as a dict, plain JSON values for a JSON Schema. Raises ``pydantic.ValidationError`` where a validator of
    the type's own objects."""


def read_source(source: object) -> Source:
    """The schema that ``source`` means.

        Parameters ---------- source A JSON Schema as dict, boolean or JSON text; or a Pydantic model, dataclass,
        TypedDict, Enum, Literal, union, generic or other type that pydantic knows; or a function, which stands for
        the object of its parameters.

    Raises
    ------
    SchemaError
        It is none of these, or no JSON Schema can be made of it.
    """
    if isinstance(source, str):
        contents = parse_json(source)
        if not isinstance(contents, (dict, bool)):
            raise SchemaError(
                f"a JSON Schema is an object or a boolean, not {type(contents).__name__}",
                hint='JSON text such as \'{"type": "string"}\'',
            )
        return Source(contents, json.loads)
    if isinstance(source, (dict, bool)):
        return Source(source, json.loads)
    annotation = annotation_of(source)
    if annotation is not None:
        return _of_type(annotation, source)
    raise SchemaError(f"a schema can't be made of {type(source).__name__} {source!r:.100}", hint=_ACCEPTED)


def annotation_of(source: object) -> Any | None:
    """The type that pydantic reads for ``source``; None where it is a JSON Schema, or nothing that stands for one."""
    if typing.is_typeddict(source):
        return _own_typed_dict(source)
    if isinstance(source, _TYPES) or typing.get_origin(source) is not None:
        return source
    if inspect.isroutine(source) or isinstance(source, partial):
        return _parameters(source)
    return None


def _of_type(annotation: Any, source: object) -> Source:
    # pydantic takes 0.1 s to import, which who brings a JSON Schema need not wait for.
    from pydantic import PydanticUserError, TypeAdapter
    from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation

    from structgen.schema.pydantic_schema import ClosedObjects

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
        schema = adapter.json_schema(schema_generator=ClosedObjects, mode="validation")
    except (PydanticUserError, PydanticSchemaGenerationError, PydanticUndefinedAnnotation, NameError) as error:
        reason = str(error).partition("\n\nFor further")[0]
        raise SchemaError(f"no JSON Schema can be made of {_name(source)}", reason=reason, hint=_ACCEPTED) from error

    return Source(schema, _converter(adapter))


def converter(annotation: Any) -> Callable[[str], Any]:
    """From a JSON text that is valid for the type's schema to its value; raises ``pydantic.ValidationError``."""
    from pydantic import TypeAdapter

    return _converter(TypeAdapter(annotation))


def _converter(adapter: TypeAdapter[Any]) -> Callable[[str], Any]:
    from pydantic import ValidationError

    def convert(text: str) -> Any:
        try:
            return adapter.validate_json(text)
        except ValidationError as error:
            # A schema's integer may be spelled 1.0, which a Literal or a strict int doesn't take.
            try:
                plain = json.dumps(json.loads(text, parse_float=_integer_or_float))
            except ValueError:
                raise error from None
            return adapter.validate_json(plain)

    return convert


def _integer_or_float(text: str) -> int | float:
    number = float(text)
    return int(Decimal(text)) if number.is_integer() else number


def _name(source: object) -> str:
    return str(getattr(source, "__qualname__", source))


def _own_typed_dict(source: Any) -> Any:
    """The TypedDict in the flavour that pydantic reads: before Python 3.12, the standard library's says too little."""
    hints = typing_extensions.get_type_hints(source, include_extras=True)
    fields = {}
    for key, hint in hints.items():
        # The class knows no mark that is inside an annotation kept as a string.
        mark = _MARKS.get(typing.get_origin(hint))
        bare = hint if mark is None else typing.get_args(hint)[0]
        fields[key] = (bare, key in source.__required_keys__ if mark is None else mark)
    return _typed_dict(source.__name__, fields, source.__doc__, getattr(source, "__pydantic_config__", {}))


def _parameters(function: Callable[..., Any]) -> Any:
    """A TypedDict of a function's parameters; those with a default may be left out."""
    try:
        signature = inspect.signature(function, eval_str=True)
    except (NameError, TypeError, ValueError) as error:
        raise SchemaError(
            f"the parameters of {_name(function)} can't be read",
            reason=str(error),
            hint="annotations that can be evaluated",
        ) from error
    fields: dict[str, tuple[Any, bool]] = {}
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            raise SchemaError(
                f"parameter {parameter.name!r} of {_name(function)} can't be given by name",
                hint="parameters that can be passed as keywords",
            )
        if parameter.kind is not parameter.VAR_KEYWORD:
            annotation = Any if parameter.annotation is parameter.empty else parameter.annotation
            fields[parameter.name] = (annotation, parameter.default is parameter.empty)
    return _typed_dict(_name(function), fields, function.__doc__, {"extra": "forbid"})


def _typed_dict(name: str, fields: Mapping[str, tuple[Any, bool]], doc: str | None, config: Mapping[str, Any]) -> Any:
    # Called by another name, since a type checker takes the call for a declaration.
    create: Any = typing_extensions.TypedDict
    required, optional = typing_extensions.Required, typing_extensions.NotRequired
    made = create(name, {key: required[kind] if needed else optional[kind] for key, (kind, needed) in fields.items()})
    made.__doc__ = doc
    made.__pydantic_config__ = config
    return made
