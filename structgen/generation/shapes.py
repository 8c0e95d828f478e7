"""How the unfinished values of a Python type are built: which types the members have, and what holds them.

An unfinished Pydantic model or dataclass is an instance with the members that are known and no others: reading another
is an AttributeError. Where a type does something of its own with its members (validators, ``__post_init__``, a root
model, aliases with several ways), a value that is not complete can't be told, and it appears when it is complete.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typing_extensions
from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from structgen.schema.python_types import annotation_of, converter

__all__ = ["Shape"]

Kind = Literal["object", "array", "string", "scalar"]


class Shape:
    """A type, and the shapes of its parts, made when they are first asked for."""

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        self._bare = _bare(annotation)
        self._origin = get_origin(self._bare) or self._bare
        self._parts: dict[Any, Shape] = {}

    @classmethod
    def of(cls, schema: object) -> Shape | None:
        """The shape of what ``schema=`` was given; None for a JSON Schema, whose values are plain."""
        annotation = annotation_of(schema)
        return None if annotation is None else cls(annotation)

    @functools.cached_property
    def convert(self) -> Callable[[str], Any]:
        """From a complete JSON text to its value; raises ``ValidationError``."""
        return converter(self.annotation)

    def of_kind(self, kind: Kind) -> Shape | None:
        """The shape of an unfinished value of this kind; None where it can't be told before it is complete.

        Of a union, that is the only member that has such values.
        """
        if self._origin in (Union, types.UnionType):
            found = [one for index, part in enumerate(get_args(self._bare)) if (one := self._part(index, part))]
            possible = [one for one in found if _may_be(one, kind)]
            return possible[0].of_kind(kind) if len(possible) == 1 else None
        if kind == "string":
            return self if self._bare is str else None
        if kind == "array":
            return self if self._origin in (list, Any, object) else None
        if kind == "object" and self._has_members:
            return self
        return None

    @property
    def _has_members(self) -> bool:
        if typing_extensions.is_typeddict(self._origin):
            return _is_plain(getattr(self._origin, "__pydantic_config__", {}))
        if self._origin is dict:  # keys of other types are made of what is written
            return not get_args(self._bare) or get_args(self._bare)[0] in (str, Any)
        return self._origin in (Any, object) or self._members is not None

    def member(self, key: str) -> Shape:
        """The shape of a member."""
        if self._members is not None:
            return self._part(key, self._members[key][1] if key in self._members else Any)
        if typing_extensions.is_typeddict(self._origin):
            return self._part(key, _typed_dict_hints(self._origin).get(key, Any))
        return self._part(None, get_args(self._bare)[1] if len(get_args(self._bare)) == 2 else Any)

    def item(self, index: int) -> Shape:
        """The shape of an item."""
        return self._part(None, get_args(self._bare)[0] if get_args(self._bare) else Any)

    def build(self, known: Mapping[str, Any]) -> Any:
        """The unfinished object of these members."""
        if self._members is None:
            return dict(known)
        named = {self._members[key][0]: value for key, value in known.items() if key in self._members}
        if issubclass(self._origin, BaseModel):
            return _unfinished_model(self._origin, named, {k: v for k, v in known.items() if k not in self._members})
        value: Any = object.__new__(_unfinished_class(self._origin))
        for name, member in named.items():
            object.__setattr__(value, name, member)
        return value

    @functools.cached_property
    def _members(self) -> dict[str, tuple[str, Any]] | None:
        """For each key, the attribute and its type; None where this is no class, or one with a mind of its own."""
        if not isinstance(self._origin, type):
            return None
        if issubclass(self._origin, BaseModel):
            return _model_members(self._bare)
        if dataclasses.is_dataclass(self._origin) and self._origin is self._bare:
            return _dataclass_members(self._origin)
        return None

    def _part(self, key: Any, annotation: Any) -> Shape:
        if key not in self._parts:
            self._parts[key] = Shape(annotation)
        return self._parts[key]


def _bare(annotation: Any) -> Any:
    """The type without what is annotated, named or marked."""
    while True:
        if get_origin(annotation) is Annotated:
            metadata = getattr(annotation, "__metadata__", ())
            if any(not isinstance(one, (str, FieldInfo)) and _acts(one) for one in metadata):
                return annotation
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, typing_extensions.TypeAliasType):
            annotation = annotation.__value__
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        else:
            return annotation


def _acts(metadata: object) -> bool:
    """Whether what is annotated makes another value of the one that was written."""
    return (
        hasattr(metadata, "__get_pydantic_core_schema__")
        or bool(getattr(metadata, "strip_whitespace", None) or getattr(metadata, "to_upper", None))
        or bool(getattr(metadata, "to_lower", None))
    )


def _may_be(shape: Shape, kind: Kind) -> bool:
    """Whether the type may have values of this kind; True where that isn't known."""
    bare, origin = shape._bare, shape._origin
    if bare in (None, type(None), int, float, bool):
        return False
    if origin is Literal:
        return kind == "string"
    if bare is str:
        return kind == "string"
    if origin is list:
        return kind == "array"
    if isinstance(origin, type) and (issubclass(origin, (BaseModel, dict)) or dataclasses.is_dataclass(origin)):
        return kind == "object" or (issubclass(origin, RootModel))
    return True


_MARKS = (
    *(typing.Required, typing.NotRequired),
    *(typing_extensions.Required, typing_extensions.NotRequired, typing_extensions.ReadOnly),
)
_DECORATORS = ("validators", "field_validators", "root_validators", "model_validators")


_HARMLESS = frozenset(
    (
        *("extra", "frozen", "title", "json_schema_extra", "arbitrary_types_allowed", "protected_namespaces"),
        *("alias_generator", "populate_by_name", "validate_by_name", "validate_by_alias", "serialize_by_alias"),
        *("validate_assignment", "from_attributes", "use_attribute_docstrings", "defer_build"),
    )
)


def _is_plain(config: Mapping[str, Any]) -> bool:
    """Whether the settings leave the members' values to the members' types."""
    return config.keys() <= _HARMLESS


def _acts_on_its_own(cls: type) -> bool:
    decorators = getattr(cls, "__pydantic_decorators__", None)
    return any(getattr(decorators, kind, None) for kind in _DECORATORS) or any(
        name in vars(base)
        for base in cls.__mro__
        if base not in (BaseModel, object)
        for name in ("__get_pydantic_core_schema__", "model_post_init", "__post_init__")
    )


def _model_members(model: type[BaseModel]) -> dict[str, tuple[str, Any]] | None:
    if issubclass(model, RootModel) or _acts_on_its_own(model) or model.__init__ is not BaseModel.__init__:
        return None
    if not _is_plain(model.model_config):
        return None
    members: dict[str, tuple[str, Any]] = {}
    for name, info in model.model_fields.items():
        key = info.validation_alias or info.alias or name
        if not isinstance(key, str):
            return None
        annotation: Any = info.annotation
        for one in info.metadata:
            annotation = Annotated[annotation, one]
        members[key] = (name, annotation)
    return members


def _dataclass_members(cls: type) -> dict[str, tuple[str, Any]] | None:
    fields = dataclasses.fields(cls)
    if not _is_plain(getattr(cls, "__pydantic_config__", None) or {}):
        return None
    if _acts_on_its_own(cls) or not all(one.init for one in fields) or any(_is_pydantic(one) for one in fields):
        return None
    hints = typing_extensions.get_type_hints(cls, include_extras=True)
    if any(isinstance(hint, dataclasses.InitVar) for hint in hints.values()):
        return None
    return {one.name: (one.name, hints[one.name]) for one in fields}


def _is_pydantic(field: dataclasses.Field[Any]) -> bool:
    return isinstance(field.default, FieldInfo)


def _unfinished_model(model: type[BaseModel], named: Mapping[str, Any], extra: Mapping[str, Any]) -> Any:
    value: Any = model.__new__(model)
    # Not `model_construct`, which fills in defaults that the rest of the text may contradict.
    object.__setattr__(value, "__dict__", dict(named))
    object.__setattr__(value, "__pydantic_fields_set__", set(named))
    object.__setattr__(value, "__pydantic_extra__", dict(extra) if model.model_config.get("extra") == "allow" else None)
    object.__setattr__(value, "__pydantic_private__", None)
    return value


@functools.lru_cache(maxsize=256)
def _unfinished_class(cls: type) -> type:
    """A subclass whose ``repr`` names the members that are known, and in which defaults aren't."""

    def represent(self: Any) -> str:
        known = [one.name for one in dataclasses.fields(cls) if hasattr(self, one.name)]
        return f"{cls.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in known)})"

    def read(self: Any, name: str) -> Any:
        if name in names and name not in object.__getattribute__(self, "__dict__"):
            raise AttributeError(f"{cls.__qualname__} is unfinished: {name!r} isn't known yet")
        return object.__getattribute__(self, name)

    names = {one.name for one in dataclasses.fields(cls)}
    body: dict[str, Any] = {"__repr__": represent, "__module__": cls.__module__}
    if cls.__dictoffset__:
        body["__getattribute__"] = read  # or a field's default would be read off the class
    else:
        body["__slots__"] = ()
    return type(cls.__name__, (cls,), body)


@functools.lru_cache(maxsize=256)
def _typed_dict_hints(typed_dict: type) -> dict[str, Any]:
    hints = typing_extensions.get_type_hints(typed_dict, include_extras=True)
    return {key: _unmarked(hint) for key, hint in hints.items()}


def _unmarked(hint: Any) -> Any:
    """A member's type, without the marks that are no types outside of a TypedDict."""
    while get_origin(hint) in _MARKS:
        hint = get_args(hint)[0]
    return hint
