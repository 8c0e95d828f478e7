"""A context of llama.cpp: one cache of keys and values for several sequences, and the passes of the model over it.

Cells of the cache belong to sets of sequences, which are small integers. So a sequence is copied without copying
keys, and the branches of a tree of drafts share the cells of what they have in common.

A token's logits are the same bits whatever shares its pass or its cache. Attention sums over a sequence's cells in the
cache's order, and a sum in another order is rounded otherwise: where the model then rounds to eight bits, logits move
by 1 and more. So the order is kept to that of the text. A cell that is given up is buried, not reused: it goes to a
sequence that nothing reads, until the cache is full and what is alive moves to a new one. And keys and values are of
two types, for which llama.cpp has one kernel and not three that round in ways of their own. All of this is for
the CPU, and so the model runs there.

Source: ``llama.h`` and ``ggml-cpu/ops.cpp``, by the bindings of ``llama-cpp-python`` 0.3.36.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import llama_cpp
import numpy as np
import torch
from numpy.typing import NDArray

from structgen.errors import ModelError

MAX_SEQUENCES = int(llama_cpp.llama_max_parallel_sequences())
MAX_BATCH = 2048
"""Tokens that one call of llama.cpp may see."""

_CELLS = 256  # llama.cpp rounds the size of a cache up to a multiple of it
_SPARE_CELLS = 512  # most texts fit, and are never moved
_BURIED = 0
_BF16 = 30  # of enum ggml_type; the bindings name no more than 25
_ERROR = 4
_log_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Entry:
    """One token of a pass."""

    token: int
    position: int
    sequences: Sequence[int]
    """Those that the token belongs to; of one pass, a token's are among its predecessors'."""
    wants_logits: bool


@contextlib.contextmanager
def quiet() -> Iterator[list[str]]:
    """Keep llama.cpp's log from standard error, and collect the errors in it.

    The log's receiver belongs to the whole process: another thread's lines end up here too.
    """
    errors: list[str] = []

    def receive(level: int, text: bytes, _: object) -> None:
        if level == _ERROR:
            errors.append(text.decode(errors="replace").strip())

    receiver = llama_cpp.llama_log_callback(receive)
    before, before_data = llama_cpp.llama_log_callback(), ctypes.c_void_p()
    with _log_lock:
        llama_cpp.llama_log_get(ctypes.byref(before), ctypes.byref(before_data))
        llama_cpp.llama_log_set(receiver, ctypes.c_void_p())
        try:
            yield errors
        finally:
            llama_cpp.llama_log_set(before, before_data)


@dataclass(frozen=True, slots=True)
class _Opened:
    pointer: Any
    memory: Any
    cells: int
    sequences: int
    free: Callable[[], object]


class Context:
    """A cache that grows, and the model's passes over it. Not for several threads at a time."""

    def __init__(self, model: Any, *, width: int, name: str) -> None:
        """Take a ``llama_model`` that the caller keeps alive, and the number of its logits."""
        self._model, self._width, self._name = model, width, name
        self._opened: _Opened | None = None
        self._used = 0  # cells, alive and buried

    def reserve(self, new: int, sequences: int, alive: Mapping[int, int]) -> None:
        """Have room for so many more tokens, and for sequences with numbers from 1 to ``sequences``.

        Parameters
        ----------
        alive : dict of int to int
            The sequences that are in use, and how many tokens each holds. These are kept.

        Raises
        ------
        ModelError
            More sequences than llama.cpp knows, or more cells than there is memory; nothing has changed.
        """
        if sequences >= MAX_SEQUENCES:
            raise ModelError(
                f"{sequences} sequences at a time are too many for llama.cpp",
                reason=f"it has {MAX_SEQUENCES - 1}, for rows and for branches of drafts",
                hint="a smaller batch",
            )
        old = self._opened
        if old is not None and self._used + new <= old.cells and sequences <= old.sequences:
            return
        held = sum(alive.values())
        # Half as much again, so that long texts are moved seldom.
        opened = self._open((held + new) * 3 // 2 + _SPARE_CELLS, max(sequences, old.sequences if old else 0))
        if old is not None:
            for sequence, count in alive.items():
                if count:
                    self._move(old, opened, sequence)
            old.free()
        self._opened, self._used = opened, held

    def _open(self, cells: int, sequences: int) -> _Opened:
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx, settings.n_seq_max, settings.n_batch = -(-cells // _CELLS) * _CELLS, sequences + 1, MAX_BATCH
        settings.kv_unified = True  # the branches of a tree share cells
        settings.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
        settings.type_k, settings.type_v = llama_cpp.GGML_TYPE_F16, _BF16
        settings.n_threads = settings.n_threads_batch = torch.get_num_threads()
        with quiet() as errors:
            pointer = llama_cpp.llama_init_from_model(self._model, settings)
        if not pointer:
            raise ModelError(
                f"llama.cpp has no room for {cells} tokens of {self._name}",
                reason="; ".join(errors),
                hint="a shorter prompt or a smaller batch",
            )
        free = weakref.finalize(self, llama_cpp.llama_free, pointer)
        return _Opened(pointer, llama_cpp.llama_get_memory(pointer), settings.n_ctx, sequences, free)

    def _move(self, old: _Opened, new: _Opened, sequence: int) -> None:
        size = llama_cpp.llama_state_seq_get_size(old.pointer, sequence)
        state = (ctypes.c_uint8 * size)()
        written = llama_cpp.llama_state_seq_get_data(old.pointer, state, size, sequence)
        if written != size or llama_cpp.llama_state_seq_set_data(new.pointer, state, size, sequence) != size:
            new.free()
            raise ModelError(f"llama.cpp can't move the keys and values of {self._name} to a larger cache")

    def copy(self, source: int, target: int) -> None:
        """Let an empty sequence hold what another one holds."""
        if self._opened is not None:
            llama_cpp.llama_memory_seq_cp(self._opened.memory, source, target, -1, -1)

    def bury(self, sequence: int, start: int = 0, *, end_of_shared: int = 0) -> None:
        """Forget a sequence from ``start`` on; below ``end_of_shared``, others hold the same cells.

        Raises
        ------
        ModelError
            The model can't go back to where it was.
        """
        if self._opened is None:
            return
        memory = self._opened.memory
        llama_cpp.llama_memory_seq_cp(memory, sequence, _BURIED, max(start, end_of_shared), -1)
        if not llama_cpp.llama_memory_seq_rm(memory, sequence, start, -1):
            raise ModelError(
                f"{self._name} can't take tokens back", reason="some of its layers don't keep every position's keys"
            )

    def run(self, entries: Sequence[Entry]) -> list[NDArray[np.float32]]:
        """Append the entries, at most ``MAX_BATCH``, for which there is room; copy the logits that are wanted.

        Raises
        ------
        ModelError
            llama.cpp refuses the pass. What it has kept of it is not known.
        """
        if self._opened is None:
            raise ModelError("a pass without a context", hint="reserve room first")
        pointer = self._opened.pointer
        tokens = np.array([entry.token for entry in entries], dtype=np.int32)
        positions = np.array([entry.position for entry in entries], dtype=np.int32)
        counts = np.array([len(entry.sequences) for entry in entries], dtype=np.int32)
        sequences = np.array([sequence for entry in entries for sequence in entry.sequences], dtype=np.int32)
        starts = (np.cumsum(counts) - counts).astype(np.uintp) * sequences.itemsize + sequences.ctypes.data
        wanted = np.array([entry.wants_logits for entry in entries], dtype=np.int8)
        fields = dict(llama_cpp.llama_batch._fields_)

        def address(array: NDArray[Any], field: str) -> Any:
            return array.ctypes.data_as(fields[field])

        batch = llama_cpp.llama_batch(
            n_tokens=len(entries),
            token=address(tokens, "token"),
            pos=address(positions, "pos"),
            n_seq_id=address(counts, "n_seq_id"),
            seq_id=address(starts, "seq_id"),
            logits=address(wanted, "logits"),
        )
        code = llama_cpp.llama_decode(pointer, batch)
        self._used += len(entries)
        if code:
            self._used = self._opened.cells  # how many it took is not known: what is alive moves before the next pass
            raise ModelError(
                f"llama.cpp refuses to run {self._name}",
                reason=f"llama_decode returns {code}",
                hint="tokens of the model's own vocabulary",
            )
        rows = [llama_cpp.llama_get_logits_ith(pointer, int(number)) for number in np.flatnonzero(wanted)]
        return [np.ctypeslib.as_array(row, (self._width,)).copy() for row in rows]
