"""`jsonschema-rs` beside `jsonschema`: where the two disagree, one of them is wrong and neither is an oracle."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

__all__ = ["second_oracle"]


def second_oracle(draft: str, schema: dict[str, Any]) -> Any:
    """A validator of this draft, by its name here; formats are asserted."""
    kind = getattr(jsonschema_rs, f"Draft{draft.replace('-', '')}Validator")
    return kind(schema, validate_formats=True)
