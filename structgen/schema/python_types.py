"""What may be given as ``schema=``, brought to a JSON Schema and to the way back from text to value.

Python types go through pydantic in validation mode. Their objects are closed: a property that the type doesn't
declare would be dropped on the way back, so it isn't written either, unless the type says that it keeps such
properties (``extra="allow"``).
"""

from __future__ import annotations

import inspect
import json
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import typing_extensions

from structgen.errors import LimitExceededError, SchemaError, StructgenError
from structgen.schema.json_text import parse_json

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

    from structgen.schema.notes import Note

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
    the type's own objects, ``LimitExceededError`` where an integer has too many digits for Python."""
    notes: tuple[Note, ...] = ()
    """What the type asks for and the schema doesn't."""


def read_source(source: object) -> Source:
    """The schema that ``source`` means.

    Parameters
    ----------
    source
        A JSON Schema as dict, boolean or JSON text; or a Pydantic model, dataclass, TypedDict, Enum, Literal, union,
        generic or other type that pydantic knows; or a function, which stands for the object of its parameters. A
        `Source` is what it is.

    Raises
    ------
    SchemaError
        It is none of these, or no JSON Schema can be made of it.
    """
    if isinstance(source, Source):
        return source
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
    from pydantic.errors import PydanticUndefinedAnnotation

    from structgen.schema.pydantic_schema import ClosedObjects
    from structgen.schema.remarks import without_remarks

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
        made = adapter.json_schema(schema_generator=ClosedObjects, mode="validation")
        schema, notes = without_remarks(made)
    except StructgenError:
        raise
    except Exception as error:  # types run code of their own, which raises what it likes
        reason = str(error).partition("\n\nFor further")[0]
        is_of_pydantic = isinstance(error, (PydanticUserError, PydanticUndefinedAnnotation, NameError))
        raise SchemaError(
            f"no JSON Schema can be made of {_name(source)}",
            reason=reason if is_of_pydantic else f"{type(error).__name__}: {reason}",
            hint=getattr(error, "hint", _ACCEPTED if is_of_pydantic else "another type, or a JSON Schema as a dict"),
        ) from error

    return Source(schema, _converter(adapter), notes)


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
            # A schema's integer may be spelled 1.0 or 1e30, which a Literal or an int doesn't take.
            plain = _STRING_OR_NUMBER.sub(_plain_integer, text)
            if plain == text:
                raise _of_limits(error) from None
        try:
            return adapter.validate_json(plain)
        except ValidationError as error:
            raise _of_limits(error) from None

    return convert


_STRING_OR_NUMBER: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?', re.DOTALL)
_MOST_DIGITS: Final = 4300
"""Of an integer that pydantic and Python read."""


def _plain_integer(match: re.Match[str]) -> str:
    """A number without point and exponent, where it is an integer; anything else as it is."""
    text = match[0]
    whole, fraction, exponent = match.groups(default="")
    if text.startswith('"') or not (fraction or exponent):
        return text
    digits = (whole + fraction).strip("0")
    if not digits:
        return "0"
    if len(exponent.lstrip("+-0")) > 6:
        return text
    # the power of ten of the digit that is written first, and of the last that isn't 0
    first = len(whole) - 1 + int(exponent or 0)
    first -= len(whole + fraction) - len((whole + fraction).lstrip("0"))
    last = first - len(digits) + 1
    if last < 0 or first >= _MOST_DIGITS:
        return text
    return "-" * text.startswith("-") + digits + "0" * last


def _of_limits(error: ValidationError) -> Exception:
    """The error to raise: an integer that is too large for Python is no fault of the text."""
    if any(one["type"] == "int_parsing_size" or _is_infinite(one["input"]) for one in error.errors(include_url=False)):
        return LimitExceededError(
            f"digits of an integer: {_MOST_DIGITS:,}", str(error)[:200], hint="bounds, such as Field(lt=10**9)"
        )
    return error


def _is_infinite(given: object) -> bool:
    return isinstance(given, float) and math.isinf(given)


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
