"""Views of modules: the same parameters, other ways to compute.

A module is never changed. Where something below it is replaced, the modules on the way there are copied, without their
parameters, and all else is the module's own.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch

__all__ = ["view_of"]


def view_of(module: torch.nn.Module, change: Callable[[torch.nn.Module], torch.nn.Module]) -> torch.nn.Module:
    """Return a module with ``change`` applied to everything in it, and to itself; the module, where nothing changes.

    ``change`` returns what it is given, or a copy, and changes nothing in place.
    """
    children: dict[str, Any] = {
        name: None if child is None else view_of(child, change) for name, child in module._modules.items()
    }
    if any(child is not module._modules[name] for name, child in children.items()):
        module = copy.copy(module)
        module._modules = children
    return change(module)
