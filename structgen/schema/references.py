"""References: which schema a `$ref`, `$dynamicRef` or `$recursiveRef` means.

A `Context` is what that depends on: the resource at hand, its dialect, and its `Scope`: which resource each dynamic
anchor means after all that the reading has come through. A schema that is reached with two scopes is read twice.
A pointer into the resource at hand is walked directly, since nearly every reference is one.

Source: 8.2.3 of the JSON Schema core specification of 2020-12, 8.2.4 of that of 2019-09.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote, urljoin

from structgen.errors import SchemaError, UnsupportedSchemaError
from structgen.schema.dialects import DRAFTS, Dialect
from structgen.schema.keywords import Schema
from structgen.schema.resources import Library, Resource
from structgen.schema.subschemas import Subschema

__all__ = ["DRAFTS", "Context", "Contexts"]

_RECURSIVE: Final = ""
"""The name that `$recursiveAnchor` binds, which no `$dynamicAnchor` has."""


class Scope:
    """The outermost resource that has each dynamic anchor. Compared by identity; made by `Contexts`."""

    __slots__ = ("bindings", "entered")

    def __init__(self, bindings: dict[str, Resource]) -> None:
        self.bindings = bindings
        self.entered: dict[Resource, Scope] = {}


class Context:
    """A resource as it is read in one dialect and scope. Compared by identity; made by `Contexts`.

    ``subschemas`` and ``targets`` remember what has been read there: by the identity of the schema's dict, which its
    document keeps alive, and by reference.
    """

    __slots__ = ("dialect", "resource", "scope", "subschemas", "targets")

    def __init__(self, resource: Resource, dialect: Dialect, scope: Scope) -> None:
        self.resource, self.dialect, self.scope = resource, dialect, scope
        self.subschemas: dict[int, Subschema] = {}
        self.targets: dict[str, Subschema] = {}


class Contexts:
    """The contexts of one reading. Where nothing asks for dynamic scope, it is not kept: there is one then."""

    def __init__(self, library: Library, *, with_scope: bool) -> None:
        self.library = library
        self.with_scope = with_scope
        self._known: dict[tuple[Resource, Dialect, Scope], Context] = {}
        self._scopes: dict[frozenset[tuple[str, Resource]], Scope] = {}
        root = library.root
        self.root = self._context(root, root.dialect, self._entered(Scope({}), root))

    def entered(self, schema: Schema, pointer: str, context: Context) -> Context:
        """The context of a part of the context's resource, which may begin a resource or declare a dialect."""
        resource = context.resource
        dialect = self.library.dialect_at(schema, resource, context.dialect, pointer)
        if resource.has_id(schema, dialect):
            return self.of(self.library.embedded(schema, resource, dialect, pointer), context)
        return context if dialect is context.dialect else self._context(resource, dialect, context.scope)

    def of(self, resource: Resource, context: Context) -> Context:
        """The context of a resource that is entered from another."""
        if resource is context.resource:
            return context
        return self._context(resource, resource.dialect, self._entered(context.scope, resource))

    def _context(self, resource: Resource, dialect: Dialect, scope: Scope) -> Context:
        key = (resource, dialect, scope)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Context(resource, dialect, scope)
        return known

    def _entered(self, scope: Scope, resource: Resource) -> Scope:
        if not self.with_scope:
            return scope
        known = scope.entered.get(resource)
        if known is None:
            bindings = dict.fromkeys(self._dynamic_anchors(resource), resource) | scope.bindings
            known = self._scopes.setdefault(frozenset(bindings.items()), Scope(bindings))
            scope.entered[resource] = known
        return known

    def _dynamic_anchors(self, resource: Resource) -> set[str]:
        self.library.search(resource)
        names = resource.dynamic_anchors
        return names | {_RECURSIVE} if _is_recursive(resource) else names

    def lookup(self, reference: str, at: str, context: Context, keyword: str = "$ref") -> tuple[object, Resource, str]:
        """The contents that a `$ref` in the context means, the resource that they are in, and where that is.

        ``at`` is the pointer of the schema that has the reference under ``keyword``.

        Raises
        ------
        SchemaError
            It leads nowhere.
        UnsupportedSchemaError
            It leads to a document that isn't at hand.
        """
        resource, fragment = context.resource, reference[1:]
        if not reference.startswith("#"):
            resource, fragment = self._resource_of(reference, at, keyword, resource)
        if not fragment:
            return resource.contents, resource, resource.pointer
        try:
            if fragment.startswith("/"):
                contents, inside = self.library.at_pointer(fragment, resource)
                return contents, inside, resource.pointer + fragment
            return self.library.at_anchor(unquote(fragment), resource), resource, f"{resource.uri}#{fragment}"
        except LookupError:
            raise SchemaError(
                f"the reference {reference[:200]!r} leads nowhere",
                pointer=f"{at}/{keyword}",
                hint="the JSON Pointer or anchor of a schema in this document",
            ) from None

    def _resource_of(self, reference: str, at: str, keyword: str, near: Resource) -> tuple[Resource, str]:
        try:
            uri, _, fragment = urljoin(near.uri, reference).partition("#")
        except ValueError as error:
            raise SchemaError(
                f"the reference {reference[:200]!r} is no URI", pointer=f"{at}/{keyword}", reason=str(error)[:200]
            ) from error
        resource = self.library.find(uri, near)
        if resource is None:
            raise UnsupportedSchemaError(
                keyword,
                pointer=f"{at}/{keyword}",
                reason=f"{reference[:200]!r} is another document, and none is fetched",
                hint="a 'referencing.Registry' that holds it, or a copy of that schema under '$defs'",
            )
        return resource, fragment

    def dynamic_lookup(self, reference: str, at: str, context: Context) -> tuple[object, Resource, str]:
        """As `lookup`, for a `$dynamicRef`, or a `$recursiveRef` of 2019-09."""
        is_recursive = context.dialect.draft.name == "2019-09"
        keyword = "$recursiveRef" if is_recursive else "$dynamicRef"
        contents, resource, pointer = self.lookup(reference, at, context, keyword)
        bindings = context.scope.bindings
        if is_recursive:
            if contents is resource.contents and _is_recursive(resource):
                resource = bindings.get(_RECURSIVE, resource)
                return resource.contents, resource, resource.pointer
            return contents, resource, pointer
        anchor = unquote(reference.partition("#")[2])
        self.library.search(resource)
        if anchor in resource.dynamic_anchors and contents is resource.anchors[anchor]:
            resource = bindings.get(anchor, resource)
            return self.library.at_anchor(anchor, resource), resource, f"{resource.uri}#{anchor}"
        return contents, resource, pointer


def _is_recursive(resource: Resource) -> bool:
    contents: Any = resource.contents
    if not isinstance(contents, dict) or resource.dialect.draft.name != "2019-09":
        return False
    return contents.get("$recursiveAnchor") is True
