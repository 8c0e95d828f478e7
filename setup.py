"""What pyproject.toml can't say: which modules are compiled.

The kernel is written in Cython's pure-Python mode. A module listed in ``COMPILED``, one path a line, becomes an
extension module beside its source, which Python prefers. Without it the source runs as it is, slower, with the same
results, and then needs the ``cython`` package. ``STRUCTGEN_PURE=1`` in the environment builds without compiling.
"""

from __future__ import annotations

import os
from typing import Any

from setuptools import setup

COMPILED: list[str] = [
    "structgen/automaton/tables.py",
    "structgen/automaton/stacks.py",
    "structgen/automaton/machine.py",
    "structgen/automaton/runtime.py",
    "structgen/regex/charset.py",
    "structgen/regex/kinds.py",
    "structgen/regex/nodes.py",
    "structgen/regex/derivatives.py",
    "structgen/regex/clamp.py",
    "structgen/regex/spelling.py",
    "structgen/regex/automaton.py",
    "structgen/schema/subschemas.py",
    "structgen/schema/documents.py",
    "structgen/schema/keywords.py",
    "structgen/schema/merging.py",
    "structgen/schema/terms.py",
    "structgen/schema/plans.py",
    "structgen/schema/keys.py",
    "structgen/schema/spacing.py",
    "structgen/schema/automaton.py",
    "structgen/tokens/masks.py",
    "structgen/tokens/templates.py",
    "structgen/tokens/builder.py",
    "structgen/tokens/engine.py",
    "structgen/tokens/matcher.py",
]


def extensions() -> list[Any]:
    if not COMPILED or os.environ.get("STRUCTGEN_PURE") == "1":
        return []
    from Cython.Build import cythonize
    from setuptools import Extension

    modules: list[Any] = cythonize(
        [Extension(path.removesuffix(".py").replace("/", "."), [path]) for path in COMPILED],
        compiler_directives={"language_level": 3, "annotation_typing": False},
        build_dir="build/cython",
    )
    return modules


setup(ext_modules=extensions())
