"""What the tests of several languages' monitors share: writing a text through the masks, by bytes and by tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from structgen.monitors import attach
from structgen.monitors.braces import Members
from structgen.tokens.vocabulary import Vocabulary
from tests.vocabularies import BYTES

TOKENS = [b".sail", b".sale", b".sail(1).length", b"::Red", b"::Rot", b"    ", b"\n\t.", b'import "', b"\tship."]
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))
AnyMembers = TypeVar("AnyMembers", bound=Members)


def patient(monitor: AnyMembers) -> AnyMembers:
    """The monitor without the limits on time that a busy machine would pass."""
    monitor.server.profile = replace(monitor.server.profile, start_seconds=300.0, answer_seconds=300.0)
    return monitor


def can_write(monitor: Members, text: str) -> bool:
    """Whether the text can be written a byte at a time; what can't, must not be written in longer tokens either."""
    by_bytes, by_tokens = (
        all(map(attach(None, VOCABULARY, monitor).matcher().accept_token, tokens))
        for tokens in ([BYTES.index(bytes([byte])) for byte in text.encode()], VOCABULARY.encode(text.encode()))
    )
    assert by_bytes or not by_tokens
    return by_bytes
