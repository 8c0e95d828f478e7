"""Print `structgen/schema/formats/idna_table.py`: run with Python 3.11, whose Unicode is 14, and the package ``idna``.

A later Unicode only adds code points, so the table stays right, and what it hasn't is refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import idna.idnadata

_HEADER = '''"""Code points of U-labels by their properties in IDNA2008, from `make_idna_table.py` of the tests.

Each class, up to its semicolon, is its bidirectional class (``O`` for the weak and neutral ones of a U-label),
canonical combining class at the end of the decomposition, joining type, the letters of further properties after a
hyphen, and its ranges: the gap since the end of the range before, and, after a colon, how many code points more than
one the range has; in base 36. The properties:

- ``m``: a combining mark
- ``v``: a virama
- ``d``: decomposes into a character that doesn't combine and marks
- ``f``: may begin a canonical composition
- ``s``: may go on with one
- ``g``: Greek; ``h``: Hebrew; ``k``: Hiragana, Katakana or Han

They are the code points of RFC 5892, appendices A and B.1, that Unicode 14 assigns.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CLASSES"]

CLASSES: Final = """
'''


def _listed(ranges: tuple[int, ...]) -> Iterator[int]:
    for packed in ranges:
        yield from range(packed >> 32, packed & 0xFFFFFFFF)


def compositions() -> tuple[set[int], set[int]]:
    """First and second characters of the canonical compositions."""
    firsts: set[int] = set()
    seconds: set[int] = set()
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<") and unicodedata.is_normalized("NFC", chr(code)):
            firsts.add(int(parts[0], 16))
            seconds.add(int(parts[1], 16))
    return firsts, seconds


def classes() -> dict[tuple[str, int, str, str], list[int]]:
    """The code points of each class, ascending."""
    data = idna.idnadata
    kinds = ("PVALID", "CONTEXTJ", "CONTEXTO")
    allowed = sorted({code for kind in kinds for code in _listed(data.codepoint_classes[kind])})
    scripts = {script: set(_listed(data.scripts[script])) for script in data.scripts}
    kana = scripts["Hiragana"] | scripts["Katakana"] | scripts["Han"]
    joinings = {code: joining for joining, ranges in data.joining_types.items() for code in _listed(ranges)}
    firsts, seconds = compositions()
    found: dict[tuple[str, int, str, str], list[int]] = {}
    for code in allowed:
        character = chr(code)
        if unicodedata.category(character) == "Cn" or code < 0x80:
            continue
        direction = unicodedata.bidirectional(character)
        if direction not in ("L", "R", "AL", "EN", "AN", "NSM"):
            direction = "O"
        combining = unicodedata.combining(unicodedata.normalize("NFD", character)[-1])
        flags = "".join(
            letter
            for letter, holds in (
                ("m", unicodedata.category(character)[0] == "M"),
                ("v", unicodedata.combining(character) == 9),
                ("d", combining != 0 and unicodedata.combining(character) == 0),
                ("f", code in firsts),
                ("s", code in seconds),
                ("g", code in scripts["Greek"]),
                ("h", code in scripts["Hebrew"]),
                ("k", code in kana),
            )
            if holds
        )
        key = ("R" if direction == "AL" else direction, combining, joinings.get(code, "U"), flags)
        found.setdefault(key, []).append(code)
    return found


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        if not number:
            return digits


def _packed(codes: list[int]) -> str:
    parts = []
    end = at = 0
    while at < len(codes):
        last = at
        while last + 1 < len(codes) and codes[last + 1] == codes[last] + 1:
            last += 1
        length = last - at
        parts.append(_base36(codes[at] - end) + (f":{_base36(length)}" if length else ""))
        end = codes[last] + 1
        at = last + 1
    return " ".join(parts)


def table() -> str:
    """The text of the module."""
    lines = []
    for (direction, combining, joining, flags), codes in sorted(classes().items()):
        line = f"{direction} {combining} {joining} -{flags}"
        for word in (_packed(codes) + ";").split(" "):
            if len(line) + len(word) > 118:
                lines.append(line)
                line = word
            else:
                line += " " + word
        lines.append(line)
    return _HEADER + "\n".join(lines) + '\n"""\n'


if __name__ == "__main__":
    print(table(), end="")
