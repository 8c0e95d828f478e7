"""How a database's names are written: plain, or in a dialect's quotes.

Equal names have one answer: a database has thousands of functions, and a trie of them takes milliseconds to build.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

from sqlglot.dialects.dialect import Dialect

from structgen.monitors.answers import Answer, Others
from structgen.monitors.sql_schema import Schema

__all__ = ["Spelling"]

_KEPT: Final = 64
_PLAIN: Final = re.compile(r"[^\W\d]\w*", re.ASCII)


class Spelling:
    """The spellings of a schema's names."""

    def __init__(self, schema: Schema) -> None:
        self._is_exact, self._reserved = schema.is_exact, schema.reserved
        pairs = Dialect.get_or_raise(schema.dialect).tokenizer_class.IDENTIFIERS
        self._answers: OrderedDict[object, Answer] = OrderedDict()
        self._quotes = [(pair[0], pair[-1]) for pair in pairs]

    def plain(self, names: Iterable[str], *, follows_dot: bool = False) -> list[str]:
        """Those names that need no quotes; after a dot even a reserved word needs none."""
        return [
            name
            for name in names
            if _PLAIN.fullmatch(name)
            and not (self._is_exact and (name != name.lower() or (name in self._reserved and not follows_dot)))
        ]

    def answer(
        self,
        names: Iterable[str],
        *,
        exits: bytes,
        words: Iterable[str] = (),
        ends: Mapping[str, bytes] | None = None,
        others: Others | None = None,
        follows_dot: bool = False,
    ) -> Answer:
        """Names in all their spellings, and words beside them, which are written plain."""
        names = list(names)
        quoted = [
            f"{opening}{name.replace(closing, closing * 2)}{closing}"
            for name in names
            for opening, closing in self._quotes
        ]
        plain = [*self.plain(names, follows_dot=follows_dot), *words]
        exact = frozenset(quoted if self._is_exact else ())
        free = frozenset(plain if self._is_exact else [*plain, *quoted])
        key = free, exact, frozenset((ends or {}).items()), exits, others
        known = self._answers.get(key)
        if known is None:
            known = self._answers[key] = Answer(
                free, exact=exact, skips=b" \t\r\n", exits=exits, ends=ends, others=others, ignores_case=True
            )
            if len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        else:
            self._answers.move_to_end(key)
        return known
