"""Everything that ``schema=`` takes: its schema, and the way back from text to value."""

from __future__ import annotations

import datetime
import enum
import functools
import json
import math
import typing
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

import pydantic
import pytest
import typing_extensions
from pydantic import BaseModel, ConfigDict, Field

from structgen.errors import LimitExceededError, SchemaError, UnsatisfiableSchemaError
from structgen.schema.documents import load
from structgen.schema.python_types import read_source
from tests.schema.acceptance import accepts, compiled
from tests.schema.membership import is_member


class Colour(enum.Enum):
    RED = "red"
    ONE = 1


class Person(BaseModel):
    name: str
    age: int = Field(ge=0, lt=150)
    colour: Colour = Colour.RED
    friends: list[Person] = []


@dataclass
class Point:
    x: float
    label: str | None = None


class Movie(typing_extensions.TypedDict):
    title: str
    year: typing_extensions.NotRequired[int]


class OldMovie(typing.TypedDict, total=False):
    """A film."""

    title: typing.Required[str]
    year: Annotated[int, Field(ge=1888)]


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    is_loud: bool


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    number: int
    ratio: float
    choice: Literal[1, "x"]


class Numbers(pydantic.RootModel[list[int]]):
    pass


class Names(pydantic.RootModel[dict[str, int]]):
    pass


Number = typing.NewType("Number", int)
Alias = typing_extensions.TypeAliasType("Alias", list[int])


def greet(
    name: str, schema: Literal["formal", "casual"], *, times: int = 1, colour: Colour = Colour.RED, **rest: Any
) -> str:
    """Greet somebody."""
    return f"{name}{schema}{times}{colour}{rest}"


class Greeter:
    def greet(self, name: str) -> str:
        return name


@pytest.mark.parametrize(
    ("source", "text", "value", "rejected"),
    [
        (Person, '{"name": "Ada", "age": 36}', Person(name="Ada", age=36),
         [{"name": "Ada"}, {"name": "A", "age": 150}, {"name": "A", "age": 1, "z": 0}]),
        (Person, '{"name": "A", "age": 1, "friends": [{"name": "B", "age": 2, "colour": 1.0}]}',
         Person(name="A", age=1, friends=[Person(name="B", age=2, colour=Colour.ONE)]),
          [{"name": "A", "age": 1, "friends": [{}]}]),
        (Point, '{"x": 1}', Point(1.0), [{"x": "1"}, {}, {"x": 1, "y": 2}]),
        (Movie, '{"title": "M", "year": 1931}', {"title": "M", "year": 1931}, [{"year": 1}, {"title": "M", "more": 1}]),
        (OldMovie, '{"title": "M"}', {"title": "M"}, [{}, {"title": "M", "year": 1887}, {"title": "M", "more": 1}]),
        (Colour, '"red"', Colour.RED, ["blue", 2]),
        (Colour, "1.0", Colour.ONE, [True]),
        (Literal["a", 1, None], "1.0", 1, ["b", 2]),
        (int | None, "null", None, ["1", 1.5]),
        (int | None, "1e2", 100, []),
        (typing.Optional[Point], '{"x": 0.5}', Point(0.5), [1]),  # noqa: UP045
        (Movie | Point, '{"x": 1}', Point(1.0), [{"x": 1, "title": "a"}]),
        (list[int], "[1, 2.0]", [1, 2], [["a"], {}]),
        (tuple[int, str], '[1, "a"]', (1, "a"), [[1], [1, "a", 2]]),
        (dict[str, list[bool]], '{"a": [true]}', {"a": [True]}, [{"a": [1]}]),
        (Annotated[str, Field(min_length=2)], '"ab"', "ab", ["a"]),
        (Number, "7.0", 7, ["7"]),
        (Alias, "[7]", [7], ["7"]),
        (float, "1", 1.0, ["1"]),
        (str, '"1"', "1", [1]),
        (type(None), "null", None, [0]),
        (Open, '{"a": 1, "b": 2}', Open(a=1, b=2), [{"b": 1}]),  # type: ignore[call-arg]
        (Strict, '{"number": 1.0, "ratio": 2, "choice": 1.0}', Strict(number=1, ratio=2.0, choice=1), [{"number": 1}]),
        (Numbers, "[3]", Numbers([3]), [["3"]]),
        (Names, '{"a": 3}', Names({"a": 3}), [{"a": "3"}]),
        (greet, '{"name": "Ada", "schema": "formal"}', {"name": "Ada", "schema": "formal"},
         [{"name": "Ada"}, {"name": "Ada", "schema": "rude"}, {"name": "Ada", "schema": "casual", "more": 1}]),
        (greet, '{"name": "A", "schema": "casual", "times": 2.0, "colour": "red"}',
         {"name": "A", "schema": "casual", "times": 2, "colour": Colour.RED}, []),
        (Greeter().greet, '{"name": "Ada"}', {"name": "Ada"}, [{}, {"self": 1, "name": "Ada"}]),
        (functools.partial(greet, schema="formal"), '{"name": "Ada"}', {"name": "Ada"}, [{}]),
        (lambda a, b=1: a, '{"a": [1]}', {"a": [1]}, [{"b": 1}]),
        ({"type": "string"}, '"text"', "text", [1]),
        (True, '{"a": 1.5}', {"a": 1.5}, []),
        ('{"maximum": 0.3, "type": "number"}', "0.3", 0.3, [0.31]),
        ("true", "5", 5, []),
    ],
)  # fmt: skip
def test_sources(source: Any, text: str, value: object, rejected: list[Any]) -> None:
    read = read_source(source)
    term = load(read.schema)
    converted = read.convert(text)
    assert converted == value
    assert type(converted) is type(value)
    assert is_member(json.loads(text), term)
    assert [other for other in rejected if is_member(other, term)] == []


def test_a_function_is_not_called() -> None:
    def explode(a: int) -> None:
        raise AssertionError

    assert read_source(explode).convert('{"a": 1}') == {"a": 1}


def test_a_functions_own_words_are_in_its_schema() -> None:
    schema = read_source(greet).schema
    assert isinstance(schema, dict)
    assert (schema["title"], schema["description"]) == ("greet", "Greet somebody.")


def test_properties_keep_the_order_of_declaration() -> None:
    (shape,) = load(read_source(Person).schema).values().objects
    assert [name for name, _ in shape.properties] == ["name", "age", "colour", "friends"]


def test_decimals_of_a_json_text_stay_exact() -> None:
    schema = read_source('{"const": 0.1000000000000000000000001}').schema
    assert schema == {"const": Decimal("0.1000000000000000000000001")}


def test_a_validator_of_the_types_own_may_still_object() -> None:
    class Even(BaseModel):
        number: int

        @pydantic.field_validator("number")
        @classmethod
        def is_even(cls, number: int) -> int:
            if number % 2:
                raise ValueError("odd")
            return number

    convert = read_source(Even).convert
    assert convert('{"number": 2}') == Even(number=2)
    with pytest.raises(pydantic.ValidationError):
        convert('{"number": 3}')
    with pytest.raises(pydantic.ValidationError):
        convert('{"number": ')


class Amounts(BaseModel):
    model_config = ConfigDict(strict=True)
    count: int
    amount: Decimal
    text: str = ""


@pytest.mark.parametrize(
    ("count", "value"),
    [("1.0", 1), ("-12.50e1", -125), ("1e30", 10**30), ("0e99999999999", 0), ("-0.0", 0), ("1200.00E-2", 12)],
)
@pytest.mark.parametrize("amount", ["1e-99999999999999999999", '"0.1000000000000000000000000001"', "12.5"])
def test_an_integers_spelling_is_no_matter_and_leaves_the_rest_as_it_is(count: str, value: int, amount: str) -> None:
    text = f'{{"count": {count}, "amount": {amount}, "text": "1.0 \\" 2.0"}}'
    converted = read_source(Amounts).convert(text)
    assert converted == Amounts(count=value, amount=converted.amount, text='1.0 " 2.0')
    assert amount[0] != '"' or str(converted.amount) == amount.strip('"')


@pytest.mark.parametrize("source", [Amounts, pydantic.create_model("Lax", count=int, amount=float)])
@pytest.mark.parametrize("count", ["1e5000", "1e999999999", "-2.5E99999999999999999999"])
def test_an_integer_beyond_pythons_bounds_is_a_clear_error(source: Any, count: str) -> None:
    with pytest.raises(LimitExceededError, match="digits of an integer: 4,300"):
        read_source(source).convert(f'{{"count": {count}, "amount": 1}}')


def _unknown(a: Missing) -> None:  # type: ignore[name-defined]  # noqa: F821
    pass


def _positional(a: int, /) -> None:
    pass


def _variadic(*values: int) -> None:
    pass


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "a schema can't be made of NoneType"),
        (5, "a schema can't be made of int"),
        ([1], "a schema can't be made of list"),
        (b"{}", "a schema can't be made of bytes"),
        (Colour.RED, "a schema can't be made of Colour"),
        (Person(name="A", age=1), "a schema can't be made of Person"),
        ("[1]", "a JSON Schema is an object or a boolean, not list"),
        ("5", "a JSON Schema is an object or a boolean, not int"),
        ("{", r"not JSON: .* \(line 1, column 2\)"),
        ('{"a": 1,\n "b" 2}', r"not JSON: .* \(line 2, column 6\)"),
        ("", "not JSON"),
        ('{"maximum": NaN}', "not JSON: NaN"),
        ('{"maximum": 1, "maximum": 2}', "repeats the key 'maximum'"),
        (Callable[[int], int], "no JSON Schema can be made of"),
        (math, "a schema can't be made of module"),
        (Greeter, "no JSON Schema can be made of Greeter"),
        (_unknown, "the parameters of _unknown can't be read"),
        (_positional, "parameter 'a' of _positional can't be given by name"),
        (_variadic, "parameter 'values' of _variadic can't be given by name"),
        (dict.fromkeys, "can't be"),
    ],
)
def test_what_is_no_source_is_an_error_that_says_what_is(source: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        read_source(source)


@pytest.mark.parametrize(
    "text", ['{"a":' * 200_000, "[" * 1_000_000, '{"maximum": 1e99999999999999999999}', f'{{"maximum": {"9" * 5000}}}']
)
def test_json_text_beyond_the_interpreters_bounds_is_a_clear_error(text: str) -> None:
    with pytest.raises(LimitExceededError):
        read_source(text)


@pytest.mark.parametrize(
    ("source", "accepted", "rejected"),
    [
        (set[int], "[1, 2]", "[1, 1.0]"),
        (Annotated[int, Field(multiple_of=3)], "-9", "4"),
        (datetime.date, '"2024-02-29"', '"2023-02-29"'),
        (uuid.UUID, '"2eb8aa08-aa98-11ea-b4aa-73b441d16380"', '"2eb8aa08"'),
        (Annotated[list[int], Field(min_length=2)], "[1, 2]", "[1]"),
        (dict[Annotated[str, Field(pattern="^a")], int], '{"ab": 1}', '{"b": 1}'),
        (Annotated[dict[str, int], Field(max_length=1)], "{}", '{"a": 1, "b": 2}'),
        (Cat | Dog, '{"kind": "cat", "lives": 9}', '{"kind": "dog", "lives": 9}'),
    ],
)
def test_what_pydantic_says_by_other_keywords_holds(source: Any, accepted: str, rejected: str) -> None:
    grammar = compiled(source)
    assert accepts(grammar, accepted)
    assert not accepts(grammar, rejected)
    read_source(source).convert(accepted)


def test_a_type_without_values_is_unsatisfiable() -> None:
    with pytest.raises(UnsatisfiableSchemaError):
        load(read_source(Annotated[int, Field(gt=1, lt=2)]).schema)
