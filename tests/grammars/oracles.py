"""Whether a text is valid, told by the language's own parser.

Each function accepts everything that the language's grammar on the shelf is to generate. Where a parser also checks
what no context-free grammar can say, the function says so and lets it pass.
"""

from __future__ import annotations

import importlib
import json
from typing import Any

__all__ = [
    "is_valid_json",
    "is_valid_json5",
    "is_valid_jsonlines",
]


def is_valid_json(text: str) -> bool:
    """RFC 8259, without the constants that Python adds, and writable in UTF-8 once read."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        json.dumps(json.loads(text, parse_constant=refuse, parse_int=float), ensure_ascii=False).encode("utf-8")
    except ValueError:
        return False
    return True


def is_valid_jsonlines(text: str) -> bool:
    lines = text.removesuffix("\n").split("\n")
    return all(is_valid_json(line) for line in lines)


def is_valid_json5(text: str) -> bool:
    json5: Any = importlib.import_module("json5")
    try:
        json5.loads(text)
    except ValueError:
        return False
    return True
