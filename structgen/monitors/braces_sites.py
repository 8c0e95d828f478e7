"""Sites of languages with braces that no dot opens: a class after ``new``, and a string that a type lists.

Lexical only, on code whose strings and comments are blank.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from structgen.monitors.monitor import Unanswered
from structgen.monitors.server import lsp

__all__ = ["WORDS", "follows_new", "is_qualified_class", "may_be_listed", "string_values"]

WORDS: Final = frozenset([b"new", b"return", b"case", b"namespace", b"package", b"import", b"module"])
"""The words that tell where a site is; all others are names."""
_NEW: Final = re.compile(r"(?<![\w.$#])new\s+\Z")
_QUALIFIED: Final = re.compile(r"(?<![\w.$#])new\s+(?:[\w$]+\s*(?:\.|::)\s*)+\Z")
_LISTED: Final = re.compile(r"(?:[(,=\[?|&:]|\breturn|\bcase)\s*\Z")
_VALUES: Final = frozenset(
    [lsp.CompletionItemKind.Constant, lsp.CompletionItemKind.Field, lsp.CompletionItemKind.EnumMember]
)


def follows_new(code: str) -> bool:
    """Whether the blank that ends ``code`` follows ``new``."""
    return _NEW.search(code) is not None and not code[:-1].endswith((" ", "\t", "\n"))


def is_qualified_class(code: str) -> bool:
    """Whether ``code`` ends with ``new`` and the namespaces of the class that is to come."""
    return _QUALIFIED.search(code) is not None


def may_be_listed(code: str) -> bool:
    """Whether a string that begins behind ``code`` may be one that a type lists."""
    return _LISTED.search(code) is not None


def string_values(items: Sequence[lsp.CompletionItem]) -> frozenset[str]:
    """The strings that a server offers inside of quotes; `Unanswered` where it offers paths, words or nothing."""
    labels = frozenset(item.label for item in items)
    if not labels or any(item.kind not in _VALUES for item in items):
        raise Unanswered("unknown")
    if not all(label.isprintable() for label in labels):
        raise Unanswered("unknown")  # escapes are the language's own
    return labels
