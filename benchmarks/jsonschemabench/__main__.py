"""``python -m benchmarks.jsonschemabench`` is ``structgen bench``; its code is ``structgen/bench``."""

from __future__ import annotations

from structgen.cli.bench import bench

bench(prog_name="structgen bench")
