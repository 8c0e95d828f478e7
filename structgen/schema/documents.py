"""Schemas come in, whole and checked; the term of their root goes out.

One pass over everything that the root can reach, through subschemas and references, reads each subschema once. It is
iterative, linear in the schema, and checks each keyword's value itself: `jsonschema` is asked for its meta-schema's
verdict only once something is wrong. What no reference reaches is neither compiled nor refused. The caller's schema
is not kept, so later changes to it change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from structgen.errors import ArgumentError, SchemaError
from structgen.regex.charset import CharSet
from structgen.regex.nodes import Node
from structgen.schema.conflicts import unsatisfiable
from structgen.schema.cycles import check_cycles, endless
from structgen.schema.dialects import Dialect, dialect_of_draft
from structgen.schema.formats import Formats
from structgen.schema.json_text import parse_json
from structgen.schema.keywords import Schema
from structgen.schema.notes import Note
from structgen.schema.references import Context, Contexts
from structgen.schema.resources import Library
from structgen.schema.subschemas import ANYTHING, NEVER, Conjunctions, Subschema
from structgen.schema.terms import Term, conjunction

if TYPE_CHECKING:
    import referencing

__all__ = ["FormatsOption", "load", "load_with_notes"]

FormatsOption = Literal["assert", "annotate"] | Formats | Mapping[str, str]


def load(
    schema: Mapping[str, Any] | bool | str,
    characters: CharSet = CharSet.ANY,
    *,
    draft: str | None = None,
    formats: FormatsOption = "assert",
    registry: referencing.Registry[Any] | None = None,
) -> Term:
    """The term of a JSON Schema, ready to be asked for its values. As `load_with_notes`."""
    return load_with_notes(schema, characters, draft=draft, formats=formats, registry=registry)[0]


def load_with_notes(
    schema: Mapping[str, Any] | bool | str,
    characters: CharSet = CharSet.ANY,
    *,
    draft: str | None = None,
    formats: FormatsOption = "assert",
    registry: referencing.Registry[Any] | None = None,
) -> tuple[Term, tuple[Note, ...]]:
    """The term of a JSON Schema, and what it doesn't assert although its author may have meant it to.

    Parameters
    ----------
    schema : dict, bool or str
        A schema as Python's ``json`` reads it (numbers may be ``Decimal``), or its JSON text.
    characters : CharSet
        Those that strings and names can have. A value that needs others counts as invalid.
    draft : "4", "6", "7", "2019-09", "2020-12" or None
        The draft of the whole document, whatever its `$schema` says. None: the one that `$schema` names, or else
        2020-12.
    formats : "assert", "annotate", Formats or dict
        Whether `format` asserts anything; formats of the caller's own, by name.
    registry : referencing.Registry or None
        Documents that references may lead to, and meta-schemas that `$schema` may name.

    Raises
    ------
    SchemaError
        It isn't a JSON Schema, or a reference leads nowhere or back to itself.
    UnsupportedSchemaError
        It holds a keyword, within the root's reach, that can't be represented exactly.
    UnsatisfiableSchemaError
        No value is valid.
    LimitExceededError
        It passes a bound on size.
    """
    contents = parse_json(schema) if isinstance(schema, str) else schema
    if not isinstance(contents, (dict, bool)):
        raise SchemaError(
            f"a JSON Schema is an object or a boolean, not {type(contents).__name__}",
            hint="a dict, True or False, or their JSON text",
        )
    asserted = _asserted(formats)
    if registry is not None and not hasattr(registry, "get_or_retrieve"):
        raise ArgumentError("registry is a referencing.Registry", reason=f"got {type(registry).__name__}")
    library = Library(contents, None if draft is None else dialect_of_draft(draft), registry)
    try:
        reading = _Document(Contexts(library, with_scope=False), characters, asserted)
        root = reading.read()
    except _ScopeIsNeeded:
        # Few documents need it, and those read twice as much as they must.
        reading = _Document(Contexts(library, with_scope=True), characters, asserted)
        root = reading.read()
    term = conjunction((root,))
    if term.is_empty():
        raise unsatisfiable((root,))
    return term, tuple(reading.notes)


def _asserted(formats: FormatsOption) -> Formats | None:
    """The formats to assert; None for none."""
    if isinstance(formats, str):
        if formats not in ("assert", "annotate"):
            raise ArgumentError(f"formats is 'assert', 'annotate' or patterns by name, not {formats!r}")
        return _KNOWN_FORMATS if formats == "assert" else None
    if not isinstance(formats, Mapping):
        raise ArgumentError("formats is 'assert', 'annotate' or patterns by name", reason=f"got {formats!r:.100}")
    return formats if isinstance(formats, Formats) else Formats(formats)


_KNOWN_FORMATS: Final = Formats()


class _Document:
    """The state of one pass: what is still to be read, and the context and schema that are being read."""

    def __init__(self, contexts: Contexts, characters: CharSet, formats: Formats | None) -> None:
        self.contexts = contexts
        self.context = contexts.root
        self.formats = formats
        self.notes: dict[Note, None] = {}
        self.schema: Schema = {}
        self.table = Conjunctions(characters)
        self.pending: list[tuple[dict[str, object], Subschema, Context]] = []
        # Pairs of subschemas for one value, the second applied by the first. A cycle needs a subschema that is met
        # again; most documents have none.
        self.in_place: list[tuple[Subschema, Subschema]] = []
        self.meets_again = False

    def read(self) -> Subschema:
        """The root, with all that it reaches read."""
        root = self._open(self.context.resource.contents, None, "#", None)
        pending = self.pending
        while pending:
            schema, place, context = pending.pop()
            self._read(schema, place, context)
        if self.meets_again:
            check_cycles(self.in_place)
        return root

    def _read(self, schema: dict[str, object], place: Subschema, context: Context) -> None:
        if schema is not context.resource.contents:
            identifier = context.dialect.draft.id_keyword
            if identifier in schema and not isinstance(schema[identifier], str):
                self.schema = schema
                raise self.malformed(place, identifier, "a schema's URI must be a string")
            if "$schema" in schema or "$id" in schema or "id" in schema:
                context = self.contexts.entered(schema, place.pointer, context)
        self.context = context
        dialect = context.dialect
        if dialect.ignored:
            schema = {keyword: value for keyword, value in schema.items() if keyword not in dialect.ignored}
        self.schema = schema
        readers = dialect.readers
        for keyword in schema:
            reader = readers.get(keyword)
            if reader is not None:
                reader(self, place, schema[keyword], schema)
            elif keyword in dialect.foreign:
                self._note(
                    place.pointer, keyword, f"draft {dialect.draft.name} has no such keyword: it asserts nothing"
                )

    def _open(self, schema: object, parent: Subschema | None, keyword: str, key: str | int | None) -> Subschema:
        """The subschema of a schema in the current context, to be read in its turn."""
        if isinstance(schema, dict):
            if not schema:
                return ANYTHING
            context = self.context
            known = context.subschemas.get(id(schema))
            if known is not None:
                self.meets_again = True
                return known
            place = Subschema(parent, keyword, key, self.table)
            if "$ref" in schema and _is_alias(schema, context.dialect):
                if len(schema) > 1:
                    self._note_hidden(schema, place.pointer)
                outer = self.schema
                self.schema = schema
                known = self._target("$ref", schema["$ref"], place)
                self.schema = outer
                context.subschemas[id(schema)] = known
                return known
            context.subschemas[id(schema)] = place
            self.pending.append((schema, place, context))
            return place
        draft = self.context.dialect.draft
        if isinstance(schema, bool) and (draft.booleans or keyword in ("additionalProperties", "additionalItems", "#")):
            return ANYTHING if schema else NEVER
        place = Subschema(parent, keyword, key)
        kinds = "an object or a boolean" if draft.booleans else "an object"
        raise SchemaError(f"a schema must be {kinds}, not {_shown(schema)}", pointer=place.pointer)

    def child(self, schema: object, parent: Subschema, keyword: str, key: str | int | None = None) -> Subschema:
        place = self._open(schema, parent, keyword, key)
        if keyword in _IN_PLACE_KEYWORDS:
            self.in_place.append((parent, place))
        return place

    def reference(self, reference: object, parent: Subschema) -> Subschema:
        place = self._target("$ref", reference, parent)
        self.in_place.append((parent, place))
        return place

    def dynamic_reference(self, reference: object, parent: Subschema) -> Subschema:
        if not self.contexts.with_scope:
            raise _ScopeIsNeeded
        keyword = "$recursiveRef" if self.context.dialect.draft.name == "2019-09" else "$dynamicRef"
        if keyword == "$recursiveRef" and reference != "#":
            raise self.malformed(parent, keyword, f"'$recursiveRef' must be '#', not {_shown(reference)}")
        place = self._target(keyword, reference, parent)
        self.in_place.append((parent, place))
        return place

    def _target(self, keyword: str, reference: object, parent: Subschema) -> Subschema:
        """The subschema that a reference in the current context means; a mere reference is passed through."""
        at_hand = self.context
        context = at_hand
        at = parent.pointer
        passed: dict[tuple[Context, str], None] = {}
        while True:
            if not isinstance(reference, str):
                raise self.malformed(parent, keyword, f"{keyword!r} must be a string, not {_shown(reference)}")
            name = reference if keyword == "$ref" else f"{keyword} {reference}"
            known = context.targets.get(name)
            if known is not None:
                self.meets_again = True
                break
            if (context, name) in passed:
                raise endless(parent.pointer)
            passed[context, name] = None
            lookup = self.contexts.lookup if keyword == "$ref" else self.contexts.dynamic_lookup
            contents, resource, pointer = lookup(reference, at, context)
            context = self.contexts.of(resource, context)
            if isinstance(contents, dict) and "$ref" in contents and _is_alias(contents, context.dialect):
                if len(contents) > 1:
                    self._note_hidden(contents, pointer)
                at, keyword, reference = pointer, "$ref", contents["$ref"]
                continue
            self.context = context
            known = self._open(contents, None, pointer, None)
            self.context = at_hand
            break
        for passed_context, passed_name in passed:
            passed_context.targets[passed_name] = known
        return known

    def format_language(self, name: str, place: Subschema) -> tuple[Node, Node | None] | None:
        if self.formats is None:
            return None
        language = self.formats.language(name, self.context.dialect.draft.name)
        if language is None:
            self._note(place.pointer, "format", f"the format {name[:100]!r} is not known: it asserts nothing")
            return None
        return language, self.formats.outer(name)

    def _note(self, pointer: str, keyword: str, text: str) -> None:
        self.notes[Note(f"{pointer}/{keyword}", keyword, text)] = None

    def _note_hidden(self, schema: Schema, pointer: str) -> None:
        """Note what stands beside a reference that hides it."""
        readers = self.context.dialect.readers
        for keyword in schema:
            if keyword != "$ref" and keyword in readers:
                self._note(pointer, keyword, "the '$ref' beside it hides it: it asserts nothing")

    def malformed(self, place: Subschema, keyword: str, what: str) -> SchemaError:
        """The error for a keyword's value, with the meta-schema's own words for it where it has some."""
        import jsonschema

        reason = ""
        validator = jsonschema.validators.validator_for({"$schema": self.context.dialect.draft.uri})
        try:
            validator.check_schema({keyword: self.schema.get(keyword)})
        except jsonschema.SchemaError as error:
            reason = error.message[:300]
        except (RecursionError, ArithmeticError):
            reason = ""
        return SchemaError(what[:300], pointer=f"{place.pointer}/{keyword}", reason=reason)


_IN_PLACE_KEYWORDS: Final = frozenset(
    ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependencies", "dependentSchemas")
)


class _ScopeIsNeeded(Exception):
    """A reference by dynamic scope was met in a reading that doesn't keep it."""


def _is_alias(schema: Schema, dialect: Dialect) -> bool:
    """Whether a schema with a `$ref` says nothing else."""
    draft = dialect.draft
    if draft.ref_stands_alone or len(schema) == 1:
        return True
    if draft.id_keyword in schema or "$schema" in schema:
        return False
    return not any(keyword in dialect.readers for keyword in schema if keyword != "$ref")


def _shown(value: object) -> str:
    shown = f"{type(value).__name__} {value!r}" if isinstance(value, (str, int, float)) else type(value).__name__
    return shown[:100]
