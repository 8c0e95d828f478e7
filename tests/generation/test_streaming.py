"""Texts and values as they grow: what was said is never taken back, and the last word is the result."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import enum
import itertools
import json
import threading
from typing import Annotated, Any, Literal, NotRequired

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, field_validator, model_validator
from typing_extensions import TypedDict

import structgen
from structgen import Chunk, Sampling
from structgen.errors import ArgumentError, SchemaError
from structgen.generation.partial import partial_value
from structgen.generation.shapes import Shape
from tests.parrot import parrot
from tests.toy import toy_model, toy_tokenizer

TOKENIZER = toy_tokenizer(merges=(("a", "b"), ("Ã", "©"), ('"', ",")))
MODEL = structgen.load_model((toy_model(TOKENIZER), TOKENIZER))

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def is_grown(old: Any, new: Any) -> bool:
    """Whether ``new`` holds everything that ``old`` does: written down for each type, without a look at the reader."""
    if old is None:
        return True
    if isinstance(old, str) and isinstance(new, str):
        return new.startswith(old)
    if isinstance(old, dict):
        return isinstance(new, dict) and all(key in new and is_grown(old[key], new[key]) for key in old)
    if isinstance(old, list):
        if not isinstance(new, list) or len(new) < len(old):
            return False
        return all(is_grown(one, other) for one, other in zip(old, new[: len(old)], strict=True))
    if isinstance(old, BaseModel) and type(new) is type(old):
        return is_grown(vars(old), vars(new)) and old.model_fields_set <= new.model_fields_set
    if dataclasses.is_dataclass(old) and not isinstance(old, type):
        names = [field.name for field in dataclasses.fields(old)]
        known = {name: getattr(old, name) for name in names if hasattr(old, name)}
        return all(is_grown(value, getattr(new, name)) for name, value in known.items())
    return bool(old == new)


@given(VALUES, st.sampled_from([None, 2]), st.booleans())
@settings(max_examples=150)
def test_plain_values_only_grow(value: Any, indent: int | None, ensure_ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ensure_ascii)
    last = None
    for end in range(len(text) + 1):
        found = partial_value(text[:end], None)
        assert is_grown(last, found), (text[:end], last, found)
        json.dumps(found, ensure_ascii=False).encode()  # no half of a surrogate pair
        last = found
    assert last == value or isinstance(value, (int, float))  # a number may go on until something follows
    assert partial_value(text + " ", None) == value


class Colour(enum.Enum):
    RED = "red"
    REDDISH = "reddish"


class Leaf(BaseModel):
    kind: Literal["leaf"]
    text: str = "default"
    when: datetime.date | None = None


class Branch(BaseModel):
    kind: Literal["branch"]
    children: list[Leaf | Branch] = []


@dataclasses.dataclass
class Point:
    x: int
    label: str = "origin"


@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    point: Point
    name: str


class Loose(TypedDict):
    a: Annotated[str, Field(max_length=9)]
    b: NotRequired[list[Colour]]


class Everything(BaseModel):
    model_config = ConfigDict(extra="allow")

    aliased: str = Field(alias="other name")
    number: float
    slotted: Slotted
    loose: Loose
    scores: dict[str, list[int]]
    tree: Branch
    maybe: str | None = None
    anything: Any = None


EVERYTHING = json.dumps(
    {
        "other name": "né\n",
        "number": 12.5,
        "slotted": {"point": {"x": 10, "label": "here"}, "name": "n"},
        "loose": {"a": "long", "b": ["red", "reddish"]},
        "scores": {"one": [1, 22, 333], "two": []},
        "tree": {"kind": "branch", "children": [{"kind": "leaf", "text": "t", "when": "2020-01-31"}]},
        "maybe": "yes",
        "anything": [{"deep": "x"}, 1],
        "further": {"not": "declared"},
    }
)


def test_values_of_types_only_grow_and_end_as_the_value() -> None:
    shape = Shape.of(Everything)
    last: Any = None
    names = set()
    for end in range(len(EVERYTHING) + 1):
        found = partial_value(EVERYTHING[:end], shape)
        assert is_grown(last, found), (EVERYTHING[:end], last, found)
        if found is not None:
            assert type(found) is Everything
            names |= {len(vars(found))}
            repr(found)
        last = found
    assert last == Everything.model_validate_json(EVERYTHING)
    assert names == set(range(9))


def test_members_that_are_not_known_are_not_there() -> None:
    text = '{"slotted": {"point": {"x": 10, "la'
    found = partial_value(text, Shape.of(Everything))
    assert isinstance(found.slotted, Slotted) and isinstance(found.slotted.point, Point)
    assert repr(found.slotted) == "Slotted(point=Point(x=10))"
    assert not hasattr(found, "maybe") and not hasattr(found.slotted, "name") and not hasattr(found, "number")
    with pytest.raises(AttributeError, match="'label' isn't known yet"):
        _ = found.slotted.point.label


class Upper(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def _upper(cls, name: str) -> str:
        return name.upper()


class Whole(BaseModel):
    low: int
    high: int

    @model_validator(mode="after")
    def _ordered(self) -> Whole:
        if self.low > self.high:
            raise ValueError("low is more than high")
        return self


class Enumerated(BaseModel):
    model_config = ConfigDict(use_enum_values=True)

    colour: Colour


class Post(BaseModel):
    name: str

    def model_post_init(self, context: Any) -> None:
        self.name = f"<{self.name}>"


class Stripped(BaseModel):
    name: Annotated[str, StringConstraints(to_upper=True)]


@dataclasses.dataclass
class Derived:
    name: str

    def __post_init__(self) -> None:
        self.name += "!"


@pytest.mark.parametrize(
    ("schema", "text", "whole"),
    [
        (Upper, '{"name": "abc"}', Upper(name="abc")),
        (Enumerated, '{"colour": "red"}', Enumerated(colour=Colour.RED)),
        (dict[int, str], '{"1": "a"}', {1: "a"}),
        (Post, '{"name": "abc"}', Post(name="abc")),
        (Derived, '{"name": "abc"}', Derived("abc")),
        (RootModel[dict[str, str]], '{"name": "abc"}', RootModel[dict[str, str]]({"name": "abc"})),
        (Colour, '"reddish"', Colour.REDDISH),
        (datetime.date, '"2020-01-02"', datetime.date(2020, 1, 2)),
        (tuple[int, str], '[1, "a"]', (1, "a")),
        (set[str], '["a", "b"]', {"a", "b"}),
    ],
)
def test_what_acts_on_its_members_appears_when_it_is_complete(schema: Any, text: str, whole: Any) -> None:
    shape = Shape.of(schema)
    assert [partial_value(text[:end], shape) for end in range(len(text))] == [None] * len(text)
    assert partial_value(text, shape) == whole


def test_members_that_are_changed_appear_when_they_are_complete() -> None:
    shape = Shape.of(Stripped)
    assert vars(partial_value('{"name": "ab', shape)) == {}
    assert partial_value('{"name": "ab"', shape).name == "AB"


def test_a_union_is_told_by_what_it_can_be() -> None:
    shape = Shape.of(Leaf | Branch | None)
    assert partial_value('{"kind": "leaf", "text": "t', shape) is None
    assert partial_value('{"kind": "leaf", "text": "t"}', shape) == Leaf(kind="leaf", text="t")
    optional = partial_value('{"kind": "leaf", "text": "t', Shape.of(Leaf | list[str] | None))
    assert isinstance(optional, Leaf) and optional.text == "t"
    assert partial_value('["a", "b', Shape.of(Leaf | list[str] | None)) == ["a", "b"]


SPECIFICATIONS: list[dict[str, Any]] = [
    {"regex": "(é|ab|🙂){3,12}"},
    {"choices": ["one and only"]},
    {"grammar": 'start: "(" start ")" | LETTER~1..4\nLETTER: /[abc]/'},
    {"schema": Leaf, "whitespace": "compact"},
    {"schema": {"type": "array", "items": {"type": "boolean"}, "maxItems": 5}},
]


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=str)
@pytest.mark.parametrize("max_tokens", [0, 3, 60])
def test_streams_end_as_generate_does(specification: dict[str, Any], max_tokens: int) -> None:
    prompts = ["x", "", "a longer prompt", "y"]
    options: Any = {"sampling": Sampling(seed=3), "max_tokens": max_tokens, "batch_size": 3, **specification}
    results = MODEL.generate(prompts, **options)
    chunks: dict[int, list[Chunk]] = {}
    for chunk in MODEL.generate(prompts, stream=True, **options):
        chunks.setdefault(chunk.index, []).append(chunk)
    assert sorted(chunks) == [0, 1, 2, 3]
    for index, result in enumerate(results):
        own = chunks[index]
        assert "".join(chunk.delta for chunk in own) == result.text == own[-1].text
        assert own[-1].result == dataclasses.replace(result, statistics=own[-1].result.statistics)  # type: ignore[union-attr]
        assert [chunk.result for chunk in own[:-1]] == [None] * (len(own) - 1)
        assert own[-1].tokens == len(result.tokens) and own[-1].prompt_tokens == result.statistics.prompt_tokens
        for before, after in itertools.pairwise(own):
            assert after.text.startswith(before.text) and is_grown(before.partial, after.partial)
        if result.finish_reason == "stop":
            assert own[-1].partial == result.value


def test_wrong_arguments_are_refused_before_the_first_chunk() -> None:
    with pytest.raises(SchemaError):
        MODEL.stream("x", schema={"type": "nonsense"})
    with pytest.raises(ArgumentError):
        MODEL.stream("x", regex="a", max_tokens=-1)


def test_a_stream_that_is_closed_stops_the_model() -> None:
    chunks = MODEL.stream("x", regex="[abc]{300}")
    next(chunks)
    chunks.close()
    assert list(chunks) == []


def test_a_validator_of_a_types_own_raises_at_the_end() -> None:
    model = parrot({"x": ['{"low":2,"high":1}']})
    *unfinished, last = model.stream("x", schema=Whole, whitespace="compact")
    assert [chunk.partial for chunk in unfinished] == [None] * len(unfinished)
    with pytest.raises(ValueError, match="low is more than high"):
        _ = last.partial


async def test_asynchronous_generation_gives_results_and_chunks() -> None:
    options: Any = {"schema": Leaf, "whitespace": "compact", "max_tokens": 40}
    assert (await MODEL.agenerate("x", **options)).text == MODEL.generate("x", **options).text
    assert [one.text for one in await MODEL.agenerate(["x", "y"], **options)] == [
        one.text for one in MODEL.generate(["x", "y"], **options)
    ]
    assert await MODEL.agenerate([], **options) == []
    found = [chunk.text async for chunk in MODEL.agenerate("x", **options)]
    assert found == [chunk.text for chunk in MODEL.stream("x", **options)]
    assert (await structgen.agenerate("x", model=MODEL, **options)).text == found[-1]
    with pytest.raises(SchemaError):
        await MODEL.agenerate("x", schema={"type": "nonsense"})


async def test_the_event_loop_goes_on_meanwhile() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await MODEL.agenerate("x", regex="[abc]{40}")
    ticking.cancel()
    assert ticks > 40


async def test_a_task_that_is_cancelled_stops_the_model() -> None:
    seen: list[str] = []

    async def follow() -> None:
        async for chunk in MODEL.agenerate("x", regex="[abc]{3000}", max_tokens=3000):
            seen.append(chunk.text)

    task = asyncio.create_task(follow())
    while len(seen) < 3:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    count = len(seen)
    await asyncio.sleep(0)
    assert len(seen) == count < 3000 and threading.active_count() < 50
