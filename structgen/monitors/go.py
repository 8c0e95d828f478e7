"""Members and imports in Go: what may follow ``.``, and paths of packages, by ``gopls``.

A path is asked for a folder at a time. What ``go.mod`` requires stands beside what the server lists; where there is no
``go.mod``, the first folder of a path is not constrained.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from structgen.errors import ArgumentError
from structgen.monitors.answers import Answer
from structgen.monitors.braces import Members
from structgen.monitors.braces_text import COMMENTS, blanked
from structgen.monitors.monitor import Unanswered
from structgen.monitors.server import ServerProfile

__all__ = ["GOPLS", "Go"]

_SPAN: Final = re.compile(
    r"""//[^\n]*(?P<line_end>\n)?
    |/\*(?:[^*]|\*(?!/))*(?P<block_end>\*/)?
    |(?P<template>`)[^`]*(?P<template_end>`)?
    |(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\n\\])*(?P<quote_end>(?P=quote)|\n)?
    """,
    re.VERBOSE | re.DOTALL,
)
_MEMBER: Final = re.compile(r"[\w)\]}\"'`]\s*\.\Z")
_NUMBER: Final = re.compile(r"(?<![\w.])\d[\d_]*\.\Z")
_HEAD: Final = re.compile(r"(?:^|[;{}]|\belse\b)[ \t]*(?:for|if|switch|select)\b[^{}\n]*\Z", re.MULTILINE)
_IMPORTED: Final = re.compile(
    r"""(?:\A|[\n;])[ \t]*import\s*
        (?:\((?:\s*(?:[\w.]+[ \t]+)?(?:"[^"\n]*"|`[^`\n]*`)[ \t]*[;\n])*\s*)?
        (?:[\w.]+[ \t]+)?\Z""",
    re.VERBOSE,
)
_MODULE: Final = re.compile(
    r"^\s*(?:module\s+|require\s+|replace\s+)?\"?([\w.~/-]+)\"?(?=\s+(?:v\d|=>)|\s*$|\s+//)", re.M
)
_OPTIONS: Final[Mapping[str, Any]] = {
    "deepCompletion": False,
    "completeUnimported": False,
    "completionBudget": "0s",  # none: whole lists
    "matcher": "CaseSensitive",
    "experimentalPostfixCompletions": False,
}
GOPLS: Final = ServerProfile(
    ("gopls",),
    "go",
    settings={"gopls": _OPTIONS},
    initialization=_OPTIONS,
    start_seconds=60.0,
    answer_seconds=5.0,
    environment={"GOPROXY": "off", "GOTOOLCHAIN": "local"},  # nothing is fetched
)
"""``gopls`` as it is found on the PATH."""


class Go(Members):
    """Members and imports in Go.

    Parameters
    ----------
    root : the module's folder
    file : the file that is written, relative to ``root``
    prefix, suffix : the file's text before and after what is generated
    profile : another server; the default one is `GOPLS`

    Raises
    ------
    ArgumentError
        gopls isn't installed, or ``root`` is no folder.
    """

    triggers = b'."/'
    span = _SPAN
    heads = _HEAD

    def __init__(
        self,
        *,
        root: str | Path = ".",
        file: str | Path = "structgen_buffer.go",
        prefix: str = "",
        suffix: str = "",
        profile: ServerProfile | None = None,
    ) -> None:
        if profile is None:
            if shutil.which("gopls") is None or shutil.which("go") is None:
                raise ArgumentError("gopls or go is not on the PATH", hint="apt-get install gopls golang-go")
            profile = GOPLS
        super().__init__(profile, Path(root), file, prefix, suffix)
        self._modules = _required(Path(root))

    def is_alert(self, text: bytes) -> bool:
        """Whether an import may be open."""
        return b"import" in text or "import" in self._tail

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        if prefix.endswith((b'"', b"/")):
            return is_alert or b"import" in prefix
        return super().may_open(prefix, is_alert)

    def is_site(self, text: bytes) -> bool:
        if text.endswith((b'"', b"/")):
            return self._path_so_far(text) is not None
        return super().is_site(text)

    def ask(self, text: bytes) -> Answer:
        path = self._path_so_far(text)
        if path is None:
            return super().ask(text)
        if not path and not self._modules:
            raise Unanswered("unknown")
        ends: dict[str, bytes] = {}
        try:
            offered = self._offered(self._prefix + text.decode("utf-8", "replace"))
            labels = [item.label.strip('"') for item in offered]  # old servers add the quote that is missing
        except Unanswered as unanswered:
            if unanswered.reason != "unknown":
                raise
            labels = []
        own = {module[len(path) :] for module in self._modules if module.startswith(path) and module != path}
        if path and not labels and not own:
            raise Unanswered("unknown")
        for label in labels:
            name, slash, _ = label.partition("/")
            ends[name] = ends.get(name, b"") + (b"/" if slash else b'"')
        for module in own:  # which may have more packages than the server has seen
            name, slash, _ = module.partition("/")
            ends[name] = ends.get(name, b"") + (b"/" if slash else b'"/')
        return Answer((), ends=ends, blanks=b"")

    def _path_so_far(self, text: bytes) -> str | None:
        """The path of an import that is open at the end of ``text``, up to its last slash."""
        whole = self._tail + text.decode("utf-8", "replace")
        begins = whole.rfind('"')
        path = whole[begins + 1 :]
        if begins < 0 or "\n" in path or (path and not path.endswith("/")):
            return None
        code, is_inside = blanked(whole[:begins], self.span)
        return path if not is_inside and _IMPORTED.search(code) else None

    def _opens(self, code: str) -> bool:
        return bool(_MEMBER.search(code)) and not _NUMBER.search(code)

    def _answer(self, names: set[str], code: str) -> Answer:
        exits = b"(." if code.count("(") > code.count(")") else b"("  # a type assertion; a list's "..."
        return Answer(names, skips=b" \t\r\n", exits=exits, gaps=COMMENTS)


def _required(root: Path) -> frozenset[str]:
    """The module of a folder, and what it requires; nothing without a ``go.mod``."""
    for folder in (root.resolve(), *root.resolve().parents):
        try:
            return frozenset(_MODULE.findall((folder / "go.mod").read_text("utf-8")))
        except (OSError, UnicodeDecodeError):
            continue
    return frozenset()
