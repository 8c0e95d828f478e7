"""Arrays that are worth keeping between processes, in the user's cache folder.

What always holds: a file is complete or absent (it is written aside and moved into place), and is used only where its
checksum, its key, the format and the library's version are right. So a damaged, truncated or foreign file is one that
isn't there, and any number of processes may read and write at once. A folder that can't be read or written means no
cache, and no error.

The folder is the platform's (``~/.cache/structgen`` on Linux), or ``STRUCTGEN_CACHE_DIR``. It holds at most 1 GiB, or
``STRUCTGEN_CACHE_BYTES`` (0 turns the cache off); beyond that the files that were not used for longest go. No pickle: a
file is a JSON header and the arrays' own bytes.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

__all__ = ["cache_folder", "load", "store"]

_FORMAT = 1
_DEFAULT_BYTES = 2**30
_SUFFIX = ".arrays"
_ASIDE = ".writing"
_ABANDONED_SECONDS = 3600.0
_ALIGNMENT = 64
_MAGIC = b"structgen arrays"
_DIGEST_BYTES = 32
_PREAMBLE_BYTES = len(_MAGIC) + 8


def cache_folder() -> Path:
    """The folder of the cache, whether or not it exists; one that can't, where the user has no home."""
    if named := os.environ.get("STRUCTGEN_CACHE_DIR"):
        return Path(named)
    nowhere = Path(os.devnull, "structgen")
    try:
        folder = Path(platformdirs.user_cache_dir("structgen", appauthor=False))
    except RuntimeError:
        return nowhere
    return folder if folder.is_absolute() else nowhere  # older platformdirs give "~/.cache" as it is


def load(key: str) -> dict[str, NDArray[Any]] | None:
    """The arrays that were stored under ``key``; None where there are none, or where their file is damaged.

    The arrays are read-only, C-contiguous, and share one block of memory. Loading marks the file as just used.
    """
    path = _path(key)
    try:
        content = np.fromfile(path, dtype=np.uint8)
        arrays = _unpack(content, key)
    except (OSError, ValueError, TypeError, KeyError, MemoryError):
        return None
    with suppress(OSError):
        os.utime(path)
    return arrays


def store(key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep ``arrays`` (of numbers or booleans) under ``key``, in place of what was there, and evict what is too much.

    Nothing is kept where the folder can't be written, or where the arrays alone pass the limit.
    """
    parts = _pack(key, arrays)
    limit = _limit_bytes()
    if sum(len(part) for part in parts) > limit:
        return
    path = _path(key)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(suffix=_ASIDE, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(parts)
            os.replace(aside, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(aside)
            raise
        _evict(path.parent, limit)


def _limit_bytes() -> int:
    try:
        return int(os.environ.get("STRUCTGEN_CACHE_BYTES") or _DEFAULT_BYTES)
    except ValueError:
        return _DEFAULT_BYTES


@functools.cache
def _version() -> str:
    try:
        return importlib.metadata.version("structgen")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _identity(key: str) -> dict[str, object]:
    return {"key": key, "format": _FORMAT, "version": _version()}


def _path(key: str) -> Path:
    identity = json.dumps(_identity(key)).encode()
    return cache_folder() / (hashlib.blake2b(identity, digest_size=20).hexdigest() + _SUFFIX)


def _pack(key: str, arrays: Mapping[str, NDArray[Any]]) -> list[bytes | memoryview]:
    """A file: magic, the header's length, the header, each array at a multiple of 64 bytes, a checksum of it all."""
    columns = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    for name, array in columns.items():
        if array.dtype.kind not in "biuf":
            raise TypeError(f"array {name!r} holds {array.dtype}, not numbers")
    entries = [[name, array.dtype.str, list(array.shape)] for name, array in columns.items()]
    header = json.dumps({**_identity(key), "arrays": entries}).encode()
    parts: list[bytes | memoryview] = [_MAGIC, len(header).to_bytes(8, "little"), header]
    position = _PREAMBLE_BYTES + len(header)
    for array in columns.values():
        parts.append(bytes(-position % _ALIGNMENT))
        parts.append(array.reshape(-1).view(np.uint8).data)
        position += -position % _ALIGNMENT + array.nbytes
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        digest.update(part)
    return [*parts, digest.digest()]


def _unpack(content: NDArray[np.uint8], key: str) -> dict[str, NDArray[Any]] | None:
    """The inverse of ``_pack``; None, or the error of a wrong value, where the content is not what was packed."""
    body, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:].tobytes()
    if hashlib.blake2b(body.data, digest_size=_DIGEST_BYTES).digest() != digest:
        return None
    preamble = body[:_PREAMBLE_BYTES].tobytes()
    position = _PREAMBLE_BYTES + int.from_bytes(preamble[len(_MAGIC) :], "little")
    header = json.loads(body[_PREAMBLE_BYTES:position].tobytes())
    if not preamble.startswith(_MAGIC) or {name: header[name] for name in _identity(key)} != _identity(key):
        return None
    content.setflags(write=False)
    arrays = {}
    for name, dtype, shape in header["arrays"]:
        position += -position % _ALIGNMENT
        end = position + int(np.dtype(dtype).itemsize * np.prod(shape, dtype=np.int64))
        arrays[name] = content[position:end].view(dtype).reshape(shape)
        position = end
    return arrays


def _evict(folder: Path, limit: int) -> None:
    """Delete what was not used for longest until the limit is kept, and what dead processes left half written."""
    kept = []
    now = time.time()
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # another process may delete it first
                status = entry.stat()
                if entry.name.endswith(_SUFFIX):
                    kept.append((status.st_mtime, status.st_size, entry.path))
                elif entry.name.endswith(_ASIDE) and now - status.st_mtime > _ABANDONED_SECONDS:
                    os.unlink(entry.path)
    total = sum(size for _, size, _ in kept)
    for _, size, path in sorted(kept):
        if total <= limit:
            break
        with suppress(OSError):
            os.unlink(path)
        total -= size
