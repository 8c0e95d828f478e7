"""What the tests of several languages' monitors share: writing a text through the masks, by bytes and by tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from structgen.monitors.braces import Members
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.writing import writer
from tests.vocabularies import BYTES

TOKENS = [b".sail", b".sale", b".sail(1).length", b"::Red", b"::Rot", b"    ", b"\n\t.", b'import "', b"\tship."]
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))
can_write = writer(VOCABULARY)
AnyMembers = TypeVar("AnyMembers", bound=Members)


def patient(monitor: AnyMembers) -> AnyMembers:
    """The monitor without the limits on time that a busy machine would pass."""
    monitor.server.profile = replace(monitor.server.profile, start_seconds=300.0, answer_seconds=300.0)
    return monitor
