"""Grammars in any notation come in, pushdown automata over terminals, and through them over bytes, go out.

``structgen.grammar.sequence`` and the other functions listed here make grammars in Python, and are imported when they
are first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structgen.grammar.combinators import (
        choice,
        embed,
        lark,
        optional,
        regex,
        repeat,
        rule,
        schema,
        sequence,
        text,
        until,
    )
    from structgen.grammar.expressions import Grammar
    from structgen.grammar.parts import Part, Rule
    from structgen.grammar.shelf_files import shelf
    from structgen.grammar.templates import code_block, reasoning
    from structgen.grammar.tools import ToolCall, parse_calls, tool_calls

_MODULES = {
    "structgen.grammar.combinators": [
        *("choice", "embed", "lark", "optional", "regex", "repeat", "rule", "schema", "sequence", "text", "until"),
    ],
    "structgen.grammar.expressions": ["Grammar"],
    "structgen.grammar.parts": ["Part", "Rule"],
    "structgen.grammar.shelf_files": ["shelf"],
    "structgen.grammar.templates": ["code_block", "reasoning"],
    "structgen.grammar.tools": ["ToolCall", "parse_calls", "tool_calls"],
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Grammar",
    "Part",
    "Rule",
    "ToolCall",
    "choice",
    "code_block",
    "embed",
    "lark",
    "optional",
    "parse_calls",
    "reasoning",
    "regex",
    "repeat",
    "rule",
    "schema",
    "sequence",
    "shelf",
    "text",
    "tool_calls",
    "until",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
