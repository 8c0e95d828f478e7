"""The shelf: grammars that come with structgen, in the repository's folder `grammars`, found by their names.

A name is a single word, and no notation has a grammar of a single word: what is a name is never a grammar's text.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from structgen.errors import GrammarError
from structgen.grammar.places import refusal

__all__ = ["file_or_text", "shelf"]

_INSTALLED: Final = Path(__file__).parents[1] / "grammars"
_FOLDER: Final = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[2] / "grammars"
"""Inside of an installed package; beside the package in a checkout, and where that is installed as editable."""

_WORD: Final = re.compile(r"[\w.][\w./\\-]{0,199}")


def shelf() -> list[str]:
    """The names of the grammars that come with structgen."""
    return list(_files())


def file_or_text(grammar: str) -> Path | str:
    """The file of the shelf's grammar of this name, or else the text itself.

    Raises
    ------
    GrammarError
        It is a single word and not the name of a grammar.
    """
    if not _WORD.fullmatch(grammar):
        return grammar
    file = _files().get(grammar)
    if file is None:
        raise _unknown(grammar)
    return file


@cache
def _files() -> dict[str, Path]:
    """The shelf's files by their names. Listing the folder takes 0.3 ms, more than all else about a known grammar."""
    return {path.stem: path for path in sorted(_FOLDER.glob("*.lark"))}


def _unknown(word: str) -> GrammarError:
    from difflib import get_close_matches

    near = get_close_matches(Path(word).stem.lower(), shelf())
    ways = [*map(repr, near), f"Path({word!r}) for a file"]
    return refusal(
        f"there is no grammar {word!r} on the shelf", word, None,
        hint=f"{' or '.join(ways)}; the shelf has {', '.join(shelf())}",
    )  # fmt: skip
