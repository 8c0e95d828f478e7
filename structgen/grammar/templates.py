"""What models write around an answer: their reasoning before it, a fence around code."""

from __future__ import annotations

from structgen.errors import ArgumentError
from structgen.grammar.combinators import AnyPart, regex, sequence, until
from structgen.grammar.parts import Part

__all__ = ["code_block", "reasoning"]


def reasoning(answer: AnyPart, begin: str = "<think>", end: str = "</think>", max_tokens: int | None = None) -> Part:
    """Free text between ``begin`` and ``end``, up to two line breaks, and then the answer.

    Parameters
    ----------
    begin : str
        Empty where the prompt already ends with it, as some chat templates see to.
    max_tokens : int or None
        Of the reasoning; after so many, only ``end`` may follow.
    """
    return sequence(begin, until(end, max_tokens=max_tokens), regex(r"\n{0,2}"), answer)


def code_block(language: str, inside: AnyPart) -> Part:
    """A Markdown fence, its language, and what is inside of it on lines of its own.

    What is ``inside`` should have no line that begins with three backticks: a reader of Markdown would take it for the
    end.

    Raises
    ------
    ArgumentError
        ``language`` has a line break or a backtick.
    """
    if not isinstance(language, str) or any(character in "`\r\n" for character in language):
        raise ArgumentError("language is a word without line breaks and backticks", reason=f"got {language!r:.100}")
    return sequence(f"```{language}\n", inside, "\n```")
