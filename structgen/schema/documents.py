"""Schemas come in, whole and checked; the term of their root goes out.

One pass over everything that the root can reach, through subschemas and references, reads each subschema once. It is
iterative, linear in the schema, and checks each keyword's value itself: `jsonschema` is asked for its meta-schema's
verdict only once something is wrong. What no reference reaches is neither compiled nor refused. The caller's schema
is not kept, so later changes to it change nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any, Final

from structgen.errors import LimitExceededError, SchemaError, UnsupportedSchemaError
from structgen.regex.charset import CharSet
from structgen.regex.nodes import Node
from structgen.schema.conflicts import unsatisfiable
from structgen.schema.keywords import READERS, Schema
from structgen.schema.references import DRAFTS, Draft, Resource, draft_of
from structgen.schema.refusals import FORMATS, REFUSALS, refuse
from structgen.schema.subschemas import ANYTHING, NEVER, Conjunctions, Subschema
from structgen.schema.terms import Term, conjunction

__all__ = ["load", "parse_json"]


def load(schema: Mapping[str, Any] | bool | str, characters: CharSet = CharSet.ANY) -> Term:
    """The term of a JSON Schema, ready to be asked for its values.

    Parameters
    ----------
    schema : dict, bool or str
        A schema as Python's ``json`` reads it (numbers may be ``Decimal``), or its JSON text. The draft is the one that
        `$schema` names, or else 2020-12.
    characters : CharSet
        Those that strings and names can have. A value that needs others counts as invalid.

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
    root = _Document(contents, characters).read()
    term = conjunction((root,))
    if term.is_empty():
        raise unsatisfiable((root,))
    return term


def parse_json(text: str) -> object:
    """What a JSON text says, with decimal numbers kept exact.

    Raises
    ------
    SchemaError
        It isn't JSON, or an object of it repeats a key: which of the two is meant would be a guess.
    LimitExceededError
        It nests deeper than the interpreter's stack allows, or holds an integer too long to convert.
    """
    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_object_without_repetition
        )
    except json.JSONDecodeError as error:
        raise SchemaError(f"the schema is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise LimitExceededError("nesting of a JSON text", f"{len(text)} characters", hint="a dict") from None
    except DecimalException:
        raise LimitExceededError("exponent of a number in a JSON text", "beyond 18 digits") from None
    except ValueError as error:
        raise LimitExceededError("digits of an integer in a JSON text", str(error)[:200]) from None


def _refuse_constant(name: str) -> object:
    raise SchemaError(f"the schema is not JSON: {name} is no JSON number")


def _object_without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise SchemaError(f"the schema repeats the key {name!r:.100} in one object")
            seen.add(name)
    return result


class _Document:
    """The state of one pass: what is still to be read, and the resource and schema that are being read."""

    def __init__(self, contents: Any, characters: CharSet) -> None:
        draft = draft_of(contents, DRAFTS["2020-12"], "#") if isinstance(contents, dict) else DRAFTS["2020-12"]
        self.resource = Resource(contents, draft, "#", None)
        self.schema: Schema = {}
        self.table = Conjunctions(characters)
        self.pending: list[tuple[dict[str, object], Subschema, Resource]] = []
        self.in_place: list[Subschema] = []
        # A cycle needs a subschema that is met again; most documents have none.
        self.meets_again = False

    def read(self) -> Subschema:
        """The root, with all that it reaches read."""
        root = self._open(self.resource.contents, None, "#", None)
        pending = self.pending
        while pending:
            schema, place, resource = pending.pop()
            self._read(schema, place, resource)
        if self.meets_again:
            _check_cycles(self.in_place)
        return root

    def _read(self, schema: dict[str, object], place: Subschema, resource: Resource) -> None:
        self.schema = schema
        if schema is not resource.contents:
            if "$schema" in schema:
                resource = resource.in_draft(draft_of(schema, resource.draft, place.pointer))
            identifier = resource.draft.id_keyword
            if identifier in schema:
                if not isinstance(schema[identifier], str):
                    raise self.malformed(place, identifier, "a schema's URI must be a string")
                if resource.has_id(schema):
                    resource = resource.embedded(schema, place)
        self.resource = resource
        name = resource.draft.name
        readers = READERS[name]
        refusals = REFUSALS[name]
        doubtful: list[str] | None = None
        for keyword in schema:
            reader = readers.get(keyword)
            if reader is not None:
                reader(self, place, schema[keyword], schema)
            elif keyword in refusals:
                if doubtful is None:
                    doubtful = []
                doubtful.append(keyword)
        if doubtful is not None:
            for keyword in doubtful:
                refuse(keyword, refusals[keyword], place, schema)
        if place.choices:
            self.in_place.append(place)

    def _open(self, schema: object, parent: Subschema | None, keyword: str, key: str | int | None) -> Subschema:
        """The subschema of a schema in the current resource, to be read in its turn."""
        if isinstance(schema, dict):
            if not schema:
                return ANYTHING
            resource = self.resource
            known = resource.subschemas.get(id(schema))
            if known is not None:
                self.meets_again = True
                return known
            place = Subschema(parent, keyword, key, self.table)
            if "$ref" in schema and _is_alias(schema, resource.draft):
                outer = self.schema
                self.schema = schema
                known = self.reference(schema["$ref"], place)
                self.schema = outer
                resource.subschemas[id(schema)] = known
                return known
            resource.subschemas[id(schema)] = place
            self.pending.append((schema, place, resource))
            return place
        if isinstance(schema, bool) and (self.resource.draft.booleans or keyword in ("additionalProperties", "#")):
            return ANYTHING if schema else NEVER
        place = Subschema(parent, keyword, key)
        kinds = "an object or a boolean" if self.resource.draft.booleans else "an object"
        raise SchemaError(f"a schema must be {kinds}, not {_shown(schema)}", pointer=place.pointer)

    def child(self, schema: object, parent: Subschema, keyword: str, key: str | int | None = None) -> Subschema:
        return self._open(schema, parent, keyword, key)

    def reference(self, reference: object, parent: Subschema) -> Subschema:
        """The subschema that a reference in the current resource means; a mere reference is passed through."""
        at_hand = self.resource
        resource = at_hand
        passed: dict[tuple[Resource, str], None] = {}
        while True:
            if not isinstance(reference, str):
                raise self.malformed(parent, "$ref", f"'$ref' must be a string, not {_shown(reference)}")
            known = resource.targets.get(reference)
            if known is not None:
                self.meets_again = True
                break
            if (resource, reference) in passed:
                raise _endless(parent.pointer)
            passed[resource, reference] = None
            contents, resource, pointer = resource.lookup(reference, parent)
            if isinstance(contents, dict) and "$ref" in contents and _is_alias(contents, resource.draft):
                reference = contents["$ref"]
                continue
            self.resource = resource
            known = self._open(contents, None, pointer, None)
            self.resource = at_hand
            break
        for passed_resource, passed_reference in passed:
            passed_resource.targets[passed_reference] = known
        return known

    def dynamic_reference(self, reference: object, parent: Subschema) -> Subschema:
        keyword = "$dynamicRef" if self.resource.draft.name == "2020-12" else "$recursiveRef"
        raise UnsupportedSchemaError(
            keyword,
            pointer=f"{parent.pointer}/{keyword}",
            reason="references by dynamic scope are not compiled yet",
            hint="'$ref'",
        )

    def format_language(self, name: str, place: Subschema) -> Node | None:
        if name not in FORMATS:
            return None
        raise UnsupportedSchemaError(
            "format",
            pointer=f"{place.pointer}/format",
            reason=f"the format {name!r} is not compiled yet",
            hint="a 'pattern' that describes it",
        )

    def malformed(self, place: Subschema, keyword: str, what: str) -> SchemaError:
        """The error for a keyword's value, with the meta-schema's own words for it where it has some."""
        import jsonschema

        reason = ""
        validator = jsonschema.validators.validator_for({"$schema": self.resource.draft.uri})
        try:
            validator.check_schema({keyword: self.schema.get(keyword)})
        except jsonschema.SchemaError as error:
            reason = error.message[:300]
        except (RecursionError, ArithmeticError):
            reason = ""
        return SchemaError(what[:300], pointer=f"{place.pointer}/{keyword}", reason=reason)


def _is_alias(schema: Schema, draft: Draft) -> bool:
    """Whether a schema with a `$ref` says nothing else."""
    if draft.ref_stands_alone or len(schema) == 1:
        return True
    if draft.id_keyword in schema or "$schema" in schema:
        return False
    readers, refusals = READERS[draft.name], REFUSALS[draft.name]
    return not any(keyword in readers or keyword in refusals for keyword in schema if keyword != "$ref")


def _shown(value: object) -> str:
    shown = f"{type(value).__name__} {value!r}" if isinstance(value, (str, int, float)) else type(value).__name__
    return shown[:100]


def _endless(pointer: str) -> SchemaError:
    return SchemaError(
        "a reference leads back to itself before anything is asserted",
        pointer=pointer,
        reason="whether a value is valid would depend on whether it is valid",
        hint="a reference below 'properties' or 'items', where the value gets smaller",
    )


_OPEN: Final = 1
_CLOSED: Final = 2


def _check_cycles(places: list[Subschema]) -> None:
    """Raise where choices about one value lead back to themselves; depth-first, without recursion."""
    states: dict[Subschema, int] = {}
    for start in places:
        path = [start]
        while path:
            place = path[-1]
            state = states.get(place)
            if state is not None:
                path.pop()
                if state == _OPEN:
                    states[place] = _CLOSED
                continue
            states[place] = _OPEN
            for branches in place.choices:
                for branch in branches:
                    if branch.choices:
                        if states.get(branch) == _OPEN:
                            raise _endless(branch.pointer)
                        if branch not in states:
                            path.append(branch)
