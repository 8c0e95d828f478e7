"""Prompts become texts, in the same way and with the same errors for every kind of model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from structgen.errors import ModelError
from structgen.models.target import Prompt

__all__ = ["Template", "text_of"]

Template: TypeAlias = Callable[[list[dict[str, Any]]], Any]
"""Writes the messages of a chat as a text, up to where the answer begins."""


def text_of(prompt: Prompt, *, chat: bool | None, template: Template | None, name: str) -> tuple[str, bool]:
    """Return the text that a prompt stands for, and whether the chat template wrote it.

    Parameters
    ----------
    chat : bool or None
        As ``TargetModel.encode``.
    template : Template, optional
        The model's own; None where it has none.

    Raises
    ------
    ModelError
        A template is wanted and missing, or refuses the messages; or the text is no Unicode text.
    """
    if isinstance(prompt, str):
        is_chat = template is not None if chat is None else chat
        text = _written([{"role": "user", "content": prompt}], template, name) if is_chat else prompt
    elif chat is False:
        raise ModelError("a list of messages was given with chat=False", hint="a text, or chat=True")
    else:
        is_chat, text = True, _written([dict(message) for message in prompt], template, name)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ModelError("the prompt is not Unicode text", reason=str(error), hint="text without surrogates") from error
    return text, is_chat


def _written(messages: list[dict[str, Any]], template: Template | None, name: str) -> str:
    if template is None:
        raise ModelError(
            f"{name} has no chat template", reason="it is not a chat model", hint="a text as the prompt, or chat=False"
        )
    try:
        return str(template(messages))
    except Exception as error:  # templates are programs of the model's author, and raise what they like
        raise ModelError(
            f"the chat template of {name} refused the messages",
            reason=str(error),
            hint='messages such as {"role": "user", "content": "..."}',
        ) from error
