"""A record from a text, by the built-in model, as an instance of a Pydantic model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pydantic

import structgen

Field = Literal["mathematics", "physics", "chemistry", "poetry", "computing"]


class Person(pydantic.BaseModel):
    name: str
    born: int
    nationality: Literal["English", "French", "German", "Polish"]
    fields: Annotated[list[Field], pydantic.Field(min_length=1, max_length=3)]
    is_alive: bool


prompt = (Path(__file__).parent / "ada.txt").read_text()
result = structgen.generate(prompt, schema=Person, max_tokens=200)
print(repr(result.value))
print(result.statistics)
