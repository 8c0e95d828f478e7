"""Paths of files under a root, in quotes after a trigger such as ``open(``, one folder's entries at a time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from structgen.errors import ArgumentError
from structgen.monitors.answers import Answer
from structgen.monitors.monitor import Monitor, Unanswered
from structgen.monitors.texts import check_paths, check_texts

__all__ = ["Paths"]

_MAX_BYTES: Final = 4096
_ALL: Final = frozenset(range(256))


class Paths(Monitor):
    """Paths of existing files, relative to a folder, between a quote that opens a site and the same quote.

    Parameters
    ----------
    root : the folder; links that lead out of it are not followed
    after : str
        The text that opens a site; it ends with a quote, or with any other character that ends the path too.
    prefix : the text before what is generated
    pattern : which files, as ``pathlib`` matches them, such as ``"*.csv"``

    Raises
    ------
    ArgumentError
        ``root`` is no folder, ``after`` is empty, or ``pattern`` is no pattern.
    """

    def __init__(self, root: str | Path, *, after: str, prefix: str = "", pattern: str = "*") -> None:
        super().__init__()
        check_texts(after=after, prefix=prefix, pattern=pattern)
        check_paths(root=root)
        try:
            Path("file").match(pattern)
        except ValueError as error:
            raise ArgumentError("pattern= is a pattern of pathlib's", reason=str(error), hint='"*" for all') from error
        self._root = Path(root).resolve()
        if not self._root.is_dir() or not after:
            raise ArgumentError("root= is a folder, and after= a text", reason=f"got {root!s} and {after!r}")
        self._after, self._prefix, self._pattern = after.encode(), prefix.encode(), pattern
        self._quote = self._after[-1:]
        self.triggers = bytes({self._after[-1], ord("/")})

    @property
    def key(self) -> object:
        return Paths, self._after

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        return prefix.endswith((b"/", self._after)) or self._after.endswith(prefix)

    def is_site(self, text: bytes) -> bool:
        return self._folder(text) is not None

    def ask(self, text: bytes) -> Answer:
        folder = self._folder(text)
        if folder is None:
            raise Unanswered("unknown")
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            raise Unanswered("failures") from error
        ends: dict[str, bytes] = {}
        for entry in entries:
            if not self._is_inside(entry) or self._quote in entry.name.encode("utf-8", "surrogateescape"):
                continue
            if entry.is_dir():
                ends[entry.name] = b"/"
            elif entry.is_file() and Path(entry.path).match(self._pattern):
                ends[entry.name] = self._quote
        if not ends:
            raise Unanswered("unknown")
        return Answer((), ends=ends, blanks=b"")

    def _is_inside(self, entry: os.DirEntry[str]) -> bool:
        return not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(self._root)

    def _folder(self, text: bytes) -> Path | None:
        """The folder whose entry is to be named at the end of ``text``, if a path is open there."""
        whole = (self._prefix + text)[-_MAX_BYTES:]
        begins = whole.rfind(self._after)
        if begins < 0:
            return None
        written = whole[begins + len(self._after) :]
        if self._quote in written or b"\n" in written or (written and not written.endswith(b"/")):
            return None
        folder = (self._root / written.decode("utf-8", "replace")).resolve()
        return folder if folder.is_relative_to(self._root) and folder.is_dir() else None
