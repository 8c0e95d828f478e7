"""Members in C#: what may follow ``.``, ``?.`` and ``::``, and parts of a namespace after ``using``, by csharp-ls.

Any server of C# that speaks LSP is a `ServerProfile`; OmniSharp's is ``("OmniSharp", "-lsp")``.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from structgen.errors import ArgumentError
from structgen.monitors.answers import Answer
from structgen.monitors.braces import Members
from structgen.monitors.braces_text import COMMENTS
from structgen.monitors.server import ServerProfile, lsp

__all__ = ["CSHARP_LS", "CSharp"]

_SPAN: Final = re.compile(
    r"""//[^\n]*(?P<line_end>\n)?
    |/\*(?:[^*]|\*(?!/))*(?P<block_end>\*/)?
    |\$*(?P<raw>\"{3,})(?:(?!(?P=raw)).)*(?P<raw_end>(?P=raw))?
    |(?:@\$?|\$@)"(?:[^"]|"")*(?P<verbatim_end>")?
    |(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\n\\])*(?P<quote_end>(?P=quote)|\n)?
    """,
    re.VERBOSE | re.DOTALL,
)
_MEMBER: Final = re.compile(r"[\w)\]}\"'>]\s*[!?]?\s*\.\Z")
_NUMBER: Final = re.compile(r"(?<![\w.])\d[\d_]*\.\Z")
_NEW_NAME: Final = re.compile(r"\bnamespace\s[\w.\s]*\Z")
_LABEL: Final = re.compile(r"@?[^\W\d]\w*(?=\Z|[ (<:?])")
CSHARP_LS: Final = ServerProfile(("csharp-ls",), "csharp", start_seconds=120.0, answer_seconds=5.0)
"""``csharp-ls`` as it is found on the PATH."""


class CSharp(Members):
    """Members in C#.

    Parameters
    ----------
    root : the folder of the solution or project
    file : the file that is written, relative to ``root``
    prefix, suffix : the file's text before and after what is generated
    profile : another server; the default one is `CSHARP_LS`

    Raises
    ------
    ArgumentError
        csharp-ls isn't installed, or ``root`` is no folder.
    """

    triggers = b".:"
    span = _SPAN

    def __init__(
        self,
        *,
        root: str | Path = ".",
        file: str | Path = "StructgenBuffer.cs",
        prefix: str = "",
        suffix: str = "",
        profile: ServerProfile | None = None,
    ) -> None:
        if profile is None:
            if shutil.which("csharp-ls") is None:
                raise ArgumentError(
                    "csharp-ls is not on the PATH", hint="dotnet tool install csharp-ls, or profile=ServerProfile(...)"
                )
            profile = CSHARP_LS
        super().__init__(profile, Path(root), file, prefix, suffix)

    def _opens(self, code: str) -> bool:
        if code.endswith("::"):
            return code[-3:-2].isalnum()
        return bool(_MEMBER.search(code)) and not _NUMBER.search(code) and not _NEW_NAME.search(code)

    def _names(self, items: Sequence[lsp.CompletionItem], code: str) -> set[str]:
        labels = [item.label.strip().removeprefix("★").lstrip() for item in items]
        return {found[0] for label in labels if (found := _LABEL.match(label)) is not None}

    def _answer(self, names: set[str], code: str) -> Answer:
        exits = b"[." if code.endswith("?.") else b"."  # a range
        return Answer(names, skips=b" \t\r\n", exits=exits, gaps=COMMENTS)
