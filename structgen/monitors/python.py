"""Python's monitor: attributes, imported modules, and members of ``from m import``, by a language server or by jedi.

The text is the file's prefix, what was generated, and the file's suffix. The server sees it repaired, so that what is
unfinished at the cursor hides nothing that is known.
"""

from __future__ import annotations

import keyword
import re
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from structgen.errors import ArgumentError
from structgen.monitors.answers import IDENTIFIER, Answer
from structgen.monitors.monitor import Monitor, Unanswered
from structgen.monitors.python_text import blanked, repaired, site
from structgen.monitors.server import MODULE, Server, ServerProfile, position

__all__ = ["PROFILES", "Python"]

PROFILES: Final[Mapping[str, ServerProfile]] = {
    "ty": ServerProfile(
        ("ty", "server"),
        "python",
        settings={"ty": {"completions": {"autoImport": False}}},
        calls_all_incomplete=True,  # since it may add names that need an import; members and modules are whole
    ),
    "pyrefly": ServerProfile(("pyrefly", "lsp"), "python"),
    "basedpyright": ServerProfile(
        ("basedpyright-langserver", "--stdio"),
        "python",
        settings={"basedpyright.analysis": {"autoImportCompletions": False}},
        start_seconds=20.0,
        calls_all_incomplete=True,
    ),
}
_SKIPS: Final = b" \t"
_RECEIVER_ENDS: Final = IDENTIFIER | frozenset(b")]}\"'")


class Python(Monitor):
    """Python code that names only what exists.

    Parameters
    ----------
    root : the project's folder
    file : the file that is written, relative to ``root``; it needn't exist
    prefix, suffix : the file's text before and after what is generated
    provider : "ty", "pyrefly", "basedpyright", "jedi" (in this process), or a `ServerProfile`

    Raises
    ------
    ArgumentError
        ``root`` is no folder, ``file`` is outside of it, or the provider is unknown or not installed.
    """

    triggers = b". \t\n,("
    max_questions = 1  # a question takes a millisecond or more; in the middle of a token a receiver is rare

    def __init__(
        self,
        *,
        root: str | Path = ".",
        file: str | Path = "structgen_buffer.py",
        prefix: str = "",
        suffix: str = "",
        provider: str | ServerProfile = "ty",
    ) -> None:
        super().__init__()
        folder = Path(root).resolve()
        self._path = (folder / file).resolve()
        if not folder.is_dir() or not self._path.is_relative_to(folder):
            raise ArgumentError("root= is a folder, and file= is inside of it", reason=f"got {root!s} and {file!s}")
        self._root, self._prefix, self._suffix = folder, prefix, suffix
        self._tail = _lexical_tail(prefix)
        self._lexed: tuple[bytes, str, str] = (b"", *blanked(self._tail))
        # pyrefly offers some modules only, until a letter is typed
        self._lists_modules = provider in ("ty", "jedi")
        self._server = None if provider == "jedi" else Server(_profile(provider), folder)
        if self._server is None:
            self._jedi = _import_jedi()

    @property
    def server(self) -> Server | None:
        """The language server; None where jedi runs in process."""
        return self._server

    def close(self) -> None:
        """End the server. Sites after that are unconstrained, and counted as failures."""
        if self._server is not None:
            self._server.close()

    def is_alert(self, text: bytes) -> bool:
        """Whether a statement of imports may be open."""
        begun = max(text.rfind(b"import"), text.rfind(b"from"))
        if begun < 0:
            return b"\n" not in text and re.search(r"(?:import|from)[^\n]*\Z", self._tail) is not None
        return text.find(b"\n", begun) < 0 or b"(" in text[begun:]

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        if prefix.endswith(b"."):
            receiver = prefix[:-1].rstrip()
            return not receiver or receiver[-1] in _RECEIVER_ENDS
        return is_alert or b"import" in prefix or b"from" in prefix

    def is_site(self, text: bytes) -> bool:
        code = self._code(text)
        return code is not None and site(code) is not None

    def ask(self, text: bytes) -> Answer:
        kind = site(self._code(text) or "")
        is_submodule = kind == "module" and text.endswith(b".")
        if kind == "module" and not is_submodule and not self._lists_modules:
            raise Unanswered("unknown")
        before = self._prefix + text.decode("utf-8", "replace")
        after = repaired(before, self._suffix)
        if self._server is None:
            names = self._jedi_names(before, after)
        else:
            items = self._server.complete(self._path, before + after, *position(before))
            if kind == "module":  # some servers offer built-in functions there too
                items = [item for item in items if item.kind in (None, MODULE)]
            names = [normalised(item.label) for item in items]
        if is_submodule:
            kind = "submodule"
        found = {name for name in names if name.isidentifier() and (kind == "attribute" or not keyword.iskeyword(name))}
        if not found or (kind == "attribute" and all(name.startswith("__") for name in found)):
            # of a receiver that they know nothing of, servers offer what every object has
            raise Unanswered("unknown")
        exits = {"member": b"(*\\", "module": b".\\"}.get(kind or "", b"")
        skips = _SKIPS + b"\n" if kind == "member" else _SKIPS
        return Answer(found, skips=skips, exits=exits)

    def _jedi_names(self, before: str, after: str) -> Iterable[str]:
        jedi = self._jedi
        lines = before.count("\n") + 1
        column = len(before) - before.rfind("\n") - 1
        try:
            script = jedi.Script(before + after, path=self._path, project=jedi.Project(self._root))
            return [str(found.name) for found in script.complete(lines, column)]
        except Exception as error:  # jedi raises whatever the analysed code leads it to
            raise Unanswered("failures") from error

    def _code(self, text: bytes) -> str | None:
        """The code up to the end of ``text``, strings and comments blanked; None where the end is inside one."""
        known, code, unfinished = self._lexed
        added = text[len(known) :]
        if text.startswith(known) and not unfinished and not any(byte in b"#\"'\\" for byte in added):
            return code + added.decode("utf-8", "replace")
        code, unfinished = blanked(self._tail + text.decode("utf-8", "replace"))
        self._lexed = text, code, unfinished
        return None if unfinished else code


def normalised(label: str) -> str:
    """A label as the name that is written: without padding, a call's parentheses, or ``=``."""
    return label.strip().removesuffix("()").removesuffix("=")


def _lexical_tail(prefix: str) -> str:
    """What of the prefix decides how the text after it is read: its last lines, from a place that is code."""
    start = max(prefix.rfind("\n", 0, max(len(prefix) - 2000, 0)), 0)
    while start and blanked(prefix[:start])[1]:
        start = max(prefix.rfind("\n", 0, start), 0)
    return prefix[start:]


def _profile(provider: str | ServerProfile) -> ServerProfile:
    if isinstance(provider, ServerProfile):
        return provider
    profile = PROFILES.get(provider)
    if profile is None:
        known = ", ".join([*PROFILES, "jedi"])
        raise ArgumentError(f"provider= is one of {known}, or a ServerProfile", reason=f"got {provider!r}")
    program, *arguments = profile.command
    path = Path(sysconfig.get_path("scripts"), program)
    if not path.exists():
        raise ArgumentError(
            f"{provider} is not installed in {sys.prefix}", hint=f"pip install {provider}, or a ServerProfile"
        )
    return replace(profile, command=(str(path), *arguments))


def _import_jedi() -> Any:
    try:
        import jedi
    except ImportError as error:
        raise ArgumentError("provider='jedi' needs jedi", reason=str(error), hint="pip install jedi") from error
    return jedi
