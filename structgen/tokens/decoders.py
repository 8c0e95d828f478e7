"""What a fast tokenizer's own decoder writes for a token in the middle of a text.

Hugging Face's decoders are pipelines of steps. A step that sees one token at a time is run here on every token, exactly
as the library runs it. A step that sees the joined text is taken where its effect on the middle of a text can be told
token by token, and refused otherwise. What only the start of a text undergoes is left out: see `vocabulary`.

Source: `decoders/` and `pre_tokenizers/` of the Rust crate `tokenizers`, 0.23.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from structgen.errors import TokenizerError

__all__ = ["BYTE_LEVEL_ALPHABET", "Speller", "speller_of"]

Speller = Callable[[Sequence[str]], list[bytes]]
"""From tokens, as the tokenizer's vocabulary writes them, to the bytes of each."""

_Part = str | bytes  # a token that is still text, or one that a step has turned into bytes
_Step = Callable[[list[_Part]], list[_Part]]


def _each(write: Callable[[str], _Part]) -> _Step:
    return lambda parts: [write(part) if isinstance(part, str) else part for part in parts]


class _Joined(Enum):
    """How much of its neighbours a step sees."""

    NO = "each token by itself"
    BYTES = "runs of byte tokens joined"
    ALL = "the whole text joined"


def _byte_level_alphabet() -> dict[str, int]:
    """The byte that each character of a byte-level token writes: its own code where printable, else U+0100 and on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + i): byte for i, byte in enumerate(others)}


BYTE_LEVEL_ALPHABET = _byte_level_alphabet()
# Latin-1 characters outside the alphabet become one that Latin-1 lacks, so that encoding fails on all that is outside.
_TO_LATIN_1 = dict.fromkeys(range(0x100), 0x100) | {ord(c): byte for c, byte in BYTE_LEVEL_ALPHABET.items()}
_BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2}|\+[0-9A-Fa-f])>")  # the sign is what Rust's from_str_radix takes
# (from, to) in this order, as the WordPiece decoder's clean-up has them
_CLEAN_UP = (
    *((f" {mark}", mark) for mark in ".?!,"),
    (" ' ", "'"),
    (" n't", "n't"),
    (" 'm", "'m"),
    (" do not", " don't"),
    *((f" '{ending}", f"'{ending}") for ending in ("s", "ve", "re")),
)


def speller_of(decoder: Mapping[str, Any] | None) -> Speller:
    """Read a decoder's definition, as the ``decoder`` of a ``tokenizer.json`` has it.

    Raises
    ------
    TokenizerError
        What the decoder writes for a token depends on more than the token, or a step is not known.
    """
    if decoder is None:
        raise _refusal("no decoder", "its tokens are joined with spaces, which no tokenizer's texts are made of")
    steps: list[_Step] = []
    joined = _Joined.NO
    for definition in _flat(decoder):
        name = definition.get("type")
        if name not in _STEPS:
            raise _refusal(f"decoder step {name!r}", "what this step writes for a token is not known token by token")
        step, joined = _STEPS[name](definition, joined)
        if step is not None:
            steps.append(step)

    def spell(tokens: Sequence[str]) -> list[bytes]:
        parts: list[_Part] = list(tokens)
        for step in steps:
            parts = step(parts)
        return [part.encode() if isinstance(part, str) else part for part in parts]

    return spell


def _refusal(what: str, reason: str) -> TokenizerError:
    return TokenizerError(
        f"the bytes of this tokenizer's tokens can't be known: {what}",
        reason=reason,
        hint="structgen.Vocabulary.from_bytes, with the bytes of each token",
    )


def _flat(decoder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if decoder.get("type") == "Sequence":
        return [step for inner in decoder["decoders"] for step in _flat(inner)]
    return [decoder]


_Reading = tuple[_Step | None, _Joined]


def _byte_level(definition: Mapping[str, Any], joined: _Joined) -> _Reading:
    if joined is not _Joined.NO:
        raise _refusal(
            "ByteLevel after another joining step", "a character outside its alphabet changes the whole text"
        )

    def write(token: str) -> _Part:
        try:
            return token.translate(_TO_LATIN_1).encode("latin-1")
        except UnicodeEncodeError:  # a token with any character outside the alphabet is its own text, as added ones are
            return token

    return _each(write), _Joined.ALL


def _byte_fallback(definition: Mapping[str, Any], joined: _Joined) -> _Reading:
    if joined is not _Joined.NO:
        raise _refusal("ByteFallback after another joining step", "single tokens can no longer be told apart there")

    def write(token: str) -> _Part:
        return bytes([int(match[1], 16)]) if (match := _BYTE_TOKEN.fullmatch(token)) else token

    return _each(write), _Joined.BYTES


def _replace(definition: Mapping[str, Any], joined: _Joined) -> _Reading:
    pattern, content = definition["pattern"].get("String"), definition["content"]
    if not pattern:
        raise _refusal("Replace with a regular expression", "its dialect is not Python's")
    if joined is not _Joined.NO and len(pattern) > 1:
        raise _refusal(f"Replace of {pattern!r} in the joined text", "the pattern may lie across two tokens")

    # A byte token may be the pattern by itself. One spelled by several byte tokens (``▁`` by E2, 96, 81) stays what it
    # is, though in the joined text the library replaces it too: no tokenizer writes a space that way.
    def step(parts: list[_Part]) -> list[_Part]:
        return [
            part.replace(pattern, content)
            if isinstance(part, str)
            else part.replace(pattern.encode(), content.encode())
            for part in parts
        ]

    return step, joined


def _metaspace(definition: Mapping[str, Any], joined: _Joined) -> _Reading:
    if joined is not _Joined.NO:
        raise _refusal("Metaspace after a joining step", "it would remove the spaces of the whole text")
    return _replace({"pattern": {"String": definition["replacement"]}, "content": " "}, joined)


def _word_piece(definition: Mapping[str, Any], joined: _Joined) -> _Reading:
    if joined is not _Joined.NO:
        raise _refusal("WordPiece after a joining step", "word pieces can no longer be told apart there")
    prefix, cleans_up = definition["prefix"], definition["cleanup"]

    def write(token: str) -> str:
        token = token.removeprefix(prefix) if token.startswith(prefix) else f" {token}"
        for old, new in _CLEAN_UP if cleans_up else ():
            token = token.replace(old, new)
        return token

    return _each(write), joined


def _strip(definition: Mapping[str, Any], joined: _Joined) -> _Reading:
    content, start, stop = definition["content"], definition["start"], definition["stop"]
    if stop:
        raise _refusal("Strip at an end", "the last token is written otherwise than inside of a text")
    if joined is _Joined.ALL:
        return None, joined  # the start of the text alone
    if joined is _Joined.BYTES:
        raise _refusal("Strip of joined byte tokens", "what it removes depends on a byte token's neighbours")

    def write(token: str) -> str:
        return token[min(start, len(token) - len(token.lstrip(content))) :]

    return _each(write), joined


def _fuse(definition: Mapping[str, Any], joined: _Joined) -> _Reading:
    return None, _Joined.ALL


_STEPS: dict[Any, Callable[[Mapping[str, Any], _Joined], _Reading]] = {
    "ByteLevel": _byte_level,
    "ByteFallback": _byte_fallback,
    "Replace": _replace,
    "Metaspace": _metaspace,
    "WordPiece": _word_piece,
    "Strip": _strip,
    "Fuse": _fuse,
}
