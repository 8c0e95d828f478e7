"""What ``transformers`` draws on standard error is the caller's to draw."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from transformers.utils import logging


@contextlib.contextmanager
def without_progress_bars() -> Iterator[None]:
    """Keep the bars of loading and saving from view; what is set for others is set again."""
    was_enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_enabled:
            logging.enable_progress_bar()
