"""Schemas with a URI of their own: the caller's document, parts of it with an `$id`, documents of a registry.

A `Library` finds them, by URI or by the schema that they begin at, and what stands at a JSON Pointer or an anchor in
one. Nothing is ever fetched: beside the caller's document there are the caller's `referencing.Registry` and the drafts'
meta-schemas. A document is searched for `$id`s and anchors once a reference asks for one, since most never do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urljoin

from structgen.errors import SchemaError, UnsupportedSchemaError
from structgen.schema.dialects import Dialect, declared_dialect, dialect_of_draft, extended_dialect
from structgen.schema.keywords import Schema

if TYPE_CHECKING:
    import referencing

__all__ = ["Library", "Resource"]


class Resource:
    """A schema that a URI names. Compared by identity: a library has one for each."""

    __slots__ = (
        "anchors",
        "contents",
        "dialect",
        "document",
        "doubtful",
        "dynamic_anchors",
        "forced",
        "pointer",
        "uri",
    )

    def __init__(self, contents: Any, dialect: Dialect, uri: str, pointer: str, document: Resource | None) -> None:
        self.contents, self.dialect, self.uri, self.pointer = contents, dialect, uri, pointer
        self.document = document or self
        self.forced = False  # whether the document is in one dialect, whatever its parts declare
        # Filled when the document is searched; the anchors that stand twice are `doubtful`.
        self.anchors: dict[str, Schema] = {}
        self.dynamic_anchors: set[str] = set()
        self.doubtful: set[str] = set()

    def has_id(self, schema: Schema, dialect: Dialect) -> bool:
        """Whether a resource begins at a schema of this one, read in ``dialect``."""
        draft = dialect.draft
        name = schema.get(draft.id_keyword)
        if not isinstance(name, str):
            return False
        # An anchor before 2019-09, and no name at all since.
        return not name.startswith("#") and not (draft.ref_stands_alone and "$ref" in schema)


class Library:
    """All resources at hand. ``forced`` is the dialect of the caller's document, whatever that declares."""

    def __init__(self, contents: Any, forced: Dialect | None, registry: referencing.Registry[Any] | None) -> None:
        self._registry = registry
        self._embedded: dict[int, Resource] = {}
        self._by_uri: dict[str, Resource] = {}
        self._ambiguous: set[str] = set()
        self._searched: set[Resource] = set()
        self._meta_schemas: dict[str, Dialect] = {}
        self.root = Resource(contents, forced or dialect_of_draft("2020-12"), "", "#", None)
        self.root.forced = forced is not None
        if isinstance(contents, dict):
            self.root.dialect = self.dialect_at(contents, self.root, self.root.dialect, "#")
            if self.root.has_id(contents, self.root.dialect):
                self.root.uri = _joined("", contents[self.root.dialect.draft.id_keyword])

    def dialect_at(self, schema: Schema, resource: Resource, dialect: Dialect, pointer: str) -> Dialect:
        """The dialect of a schema in ``resource`` whose surroundings are read in ``dialect``.

        Raises
        ------
        UnsupportedSchemaError
            It declares a meta-schema that isn't known.
        """
        if "$schema" not in schema or resource.document.forced:
            return dialect
        declared = declared_dialect(schema, pointer)
        return declared if isinstance(declared, Dialect) else self._custom_dialect(declared, pointer, ())

    def _custom_dialect(self, uri: str, pointer: str, through: tuple[str, ...]) -> Dialect:
        known = self._meta_schemas.get(uri)
        if known is not None:
            return known
        found = None if self._registry is None or uri in through else _held(self._registry, uri)
        meta_schema = None if found is None else found.contents
        if not isinstance(meta_schema, dict):
            raise UnsupportedSchemaError(
                "$schema",
                pointer=f"{pointer}/$schema",
                reason=f"{uri[:200]!r} is no supported draft, and no meta-schema of the registry",
                hint="the URI of draft 4, 6, 7, 2019-09 or 2020-12, or the argument 'draft'",
            )
        base: Dialect | str = dialect_of_draft("2020-12")
        if "$schema" in meta_schema:
            base = declared_dialect(meta_schema, f"{uri}#")
        if isinstance(base, str):
            base = self._custom_dialect(base, f"{uri}#", (*through, uri))
        dialect = self._meta_schemas[uri] = extended_dialect(base, meta_schema, uri)
        return dialect

    def embedded(self, schema: Schema, within: Resource, dialect: Dialect, pointer: str | None = None) -> Resource:
        """The resource that begins at a schema with an `$id`, inside another."""
        known = self._embedded.get(id(schema))
        if known is None:
            uri = _joined(within.uri, str(schema[dialect.draft.id_keyword]))
            place = f"{uri}#" if pointer is None else pointer
            known = self._embedded[id(schema)] = Resource(schema, dialect, uri, place, within.document)
        return known

    def at_pointer(self, pointer: str, resource: Resource) -> tuple[object, Resource]:
        """What stands at a JSON Pointer, which begins with a slash, and the resource that it is in.

        Raises
        ------
        LookupError
            Nothing stands there.
        """
        here: object = resource.contents
        steps = (unquote(pointer) if "%" in pointer else pointer)[1:].split("/")
        way = resource.pointer
        for step, raw in zip(steps, pointer[1:].split("/"), strict=False):
            if isinstance(here, dict):
                if here is not resource.contents:
                    resource = self._passed(here, resource, way)
                here = here[step.replace("~1", "/").replace("~0", "~") if "~" in step else step]
            elif isinstance(here, list) and step.isdecimal() and len(step) < 10:
                here = here[int(step)]
            else:
                raise LookupError(step)
            way = f"{way}/{raw}"
        if isinstance(here, dict) and here is not resource.contents:
            resource = self._passed(here, resource, way)
        return here, resource

    def _passed(self, schema: Schema, resource: Resource, pointer: str) -> Resource:
        """The resource that the way to a part of the schema is in."""
        for name in ("$id", "id"):
            if isinstance(schema.get(name), str):
                dialect = self.dialect_at(schema, resource, resource.dialect, pointer)
                if name == dialect.draft.id_keyword and resource.has_id(schema, dialect):
                    return self.embedded(schema, resource, dialect, pointer)
        return resource

    def at_anchor(self, anchor: str, resource: Resource) -> Schema:
        """The schema that an anchor names.

        Raises
        ------
        LookupError
            None has that name.
        SchemaError
            Several have.
        """
        self.search(resource)
        if anchor in resource.doubtful:
            raise SchemaError(f"several schemas have the anchor {anchor[:200]!r}", pointer=resource.pointer)
        return resource.anchors[anchor]

    def find(self, uri: str, near: Resource) -> Resource | None:
        """The resource of a URI without a fragment; None where there is none at hand.

        Raises
        ------
        SchemaError
            Several parts of the document have that URI.
        """
        if uri == near.uri:
            return near
        self.search(self.root)
        self.search(near)
        known = self._by_uri.get(uri)
        if known is None:
            known = self._from_registries(uri)
        elif uri in self._ambiguous:
            raise SchemaError(f"several schemas have the URI {uri[:200]!r}", pointer=known.pointer)
        return known

    def _from_registries(self, uri: str) -> Resource | None:
        found = None if self._registry is None else _held(self._registry, uri)
        if found is None:
            import jsonschema_specifications  # type: ignore[import-untyped]

            found = _held(jsonschema_specifications.REGISTRY, uri)
        if found is None and self._registry is not None:
            # A part of a document may have that name, or else the registry may know where to get it.
            for name in self._registry:
                if name not in self._by_uri:
                    self._add(name, self._registry[name])
            known = self._by_uri.get(uri)
            if known is not None:
                return known
            found = _retrieved(self._registry, uri)
        return None if found is None else self._add(uri, found)

    def _add(self, uri: str, found: referencing.Resource[Any]) -> Resource:
        """The resource of a registry's document, its parts made known too."""
        contents = found.contents
        pointer = f"{uri}#"
        default = _dialect_of(found)
        resource = Resource(contents, default, uri, pointer, None)
        if isinstance(contents, dict):
            resource.dialect = self.dialect_at(contents, resource, default, pointer)
            if resource.has_id(contents, resource.dialect):
                resource.uri = _joined(uri, contents[resource.dialect.draft.id_keyword])
        self._by_uri[uri] = resource
        self.search(resource)
        return resource

    def search(self, resource: Resource) -> None:
        """Gather the `$id`s and anchors of the resource's document; iterative, since documents nest as they like."""
        root = resource.document
        if root in self._searched:
            return
        self._searched.add(root)
        self._by_uri.setdefault(root.uri, root)
        pending: list[tuple[Any, Resource, Dialect]] = [(root.contents, root, root.dialect)]
        while pending:
            schema, within, dialect = pending.pop()
            if not isinstance(schema, dict):
                continue
            if schema is not within.contents:
                try:
                    dialect = self.dialect_at(schema, within, dialect, within.pointer)
                except SchemaError:
                    # Reported where it is read, if it ever is; its parts can't be known by name.
                    continue
                if within.has_id(schema, dialect):
                    within = self.embedded(schema, within, dialect)
                    if self._by_uri.setdefault(within.uri, within) is not within:
                        self._ambiguous.add(within.uri)
            _note_anchors(schema, within, dialect)
            pending.extend([(below, within, dialect) for below in _below(schema, dialect.draft.name)])


def _note_anchors(schema: Schema, resource: Resource, dialect: Dialect) -> None:
    draft = dialect.draft
    if draft.ref_stands_alone:
        name = schema.get(draft.id_keyword)
        if isinstance(name, str) and "$ref" not in schema:
            _note_anchor(name.partition("#")[2], schema, resource)
        return
    _note_anchor(schema.get("$anchor"), schema, resource)
    dynamic = schema.get("$dynamicAnchor") if draft.name == "2020-12" else None
    if isinstance(dynamic, str):
        resource.dynamic_anchors.add(dynamic)
        _note_anchor(dynamic, schema, resource)


def _note_anchor(anchor: object, schema: Schema, resource: Resource) -> None:
    if isinstance(anchor, str) and anchor and resource.anchors.setdefault(anchor, schema) is not schema:
        resource.doubtful.add(anchor)


_ONE: Final = ("additionalItems", "additionalProperties", "items", "not")
_LIST: Final = ("allOf", "anyOf", "items", "oneOf")
_NAMED: Final = ("definitions", "dependencies", "patternProperties", "properties")
_ONE_6: Final = (*_ONE, "contains", "propertyNames")
_ONE_7: Final = (*_ONE_6, "if", "then", "else")
_ONE_2019: Final = (*_ONE_7, "contentSchema", "unevaluatedItems", "unevaluatedProperties")
_NAMED_2019: Final = (*_NAMED, "$defs", "dependentSchemas")
_SUBSCHEMAS: Final = {
    "4": (_ONE, _LIST, _NAMED),
    "6": (_ONE_6, _LIST, _NAMED),
    "7": (_ONE_7, _LIST, _NAMED),
    "2019-09": (_ONE_2019, _LIST, _NAMED_2019),
    "2020-12": (_ONE_2019, (*_LIST, "prefixItems"), _NAMED_2019),
}
"""By draft: the keywords with a schema, with a list of schemas, and with schemas by name."""


def _below(schema: Schema, draft: str) -> Iterator[object]:
    one, listed, named = _SUBSCHEMAS[draft]
    for keyword, value in schema.items():
        if isinstance(value, dict):
            if keyword in one:
                yield value
            elif keyword in named:
                yield from value.values()
        elif isinstance(value, list) and keyword in listed:
            yield from value


def _held(registry: referencing.Registry[Any], uri: str) -> referencing.Resource[Any] | None:
    """A document that the registry has under this URI."""
    return registry.get(uri)


def _retrieved(registry: referencing.Registry[Any], uri: str) -> referencing.Resource[Any] | None:
    """A document that the registry gets from where its caller says.

    Raises
    ------
    SchemaError
        The registry trusts its documents too much to be asked.
    """
    import referencing.exceptions

    try:
        return registry.get_or_retrieve(uri).value
    except (referencing.exceptions.NoSuchResource, referencing.exceptions.Unretrievable):
        return None
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        # It reads the names in all its documents first, whatever their types.
        raise SchemaError(f"the registry can't be asked for {uri[:200]!r}", reason=str(error)[:200]) from error


def _dialect_of(resource: referencing.Resource[Any]) -> Dialect:
    """The dialect that a document is in where it declares none."""
    import referencing.jsonschema

    for name, specification in (
        ("4", referencing.jsonschema.DRAFT4),
        ("6", referencing.jsonschema.DRAFT6),
        ("7", referencing.jsonschema.DRAFT7),
        ("2019-09", referencing.jsonschema.DRAFT201909),
    ):
        if resource == specification.create_resource(resource.contents):
            return dialect_of_draft(name)
    return dialect_of_draft("2020-12")


def _joined(base: str, reference: str) -> str:
    """The absolute URI of a reference, without a fragment."""
    try:
        return urljoin(base, reference).partition("#")[0]
    except ValueError as error:
        raise SchemaError(f"{reference[:200]!r} is no URI", reason=str(error)[:200]) from error
