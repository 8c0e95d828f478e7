"""Resources and references: which draft a schema is in, and which schema a `$ref` means.

A pointer into the resource at hand is walked directly, since nearly every reference is one and `referencing` takes
100 us to set up; every other reference (an anchor, a URI, a way through an embedded `$id`) is looked up by
`referencing`, among the document's own resources and the meta-schemas. Nothing is ever fetched.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from structgen.errors import LimitExceededError, SchemaError, UnsupportedSchemaError
from structgen.schema.keywords import Schema
from structgen.schema.subschemas import Subschema

__all__ = ["DRAFTS", "Draft", "Resource", "draft_of"]


class Draft(NamedTuple):
    """What differs between drafts before any keyword is read."""

    name: str
    uri: str
    id_keyword: str
    ref_stands_alone: bool
    """Whether a `$ref` hides its siblings."""
    booleans: bool
    """Whether `true` and `false` are schemas everywhere."""


DRAFTS: Final = {
    "4": Draft("4", "http://json-schema.org/draft-04/schema", "id", True, False),
    "6": Draft("6", "http://json-schema.org/draft-06/schema", "$id", True, True),
    "7": Draft("7", "http://json-schema.org/draft-07/schema", "$id", True, True),
    "2019-09": Draft("2019-09", "https://json-schema.org/draft/2019-09/schema", "$id", False, True),
    "2020-12": Draft("2020-12", "https://json-schema.org/draft/2020-12/schema", "$id", False, True),
}
_BY_URI: Final = {draft.uri: draft for draft in DRAFTS.values()}


def draft_of(schema: Schema, default: Draft, pointer: str) -> Draft:
    """The draft that a resource declares.

    Raises
    ------
    SchemaError
        `$schema` isn't a string.
    UnsupportedSchemaError
        It names no supported draft.
    """
    if "$schema" not in schema:
        return default
    declared = schema["$schema"]
    if not isinstance(declared, str):
        raise SchemaError(f"'$schema' must be a URI, not {declared!r}", pointer=f"{pointer}/$schema")
    draft = _BY_URI.get(declared[:-1] if declared.endswith("#") else declared)
    if draft is None:
        raise UnsupportedSchemaError(
            "$schema",
            pointer=f"{pointer}/$schema",
            reason=f"{declared[:200]!r} is none of the drafts {', '.join(DRAFTS)}",
            hint="the URI of a supported draft, or no '$schema' for 2020-12",
        )
    return draft


class Resource:
    """A schema with a URI of its own: the document, or a part of it with an `$id`.

    ``subschemas`` and ``targets`` remember what has been read there: by the identity of the schema's dict, which the
    document keeps alive, and by reference.
    """

    def __init__(self, contents: Any, draft: Draft, pointer: str, parent: Resource | None) -> None:
        self.contents, self.draft, self.pointer, self.parent = contents, draft, pointer, parent
        self.subschemas: dict[int, Subschema] = {}
        self.targets: dict[str, Subschema] = {}
        self._embedded: dict[int, Resource] = {}
        self._in_drafts: dict[str, Resource] = {draft.name: self}
        self._origin: Resource | None = None
        self._resolver: Any = None

    def embedded(self, contents: Schema, place: Subschema) -> Resource:
        """The resource that begins at a schema with an `$id` in this one."""
        known = self._embedded.get(id(contents))
        if known is None:
            pointer = place.pointer
            known = Resource(contents, draft_of(contents, self.draft, pointer), pointer, self)
            self._embedded[id(contents)] = known
        return known

    def in_draft(self, draft: Draft) -> Resource:
        """This resource, as read by a part of it that declares another draft without an `$id` of its own."""
        known = self._in_drafts.get(draft.name)
        if known is None:
            known = Resource(self.contents, draft, self.pointer, self.parent)
            known._origin = self
            known._in_drafts = self._in_drafts
            self._in_drafts[draft.name] = known
        return known

    def has_id(self, schema: Schema) -> bool:
        """Whether a resource begins at the schema."""
        name = schema.get(self.draft.id_keyword)
        if not isinstance(name, str):
            return False
        return not self.draft.ref_stands_alone or not (name.startswith("#") or "$ref" in schema)

    def lookup(self, reference: str, place: Subschema) -> tuple[object, Resource, str]:
        """The contents that a reference means, the resource that they are in, and where that is.

        Raises
        ------
        SchemaError
            It leads nowhere.
        UnsupportedSchemaError
            It leads to another document.
        """
        if reference == "#":
            return self.contents, self, self.pointer
        if reference.startswith("#/"):
            steps = (unquote(reference) if "%" in reference else reference)[2:].split("/")
            try:
                is_direct, contents = self._walk(steps)
            except LookupError:
                raise _nowhere(reference, place) from None
            if is_direct:
                return contents, self, self.pointer + reference[1:]
        return self._lookup_elsewhere(reference, place)

    def _walk(self, steps: list[str]) -> tuple[bool, object]:
        """What stands at a JSON Pointer; False where the way there passes into another resource.

        Raises
        ------
        LookupError
            Nothing stands there.
        """
        here: object = self.contents
        for step in steps:
            if isinstance(here, dict):
                if here is not self.contents and self.has_id(here):
                    return False, None
                here = here[step.replace("~1", "/").replace("~0", "~") if "~" in step else step]
            elif isinstance(here, list) and step.isdecimal() and len(step) < 10:
                here = here[int(step)]
            else:
                raise LookupError(step)
        return True, here

    def _lookup_elsewhere(self, reference: str, place: Subschema) -> tuple[object, Resource, str]:
        from referencing.exceptions import InvalidAnchor, NoSuchAnchor, PointerToNowhere, Unresolvable

        try:
            resolved = self._own_resolver().lookup(reference)
            root = resolved.resolver.lookup("#")
        except (PointerToNowhere, NoSuchAnchor, InvalidAnchor):
            raise _nowhere(reference, place) from None
        except Unresolvable:
            raise UnsupportedSchemaError(
                "$ref",
                pointer=f"{place.pointer}/$ref",
                reason=f"{reference!r} is another document, and none is fetched",
                hint="a copy of that schema under '$defs'",
            ) from None
        except RecursionError:
            raise LimitExceededError("depth of a schema with references by URI or anchor", place.pointer) from None
        except (AttributeError, TypeError, ValueError) as error:
            # `referencing` reads every `$id` and anchor of the document, reached or not, and trusts their types.
            raise SchemaError(
                f"the reference {reference!r} can't be looked up",
                pointer=f"{place.pointer}/$ref",
                reason=str(error)[:200],
            ) from error
        return resolved.contents, self._resource_at(root.contents, resolved.resolver, reference), reference

    def _resource_at(self, contents: Any, resolver: Any, reference: str) -> Resource:
        """The resource whose root the contents are, one object for each root."""
        root = self
        while root.parent is not None:
            root = root.parent
        if contents is root.contents:
            return root
        known = root._embedded.get(id(contents))
        if known is None:
            pointer = reference.partition("#")[0] + "#"
            draft = draft_of(contents, self.draft, pointer) if isinstance(contents, dict) else self.draft
            known = Resource(contents, draft, pointer, root)
            known._resolver = resolver
            root._embedded[id(contents)] = known
        return known

    def _own_resolver(self) -> Any:
        if self._origin is not None:
            return self._origin._own_resolver()
        if self._resolver is None:
            import jsonschema_specifications  # type: ignore[import-untyped]
            import referencing.jsonschema

            resource = referencing.jsonschema.specification_with(self.draft.uri).create_resource(self.contents)
            if self.parent is not None:
                self._resolver = self.parent._own_resolver().in_subresource(resource)
            else:
                self._resolver = jsonschema_specifications.REGISTRY.resolver_with_root(resource)
        return self._resolver


def _nowhere(reference: str, place: Subschema) -> SchemaError:
    return SchemaError(
        f"the reference {reference[:200]!r} leads nowhere",
        pointer=f"{place.pointer}/$ref",
        hint="the JSON Pointer or anchor of a schema in this document",
    )
