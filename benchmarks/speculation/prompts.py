"""Fixed prompts and specifications, by domain.

Extraction: the prompt holds the answer as lines of text. Calling: a request and the functions' schema. Imagination: a
title, and nothing to copy. Code and answers behind free text come with grammars. All but the last two are made of the
cases of a file in MaskBench's layout, a fixed number of them in the file's order.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from structgen.grammar import reasoning, schema

__all__ = ["DOMAINS", "Task", "tasks"]

DOMAINS = ("extraction", "calling", "imagination", "code", "reasoning")

FUNCTIONS = (
    "that returns the greatest common divisor of two integers",
    "that counts the words of a text",
    "that reverses a linked list",
    "that checks whether a string is a palindrome",
    "that merges two sorted lists",
    "that returns the n-th Fibonacci number",
    "that reads a CSV file into a list of dictionaries",
    "that flattens nested lists",
    "that computes the mean and the median of numbers",
    "that removes duplicates and keeps the order",
    "that parses a date like 2024-05-01",
    "that formats a number of bytes for people",
)
QUESTIONS = (
    "Who was Ada Lovelace?",
    "What is the boiling point of water in Fahrenheit?",
    "Which planet is the largest?",
    "Who wrote Hamlet?",
    "What is 17 times 23?",
    "When did the first person walk on the moon?",
    "What is the capital of Australia?",
    "Which metal is liquid at room temperature?",
    "How many sides has a hexagon?",
    "Who painted the Mona Lisa?",
    "What is the longest river of Africa?",
    "Which language has the most native speakers?",
)
ANSWER = {
    "type": "object",
    "properties": {
        "answer": {"type": "string", "maxLength": 80},
        "confidence": {"enum": ["low", "medium", "high"]},
        "sources": {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 3},
    },
    "required": ["answer", "confidence", "sources"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Task:
    """One prompt with what its text must meet, and a real text that does, where there is one."""

    domain: str
    name: str
    prompt: str
    options: dict[str, Any]
    text: str | None = None


def tasks(cases: Path, count: int) -> Iterator[Task]:
    """Yield ``count`` tasks of every domain."""
    with gzip.open(cases, "rt") as file:
        records = [json.loads(line) for line in file]
    extraction = [one for one in records if one["id"].startswith(("Glaiveai2K", "Synthesized", "JME"))]
    calling = [one for one in records if one["id"].startswith("BFCL")]
    imagination = [one for one in records if one["id"].startswith(("Github_easy", "WashingtonPost", "Snowplow"))]
    yield from _of_cases("extraction", extraction, count, _extraction)
    yield from _of_cases("calling", calling, count, _calling)
    yield from _of_cases("imagination", imagination, count, _imagination)
    python = {"grammar": "python"}
    for description in FUNCTIONS[:count]:
        prompt = f"Write a Python function {description}. Answer with code only."
        yield Task("code", description, prompt, python)
    for question in QUESTIONS[:count]:
        grammar = reasoning(schema(ANSWER), max_tokens=60)
        yield Task("reasoning", question, question, {"grammar": grammar})


def _of_cases(domain: str, records: list[dict[str, Any]], count: int, prompt: Any) -> Iterator[Task]:
    step = max(len(records) // (4 * count), 1)
    found = 0
    for record in records[::step]:
        valid = [test["data"] for test in record["tests"] if test["valid"]]
        schema_text = json.dumps(record["schema"])
        if not valid or len(schema_text) > 2500 or not 60 < len(json.dumps(valid[0])) < 700:
            continue
        options = {"schema": record["schema"], "property_order": "any"}
        text = json.dumps(valid[0], ensure_ascii=False)
        yield Task(domain, record["id"], prompt(record, valid[0], schema_text), options, text)
        found += 1
        if found == count:
            return


def _extraction(record: dict[str, Any], value: Any, schema_text: str) -> str:
    del record, schema_text
    return "Write as JSON what this record says:\n" + "\n".join(_lines(value, ""))


def _calling(record: dict[str, Any], value: Any, schema_text: str) -> str:
    del record
    wanted = "; ".join(_lines(value, ""))
    return f"You can call functions with arguments of this schema:\n{schema_text}\nCall what is needed for: {wanted}."


def _imagination(record: dict[str, Any], value: Any, schema_text: str) -> str:
    del value, schema_text
    known = record["schema"]
    topic = known.get("description") or known.get("title") or ", ".join(known.get("properties", {})) or "anything"
    return f"Make up a JSON record about: {topic}"


def _lines(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _lines(inner, f"{path} {name}".strip())
    elif isinstance(value, list):
        for inner in value:
            yield from _lines(inner, path)
    else:
        yield f"{path} is {value}"
