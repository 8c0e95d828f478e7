"""Members in Rust: what may follow ``.`` and ``::``, in lists of ``use`` too, by rust-analyzer.

rust-analyzer reads a project by ``cargo`` and, as a build does, runs its build scripts and procedural macros.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import regex  # type: ignore[import-untyped]

from structgen.errors import ArgumentError
from structgen.monitors.answers import Answer
from structgen.monitors.braces import Members
from structgen.monitors.braces_text import COMMENTS
from structgen.monitors.server import ServerProfile, lsp

__all__ = ["RUST_ANALYZER", "Rust"]

# Comments nest. A lone apostrophe is a lifetime's: only a whole character literal is a span.
_SPAN: Final = regex.compile(
    r"""//[^\n]*(?P<line_end>\n)?
    |(?P<block>/\*(?:[^*/]|\*(?!/)|/(?!\*)|(?&block))*+\*/)(?P<block_end>)
    |/\*(?:[^*/]|\*(?!/)|/(?!\*)|(?&block))*+
    |\b[bc]?r(?P<raw>\#*)"(?:(?!"(?P=raw)).)*(?P<raw_end>"(?P=raw))?
    |(?P<quote>")(?:\\.|[^"\\])*(?P<quote_end>")?
    |(?P<template>')(?:\\(?:u\{[^}']*\}|x..|.)|[^\\'\n])(?P<template_end>')
    """,
    regex.VERBOSE | regex.DOTALL,
)
_MEMBER: Final = regex.compile(r"(?:[\w)\]}\"?]|' +')\s*\.\Z")
_NUMBER: Final = regex.compile(r"(?<![\w.])\d[\d_]*\.\Z")
_SCOPE: Final = regex.compile(r"[\w>]\s*::\Z")
_USE: Final = regex.compile(r"(?:\A|[;{}\n\])])\s*(?:pub\s*(?:\([\w\s:]*\)\s*)?)?use\s(?P<tree>[\w\s:{},*]*)\Z")
_HEAD: Final = re.compile(r"(?:^|[;{}=(,]|\belse\b)\s*(?:'\w+:\s*)?(?:for|if|while|match)\s[^;{}]*\Z", re.MULTILINE)
_LABEL: Final = regex.compile(r"((?:r\#)?[^\W\d]\w*|\d+)(?=\Z|[ (!:{<])")
_OPTIONS: Final[Mapping[str, Any]] = {
    "cachePriming": {"enable": False},
    "checkOnSave": False,
    "completion": {
        "autoimport": {"enable": False},
        "autoself": {"enable": False},
        "callable": {"snippets": "none"},
        "postfix": {"enable": False},
    },
}
RUST_ANALYZER: Final = ServerProfile(
    ("rust-analyzer",),
    "rust",
    settings={"rust-analyzer": _OPTIONS},
    initialization=_OPTIONS,
    experimental={"serverStatusNotification": True},
    ready=("experimental/serverStatus", "quiescent", True),
    start_seconds=120.0,
    answer_seconds=5.0,
    calls_all_incomplete=True,  # so that an editor asks again after each letter; lists have no limit
    environment={"CARGO_NET_OFFLINE": "true"},
)
"""``rust-analyzer`` as it is found on the PATH."""


class Rust(Members):
    """Members in Rust.

    Parameters
    ----------
    root : the crate's or workspace's folder, with its ``Cargo.toml``
    file : the file that is written, relative to ``root``; members of a file that no crate has are not known
    prefix, suffix : the file's text before and after what is generated
    profile : another server, or other options; the default one is `RUST_ANALYZER`

    Raises
    ------
    ArgumentError
        rust-analyzer isn't installed, or ``root`` is no folder.
    """

    triggers = b".:{,"
    span = _SPAN
    heads = _HEAD

    def __init__(
        self,
        *,
        root: str | Path = ".",
        file: str | Path = "src/main.rs",
        prefix: str = "",
        suffix: str = "",
        profile: ServerProfile | None = None,
    ) -> None:
        if profile is None:
            if shutil.which("rust-analyzer") is None:
                raise ArgumentError(
                    "rust-analyzer is not on the PATH", hint="rustup component add rust-analyzer rust-src"
                )
            profile = RUST_ANALYZER
        super().__init__(profile, Path(root), file, prefix, suffix)

    def is_alert(self, text: bytes) -> bool:
        """Whether a ``use`` may be open."""
        begun = text.rfind(b"use")
        if begun < 0:
            return b";" not in text and "use" in self._tail[self._tail.rfind(";") + 1 :]
        return b";" not in text[begun:]

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        if prefix.endswith((b"{", b",")):
            return is_alert or b"use" in prefix
        return super().may_open(prefix, is_alert)

    def _opens(self, code: str) -> bool:
        if code.endswith(("{", ",")):
            return _is_in_use_list(code)
        if code.endswith("::"):
            return bool(_SCOPE.search(code))
        return bool(_MEMBER.search(code)) and not _NUMBER.search(code)

    def _names(self, items: Sequence[lsp.CompletionItem], code: str) -> set[str]:
        return {found[1] for item in items if (found := _LABEL.match(item.label)) is not None}

    def _answer(self, names: set[str], code: str) -> Answer:
        if code.endswith(("{", ",")):
            exits = b"}*"
        elif code.endswith("::"):
            exits = b"{*" if _USE.search(code) else b"<"
        else:
            exits = b"."  # a range
        return Answer(names, skips=b" \t\r\n", exits=exits, gaps=COMMENTS)


def _is_in_use_list(code: str) -> bool:
    """Whether a name of a list that follows a path may begin at the end of ``code``."""
    found = _USE.search(code)
    if found is None:
        return False
    openings: list[int] = []
    for place, character in enumerate(found["tree"]):
        if character == "{":
            openings.append(place)
        elif character == "}" and openings:
            openings.pop()
    return bool(openings) and found["tree"][: openings[-1]].rstrip().endswith("::")
