"""Shapes of texts that end with a trigger: what of them decides whether a site opens, so that each is judged once."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["shape"]

_WORD: Final = re.compile(rb"[\w\x80-\xff]+")
_BLANKS: Final = re.compile(rb"[ \t]+")


def shape(prefix: bytes, words: frozenset[bytes]) -> bytes:
    """A text that opens a site where ``prefix`` does, behind whatever it stands: other names, the same ``words``.

    A word at its beginning that may be the end of one of ``words`` is kept too.
    """

    def replaced(found: re.Match[bytes]) -> bytes:
        word = found[0]
        if word in words or (found.start() == 0 and any(one.endswith(word) for one in words)):
            return word
        if not word[:1].isdigit():
            return b"a"
        return b"1" if word.replace(b"_", b"").isdigit() else b"1j"

    return _BLANKS.sub(b" ", _WORD.sub(replaced, prefix))
