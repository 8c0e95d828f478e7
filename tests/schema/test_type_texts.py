"""What the masks of a Python type allow is what pydantic takes; what isn't asserted is in the notes."""

from __future__ import annotations

import collections
import datetime
import enum
import fractions
import functools
import ipaddress
import pathlib
import random
import re
import typing
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal

import pydantic
import pytest
from pydantic import AliasPath, BaseModel, ConfigDict, Field, Json, RootModel, StringConstraints

from structgen import CompiledGrammar, SchemaError
from structgen.schema.python_types import read_source
from tests.schema.acceptance import VOCABULARY, accepts, compiled
from tests.vocabularies import mask

END = 256


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Mixed(enum.Enum):
    TEXT = "a"
    NUMBER = 2
    TRUE = True
    NONE = None
    HALF = 2.5


class Item(BaseModel):
    price: Decimal = Field(gt=0, max_digits=6, decimal_places=2)


class Booking(BaseModel):
    on: datetime.date = Field(ge=datetime.date(2024, 1, 1))


class Base64(RootModel[bytes]):
    model_config = ConfigDict(val_json_bytes="base64")


class Hexadecimal(RootModel[bytes]):
    model_config = ConfigDict(val_json_bytes="hex")


class ByPath(BaseModel):
    first: int = Field(0, validation_alias=AliasPath("items", 0))
    count: Annotated[int, Field(lt=10)]


class ByPathOrName(BaseModel):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)
    first: Annotated[int, Field(lt=10)] = Field(validation_alias=AliasPath("items", 0))


@dataclass
class Derived:
    a: str
    b: int = field(init=False, default=2)


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    number: int = Field(lt=1000, gt=-1000)
    amount: Decimal
    when: datetime.datetime
    level: Level
    few: set[Annotated[int, Field(ge=0, lt=20)]] = Field(max_length=2)
    pair: tuple[Annotated[int, Field(ge=0, le=9)], str]


def _decimal(**constraints: Any) -> Any:
    return Annotated[Decimal, Field(**constraints)]


def _mapping(key: Any) -> Any:
    return dict[key, bool]


TYPES: dict[str, Any] = {
    "decimal": Decimal,
    "decimal of digits": _decimal(max_digits=3),
    "decimal of many digits": _decimal(max_digits=30),
    "decimal of digits and places": _decimal(max_digits=3, decimal_places=2),
    "decimal of more places than digits": _decimal(max_digits=2, decimal_places=4),
    "decimal of places alone": _decimal(max_digits=2, decimal_places=2),
    "decimal of many places": _decimal(max_digits=36, decimal_places=18, ge=0),
    "whole decimal": _decimal(decimal_places=0),
    "decimal from and below": _decimal(ge=Decimal("-1.25"), lt=Decimal(100)),
    "decimal above and to": _decimal(gt=Decimal("0.05"), le=Decimal("12.5")),
    "decimal below 0": _decimal(lt=0),
    "decimal to 0": _decimal(le=0, gt=-3),
    "decimal from 0": _decimal(ge=0, lt=1),
    "decimal between negatives": _decimal(gt=Decimal("-10.5"), lt=Decimal("-2.25")),
    "decimal of steps": _decimal(multiple_of=Decimal("0.25")),
    "decimal of steps and places": _decimal(multiple_of=3, decimal_places=2),
    "model with a decimal": Item,
    "model with a day": Booking,
    "integer keys": _mapping(int),
    "positive keys": _mapping(Annotated[int, Field(ge=1)]),
    "bounded keys": _mapping(Annotated[int, Field(ge=-12, lt=107)]),
    "float keys": _mapping(float),
    "bounded float keys": _mapping(Annotated[float, Field(gt=0.5, lt=99)]),
    "boolean keys": _mapping(bool),
    "decimal keys": _mapping(Decimal),
    "bounded decimal keys": _mapping(_decimal(ge=1, le=2, decimal_places=1)),
    "date keys": _mapping(datetime.date),
    "UUID keys": _mapping(uuid.UUID),
    "enum keys": _mapping(Level),
    "mixed enum keys": _mapping(Mixed),
    "literal keys": _mapping(Literal["a", 1, True, None]),
    "number keys": _mapping(Literal[1]),
    "optional keys": _mapping(int | None),
    "tuple keys": _mapping(tuple[int, int]),
    "pattern keys": _mapping(Annotated[str, Field(pattern="^[a-c]+$")]),
    "counter": collections.Counter[int],
    "default dict": collections.defaultdict[int, list[bool]],
    "date": datetime.date,
    "bounded date": Annotated[datetime.date, Field(gt=datetime.date(2019, 12, 30), le=datetime.date(2024, 2, 29))],
    "datetime": datetime.datetime,
    "naive datetime": pydantic.NaiveDatetime,
    "aware datetime": pydantic.AwareDatetime,
    "time": datetime.time,
    "duration": datetime.timedelta,
    "complex": complex,
    "fraction": fractions.Fraction,
    "finite float": pydantic.FiniteFloat,
    "byte size": pydantic.ByteSize,
    "UUID 4": pydantic.UUID4,
    "HTTP URL": pydantic.HttpUrl,
    "any URL": pydantic.AnyUrl,
    "file URL": pydantic.FileUrl,
    "database URL": pydantic.PostgresDsn,
    "stripped text": Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=4)],
    "bytes": Annotated[bytes, Field(max_length=3)],
    "base64": Base64,
    "hexadecimal": Hexadecimal,
    "path": pathlib.Path,
    "address": ipaddress.IPv4Address,
    "alias path with a default": ByPath,
    "alias path or name": ByPathOrName,
    "derived field": Derived,
    "enum": Mixed,
    "strict": Strict,
}


def _walk(grammar: CompiledGrammar, rng: random.Random) -> str:
    """A random text; beyond some bytes it closes what it can."""
    matcher, text, length = grammar.matcher(), bytearray(), rng.choice([3, 8, 15, 30, 60])
    while True:
        every = sorted(mask(matcher, VOCABULARY))
        ids = [one for one in every if one == END or one < 128] or every
        if END in ids and (len(ids) == 1 or len(text) >= length or rng.random() < 0.3):
            return text.decode()
        closing = [one for one in ids if one in b'"}]'] if len(text) >= length else []
        byte = rng.choice(closing or [one for one in ids if one != END])
        assert matcher.accept_token(byte)
        text.append(byte)


@pytest.mark.parametrize("name", TYPES)
def test_random_texts_are_values(name: str) -> None:
    convert = read_source(TYPES[name]).convert
    grammar = compiled(TYPES[name], whitespace="compact")
    assert [note for note in grammar.notes if "is not known" not in note.text] == []
    rng = random.Random(name)
    for _ in range(40):
        convert(_walk(grammar, rng))


@pytest.mark.parametrize(
    ("source", "accepted", "rejected"),
    [
        (Item, ['{"price": 12.5}', '{"price": "1234.50"}', '{"price": 0.01}'],
         ['{"price": "free!"}', '{"price": 123456789.12345}', '{"price": 0}', '{"price": "-1"}', '{"price": 12345}']),
        (Booking, ['{"on": "2024-01-01"}', '{"on": "2031-12-31"}'], ['{"on": "1999-01-01"}', '{"on": "2023-12-31"}']),
        (_mapping(int), ['{"1": true, "-20": false}'], ['{"abc": true}', '{"1.5": true}', '{"01": true}']),
        (_mapping(float), ['{"1": true, "-2.5e3": false}'], ['{"abc": true}', '{"NaN": true}']),
        (_mapping(bool), ['{"true": true}'], ['{"abc": true}', '{"True": true}']),
        (_mapping(Level), ['{"1": true}'], ['{"3": true}', '{"LOW": true}']),
        (_mapping(datetime.date), ['{"2024-02-29": true}'], ['{"2023-02-29": true}', '{"0000-01-01": true}']),
        (_mapping(uuid.UUID), ['{"2eb8aa08-aa98-11ea-b4aa-73b441d16380": true}'], ['{"2eb8aa08": true}']),
        (_decimal(ge=Decimal("0.05"), lt=2), ['"0.05"', '"0.1"', '"1.999999"', "0.05", "1.5"],
         ['"0.049"', '"0"', '"-1"', '"2"', '"2.0"', "0.04", "2"]),
        (_decimal(gt=-12), ['"-11.9"', '"-0"', '"5"', '"100"'], ['"-12"', '"-12.0"', '"-12.1"', '"-100"']),
        (_decimal(le=100), ['"100.00"', '"99.9"', '"-1000"', '"7"'], ['"100.01"', '"101"', '"1000"', '"200"']),
        (Annotated[int | float, Field(gt=0)], ["1", "0.5"], ["0", "-1"]),
        (Annotated[int | float, Field(gt=5), Field(gt=0)], ["6"], ["5", "1"]),
        (Annotated[typing.Sequence[int], Field(min_length=2)], ["[1, 2]"], ["[1]", "[]"]),
        (complex, ['"1+2j"', '"-1.5j"'], ['"one"', '""']),
        (pydantic.ByteSize, ["5", '"5 MiB"', '"1.5kb"'], ['"5 xx"', "-1", '"big"']),
        (pydantic.NaiveDatetime, ['"2024-02-29T12:00:00"'], ['"2024-02-29T12:00:00Z"', '"2023-02-29T12:00:00"']),
        (datetime.datetime, ['"2020-01-01T23:59:59Z"'], ['"2020-01-01T23:59:60Z"', '"0000-01-01T00:00:00Z"']),
        (pydantic.UUID4, ['"2eb8aa08-aa98-41ea-b4aa-73b441d16380"'], ['"2eb8aa08-aa98-11ea-b4aa-73b441d16380"']),
        (pydantic.HttpUrl, ['"https://example.com/a?b=c#d"', '"http://127.0.0.1:8080"'],
         ['"urn:x"', '"http://"', '"ftp://a"', '"http://a:99999"', '"http://a.1"']),
        (pydantic.AnyUrl, ['"urn:x"', '"mailto:a@b.c"', '"a://b"', '"file:///x"'], ['"http:"', '"a://b:99999"', '"x"']),
        (Literal["a", b"x"], ['"a"'], ['"x"']),
    ],
)  # fmt: skip
def test_constraints_of_pydantic_hold(source: Any, accepted: list[str], rejected: list[str]) -> None:
    grammar, convert = compiled(source), read_source(source).convert
    assert [text for text in accepted if not accepts(grammar, text)] == []
    assert [text for text in rejected if accepts(grammar, text)] == []
    for text in accepted:
        convert(text)


def _even(number: int) -> int:
    return number


@pytest.mark.parametrize(
    ("source", "pointer", "words"),
    [
        (pydantic.PastDate, "#/format", "in the past is not asserted"),
        (Json[list[int]], "#/contentSchema", "the JSON text in a string is not read"),
        (Annotated[datetime.timedelta, Field(gt=datetime.timedelta(1))], "#/format", "bounds of a timedelta"),
        (Annotated[datetime.time, Field(le=datetime.time(12))], "#/format", r"bounds of a time \(le=12:00:00\)"),
        (Annotated[fractions.Fraction, Field(ge=1)], "#/type", "bounds of a Fraction"),
        (re.Pattern, "#/type", r"the function pattern_either_validator\(\)"),
        (pydantic.ImportString, "#/type", "may refuse values"),
        (Annotated[int | str, Field(gt=0)], "#/type", r"the function greater_than_validator\(gt=0\)"),
        (Annotated[str, Field(pattern=re.compile("^ a", re.VERBOSE))], "#/pattern", "flags"),
        (dict[Annotated[int, Field(multiple_of=3)], int], "#/propertyNames", "multiples of 3"),
        (Annotated[int, pydantic.AfterValidator(_even)], "#/type", r"the function _even\(\) may refuse"),
        (Annotated[int, pydantic.AfterValidator(functools.partial(_even))], "#/type", r"the function _even\(\)"),
        (Literal["a", b"x"], "#/enum", "JSON can't spell b'x'"),
        (list[pydantic.PastDate], "#/items/format", "in the past"),
        (typing.NamedTuple("Pair", [("a", pydantic.PastDate)]), "#/prefixItems/0/format", "in the past"),
    ],
)
def test_what_is_not_asserted_is_noted(source: Any, pointer: str, words: str) -> None:
    (note,) = compiled(source).notes
    assert note.pointer == pointer
    assert re.search(words, note.text)
    assert "structgen" not in str(read_source(source).schema)


class OfTuples(enum.Enum):
    PAIR = (1, 2)


class OfObjects(enum.Enum):
    ONE = object()


class ReadByPath(BaseModel):
    first: int = Field(validation_alias=AliasPath("items", 0))


class ExtraRaises(BaseModel):
    model_config = ConfigDict(json_schema_extra=lambda schema: schema["missing"])
    a: int


class SchemaRaises:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return handler(str)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> Any:
        raise ZeroDivisionError("by design")


class CoreSchemaRaises:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        raise ImportError("install something")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (OfTuples, "OfTuples has no value that JSON can spell"),
        (OfObjects, "OfObjects has no value that JSON can spell"),
        (Literal[b"x"], "no value that JSON can spell: b'x'"),
        (Literal[SchemaRaises], "no value that JSON can spell"),
        (list[OfTuples], "OfTuples"),
        (OfTuples | Literal[b"x"], "no type of a union"),
        (ReadByPath, r"the field 'first' is read by an AliasPath, \['items', 0\]"),
        (type[int], "a subclass of int"),
        (ExtraRaises, "ExtraRaises\n.*\n.*KeyError: 'missing'"),
        (SchemaRaises, "SchemaRaises\n.*\n.*ZeroDivisionError: by design"),
        (CoreSchemaRaises, "CoreSchemaRaises\n.*\n.*ImportError: install something"),
    ],
)
def test_types_without_a_schema_are_refused_with_their_reason(source: Any, words: str) -> None:
    with pytest.raises(SchemaError, match=words) as caught:
        read_source(source)
    assert caught.value.hint
    assert caught.value.__cause__ is not None


def test_notes_stay_when_a_source_is_read_again() -> None:
    source = read_source(pydantic.PastDate)
    assert read_source(source) is source
    assert compiled(source).notes == source.notes != ()
    assert compiled(source).vocabulary is VOCABULARY
