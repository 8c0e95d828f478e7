"""Which draft a schema is in, and which keywords it knows there.

A `$schema` names a draft, or a meta-schema of the caller's registry. That is in a draft by its own `$schema`, and its
`$vocabulary` may leave keywords out, which are annotations then. See 8.1 of the specifications of 2019-09 and 2020-12.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from structgen.errors import ArgumentError, SchemaError, UnsupportedSchemaError
from structgen.schema.keywords import READERS, Reader, Schema

__all__ = ["DRAFTS", "Dialect", "Draft", "declared_dialect", "dialect_of_draft", "extended_dialect"]


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


class Dialect:
    """A draft less the keywords that a meta-schema's vocabularies leave out. Compared by identity.

    ``foreign`` are those of other drafts, which mean nothing in this one.
    """

    __slots__ = ("draft", "foreign", "ignored", "readers")

    def __init__(self, draft: Draft, ignored: frozenset[str] = frozenset()) -> None:
        self.draft, self.ignored = draft, ignored
        self.readers: Mapping[str, Reader] = READERS[draft.name]
        self.foreign = frozenset([keyword for others in READERS.values() for keyword in others]) - set(self.readers)


_DIALECTS: Final = {name: Dialect(draft) for name, draft in DRAFTS.items()}
_BY_URI: Final = {
    # Both schemes occur for every draft, and mean the same. Hyper-schemas add annotations alone.
    f"{scheme}{uri[uri.index(':') :]}": _DIALECTS[name]
    for scheme in ("http", "https")
    for name, uri in (
        *((draft.name, draft.uri) for draft in DRAFTS.values()),
        *((draft.name, draft.uri.removesuffix("schema") + "hyper-schema") for draft in DRAFTS.values()),
        # "The latest": what a schema is in that declares nothing.
        ("2020-12", "http://json-schema.org/schema"),
    )
}


def dialect_of_draft(name: str) -> Dialect:
    """The whole of a draft.

    Raises
    ------
    ArgumentError
        There is none of that name.
    """
    dialect = _DIALECTS.get(name) if isinstance(name, str) else None
    if dialect is None:
        raise ArgumentError(f"draft is one of {', '.join(map(repr, DRAFTS))}, not {name!r}")
    return dialect


def declared_dialect(schema: Schema, pointer: str) -> Dialect | str:
    """The dialect that the `$schema` of a schema names; its URI, where it is none of the drafts.

    Raises
    ------
    SchemaError
        `$schema` isn't a string.
    """
    declared = schema["$schema"]
    if not isinstance(declared, str):
        raise SchemaError(f"'$schema' must be a URI, not {declared!r}"[:200], pointer=f"{pointer}/$schema")
    uri = declared.rstrip("#")
    return _BY_URI.get(uri, uri)


_APPLICATORS: Final = (
    *("prefixItems", "items", "contains", "additionalProperties", "properties", "patternProperties", "propertyNames"),
    *("dependentSchemas", "if", "then", "else", "allOf", "anyOf", "oneOf", "not"),
)
_UNEVALUATED: Final = ("unevaluatedItems", "unevaluatedProperties")
_VALIDATION: Final = (
    *("type", "const", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
    *("maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains"),
    *("maxProperties", "minProperties", "required", "dependentRequired"),
)
_2019 = "https://json-schema.org/draft/2019-09/vocab/"
_2020 = "https://json-schema.org/draft/2020-12/vocab/"
_VOCABULARIES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "2019-09": {
        f"{_2019}core": (),
        f"{_2019}applicator": (*_APPLICATORS, "additionalItems", *_UNEVALUATED),
        f"{_2019}validation": _VALIDATION,
        f"{_2019}meta-data": (),
        f"{_2019}format": ("format",),
        f"{_2019}content": (),
    },
    "2020-12": {
        f"{_2020}core": (),
        f"{_2020}applicator": _APPLICATORS,
        f"{_2020}unevaluated": _UNEVALUATED,
        f"{_2020}validation": _VALIDATION,
        f"{_2020}meta-data": (),
        f"{_2020}format-annotation": ("format",),
        f"{_2020}format-assertion": ("format",),
        f"{_2020}content": (),
    },
}


def extended_dialect(base: Dialect, meta_schema: Schema, uri: str) -> Dialect:
    """The dialect of a meta-schema that is itself in ``base``.

    Raises
    ------
    UnsupportedSchemaError
        It requires a vocabulary that isn't known.
    SchemaError
        Its `$vocabulary` isn't an object of booleans.
    """
    known = _VOCABULARIES.get(base.draft.name)
    if known is None or "$vocabulary" not in meta_schema or "$vocabulary" in base.ignored:
        return _DIALECTS[base.draft.name]
    pointer = f"{uri}#/$vocabulary"
    listed = meta_schema["$vocabulary"]
    if not isinstance(listed, dict) or not all(isinstance(needed, bool) for needed in listed.values()):
        raise SchemaError("'$vocabulary' must be an object of booleans", pointer=pointer)
    for name, needed in listed.items():
        if needed and name not in known:
            raise UnsupportedSchemaError(
                "$vocabulary",
                pointer=pointer,
                reason=f"the meta-schema requires the vocabulary {name[:200]!r}, which is not known",
                hint="the argument 'draft', to read the schema by a draft's own keywords",
            )
    kept = {keyword for name in listed for keyword in known.get(name, ())}
    every = {keyword for keywords in known.values() for keyword in keywords}
    return Dialect(base.draft, frozenset(every - kept))
