"""What pyproject.toml can't say: which modules are compiled, and that a folder outside of the package belongs to it.

The kernel is written in Cython's pure-Python mode. A module that is listed here, one path a line, becomes an extension
module beside its source, which Python prefers. Without it the source runs as it is, slower, with the same results, and
then needs the ``cython`` package. A ``.pxd`` file beside a module says what its classes are in C, and which classes of
other modules it knows as such. ``STRUCTGEN_PURE=1`` in the environment builds without compiling.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from setuptools import find_namespace_packages, setup
from setuptools.command.build_ext import build_ext

# Batches of masks are written on all cores; where the compiler has no OpenMP, on one.
PARALLEL: tuple[str, ...] = ("-fopenmp",) if sys.platform == "linux" else ()

# Inner loops, optimised in full.
KERNEL: list[str] = [
    "structgen/automaton/tables.py",
    "structgen/automaton/stacks.py",
    "structgen/automaton/byte_kinds.py",
    "structgen/automaton/view.py",
    "structgen/automaton/machine.py",
    "structgen/automaton/walk_trie.py",
    "structgen/automaton/walk.py",
    "structgen/automaton/walker.py",
    "structgen/automaton/runtime.py",
    "structgen/automaton/pairs.py",
    "structgen/automaton/number_sets.py",
    "structgen/grammar/lr_states.py",
    "structgen/grammar/parser.py",
    "structgen/grammar/verdicts.py",
    "structgen/grammar/components.py",
    "structgen/grammar/lexer.py",
    "structgen/grammar/machine.py",
    "structgen/tokens/masks.py",
    "structgen/tokens/token_groups.py",
    "structgen/tokens/subtrees.py",
    "structgen/tokens/pieces.py",
    "structgen/tokens/outcomes.py",
    "structgen/tokens/mask_maker.py",
    "structgen/tokens/scans.py",
    "structgen/tokens/templates.py",
    "structgen/tokens/near_masks.py",
    "structgen/tokens/builder.py",
    "structgen/tokens/engine.py",
    "structgen/tokens/grammar_engine.py",
    "structgen/tokens/matcher.py",
]

# What describes states on their first visit: ordinary Python, about twice as fast compiled. More optimisation gains
# nothing there, and takes the compiler three times as long.
DESCRIBERS: list[str] = [
    "structgen/regex/charset.py",
    "structgen/regex/intervals.py",
    "structgen/regex/interning.py",
    "structgen/regex/kinds.py",
    "structgen/regex/wordtables.py",
    "structgen/regex/nodes.py",
    "structgen/regex/stepping.py",
    "structgen/regex/derivatives.py",
    "structgen/regex/lengths.py",
    "structgen/regex/clamp.py",
    "structgen/regex/alphabet.py",
    "structgen/regex/spelling.py",
    "structgen/regex/ecma.py",
    "structgen/regex/assertions.py",
    "structgen/regex/lookarounds.py",
    "structgen/regex/patterns.py",
    "structgen/regex/automaton.py",
    "structgen/schema/subschemas.py",
    "structgen/schema/reading.py",
    "structgen/schema/scalar_keywords.py",
    "structgen/schema/array_keywords.py",
    "structgen/schema/object_keywords.py",
    "structgen/schema/applicators.py",
    "structgen/schema/keywords.py",
    "structgen/schema/constants.py",
    "structgen/schema/documents.py",
    "structgen/schema/choices.py",
    "structgen/schema/contradictions.py",
    "structgen/schema/expansion.py",
    "structgen/schema/negation.py",
    "structgen/schema/unevaluated.py",
    "structgen/schema/multiples.py",
    "structgen/schema/numbers.py",
    "structgen/schema/arrays.py",
    "structgen/schema/objects.py",
    "structgen/schema/merging.py",
    "structgen/schema/shapes.py",
    "structgen/schema/pruning.py",
    "structgen/schema/glance.py",
    "structgen/schema/rivals.py",
    "structgen/schema/emptiness.py",
    "structgen/schema/completion.py",
    "structgen/schema/enumeration.py",
    "structgen/schema/values.py",
    "structgen/schema/matching.py",
    "structgen/schema/references.py",
    "structgen/schema/resources.py",
    "structgen/schema/cycles.py",
    "structgen/schema/writing.py",
    "structgen/schema/terms.py",
    "structgen/schema/members.py",
    "structgen/schema/samples.py",
    "structgen/schema/plans.py",
    "structgen/schema/keys.py",
    "structgen/schema/names.py",
    "structgen/schema/cells.py",
    "structgen/schema/courses.py",
    "structgen/schema/endings.py",
    "structgen/schema/captures.py",
    "structgen/schema/sequences.py",
    "structgen/schema/object_states.py",
    "structgen/schema/spacing.py",
    "structgen/schema/automaton.py",
    "structgen/schema/formats/dates.py",
    "structgen/schema/formats/expressions.py",
    "structgen/schema/formats/hostnames.py",
    "structgen/schema/formats/international.py",
]


def extensions() -> list[Any]:
    if os.environ.get("STRUCTGEN_PURE") == "1":
        return []
    from Cython.Build import cythonize
    from setuptools import Extension

    def extension(path: str, *options: str) -> Any:
        name = path.removesuffix(".py").replace("/", ".")
        arguments = list(options) if os.name == "posix" else []
        return Extension(name, [path], extra_compile_args=arguments, extra_link_args=list(PARALLEL))

    modules: list[Any] = cythonize(
        [
            *(extension(path, "-O3", "-g0", *PARALLEL) for path in KERNEL),
            *(extension(path, "-O1", "-g0") for path in DESCRIBERS),
        ],
        compiler_directives={"language_level": 3, "annotation_typing": False},
        build_dir="build/cython",
    )
    return modules


class BuildOnAllCores(build_ext):
    """Extension modules are compiled side by side."""

    def initialize_options(self) -> None:
        super().initialize_options()
        self.parallel = os.cpu_count()


setup(
    packages=[*find_namespace_packages(include=["structgen", "structgen.*"]), "structgen.grammars"],
    package_dir={"structgen.grammars": "grammars"},
    ext_modules=extensions(),
    cmdclass={"build_ext": BuildOnAllCores},
)
