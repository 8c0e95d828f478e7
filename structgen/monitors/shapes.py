"""What values have inside, as far as names go: keys by a JSON Schema, attributes by a Python type.

A shape tells the names of a value's members and the shapes of these; None stands for what isn't known, and is never a
guess. A schema's names are its declared properties, of all branches together: another name may be valid, but doesn't
mean anything there. Where a schema asks for names that it doesn't list (``additionalProperties`` with a schema of its
own, ``patternProperties``), they aren't known.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from structgen.schema.python_types import read_source

__all__ = ["SchemaShape", "Shape", "TypeShape", "shape_of"]

_MAX_NODES: Final = 1000
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_SAYING: Final = frozenset(
    ["properties", "required", "allOf", "anyOf", "oneOf", "if", "$ref", "$dynamicRef", "enum", "const"]
)
"""Without any of these, and where it isn't closed, an object may have any key."""
_CONDITIONS: Final = ("if", "then", "else")


class Shape(ABC):
    """A value's members."""

    has_keys: bool
    """Whether they are keys, or else attributes."""

    @abstractmethod
    def names(self) -> frozenset[str] | None:
        """The members' names."""

    @abstractmethod
    def member(self, name: str) -> Shape | None:
        """A member's shape."""

    @abstractmethod
    def item(self) -> Shape | None:
        """What the elements of an array have in common."""


class SchemaShape(Shape):
    """A value that a JSON Schema describes: ``nodes`` are schemas in ``document``, any of which may be what counts."""

    has_keys = True

    def __init__(self, nodes: Sequence[Any], document: Any) -> None:
        self._document = document
        self._nodes = list(_expanded(nodes, document))

    def names(self) -> frozenset[str] | None:
        found: set[str] = set()
        for node in self._nodes:
            if node is True or _names_more(node):
                return None
            found.update(_object(node, "properties"))
        return frozenset(found) or None

    def member(self, name: str) -> Shape | None:
        return self._of(
            [_object(node, "properties")[name] for node in self._nodes if name in _object(node, "properties")]
        )

    def item(self) -> Shape | None:
        found = []
        for node in self._nodes:
            if isinstance(node, dict):
                prefix = node.get("prefixItems", [])
                items = node.get("items", [])
                found += [
                    *(prefix if isinstance(prefix, list) else []),
                    *(items if isinstance(items, list) else [items]),
                ]
        return self._of(found)

    def _of(self, nodes: list[Any]) -> Shape | None:
        return SchemaShape(nodes, self._document) if nodes else None


class TypeShape(Shape):
    """An instance of a Python class with fields: its attributes."""

    has_keys = False

    def __init__(self, kind: type) -> None:
        self._kind = kind
        try:
            self._hints = typing.get_type_hints(kind)
        except Exception:  # annotations that can't be read are no names' fault
            self._hints = dict(getattr(kind, "__annotations__", {}))

    def names(self) -> frozenset[str] | None:
        if any("__getattr__" in vars(base) for base in self._kind.__mro__ if base.__module__ != "pydantic.main"):
            return None
        return frozenset(self._hints) | frozenset(dir(self._kind))

    def member(self, name: str) -> Shape | None:
        return _of_hint(self._hints.get(name))

    def item(self) -> Shape | None:
        return None


class _ListShape(Shape):
    """A list of instances; its attributes are nobody's business here."""

    has_keys = True

    def __init__(self, element: Shape | None) -> None:
        self._element = element

    def names(self) -> frozenset[str] | None:
        return None

    def member(self, name: str) -> Shape | None:
        return None

    def item(self) -> Shape | None:
        return self._element


def shape_of(given: object, *, has_attributes: bool) -> Shape:
    """The shape of a value that is given as ``schema=`` is: a JSON Schema, or a type.

    ``has_attributes`` tells whether a class's instances have attributes, as in Python, or are plain objects.

    Raises
    ------
    SchemaError
        It is none of these, or no JSON Schema can be made of it.
    """
    shape = _of_hint(given) if has_attributes and not _is_typed_dict(given) else None
    if shape is not None:
        return shape
    schema = read_source(given).schema
    return SchemaShape([schema], schema)


def _has_fields(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) or hasattr(kind, "model_fields")


def _is_typed_dict(kind: object) -> bool:
    """Whether it is a TypedDict, of ``typing`` or of ``typing_extensions``."""
    return typing.is_typeddict(kind) or (
        isinstance(kind, type) and issubclass(kind, dict) and hasattr(kind, "__total__")
    )


def _of_hint(hint: Any) -> Shape | None:
    """The shape of an attribute with an annotation."""
    if typing.get_origin(hint) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        present = [argument for argument in arguments if argument is not type(None)]
        return _of_hint(present[0]) if len(present) == 1 else None
    if isinstance(origin, type) and issubclass(origin, Collection) and not issubclass(origin, Mapping) and arguments:
        is_uniform = len(set(arguments) - {...}) == 1
        return _ListShape(_of_hint(arguments[0])) if is_uniform else None
    if isinstance(hint, type) and _has_fields(hint):
        return TypeShape(hint)
    if _is_typed_dict(hint):
        return shape_of(hint, has_attributes=True)
    return None


def _expanded(nodes: Sequence[Any], document: Any) -> Iterator[Any]:
    """The schemas, their branches and what they refer to; True where one can't be followed."""
    waiting, seen = list(nodes), set()
    while waiting:
        node = waiting.pop()
        if node is False or id(node) in seen:
            continue
        seen.add(id(node))
        if not isinstance(node, dict) or len(seen) > _MAX_NODES:
            yield True
            continue
        branches = [branch for keyword in _BRANCHES for branch in _array(node, keyword)]
        branches += [node[keyword] for keyword in _CONDITIONS if isinstance(node.get(keyword), dict)]
        branches += [branch for branch in _object(node, "dependentSchemas").values() if isinstance(branch, dict)]
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in node:
                branches.append(_referred(node[keyword], document))
        waiting += branches
        yield node


def _referred(reference: Any, document: Any) -> Any:
    """What a reference into the document means; True where it leads elsewhere."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return True
    node = document
    if reference not in ("#", "#/") and not reference.startswith("#/"):
        return _anchored(reference[1:], document)
    for part in unquote(reference[1:]).split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            return True
    return node


def _anchored(name: str, document: Any) -> Any:
    for node in _object(document, "$defs").values():
        if isinstance(node, dict) and name in (node.get("$anchor"), node.get("$dynamicAnchor")):
            return node
    return True


def _names_more(node: dict[str, Any]) -> bool:
    """Whether a schema allows objects with names that it asks for in another way than by listing them."""
    kinds = node.get("type", "object")
    if "object" not in (kinds if isinstance(kinds, list) else [kinds]):
        return False
    others = [node.get(keyword) for keyword in ("additionalProperties", "unevaluatedProperties")]
    if any(isinstance(other, dict) or other is True for other in others) or "patternProperties" in node:
        return True
    return False not in others and not _SAYING & node.keys()


def _object(node: Any, keyword: str) -> dict[str, Any]:
    found = node.get(keyword) if isinstance(node, dict) else None
    return found if isinstance(found, dict) else {}


def _array(node: dict[str, Any], keyword: str) -> list[Any]:
    found = node.get(keyword)
    return found if isinstance(found, list) else []
