"""Time the arms beside each other, task by task: ``python -m benchmarks.speculation --data FOLDER --out
results.jsonl``."""

from __future__ import annotations

import json
import platform
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

import structgen
from benchmarks.speculation.arms import ARMS, data_file, run
from benchmarks.speculation.prompts import DOMAINS, tasks


def main(
    data: Annotated[Path, typer.Option(help="A file in MaskBench's layout, or the folder with it.")],
    out: Annotated[Path, typer.Option(help="Where the rows go, as JSON Lines.")],
    arms: Annotated[str, typer.Option(help=f"Of {', '.join(ARMS)}.")] = "plain,auto,transformers",
    domains: Annotated[str, typer.Option()] = ",".join(DOMAINS),
    dtype: Annotated[str, typer.Option()] = "float32",
    attention: Annotated[str, typer.Option(help="transformers' implementation: sdpa or eager.")] = "sdpa",
    count: Annotated[int, typer.Option(help="Tasks of each domain.")] = 12,
    max_tokens: Annotated[int, typer.Option()] = 128,
    temperature: Annotated[float, typer.Option(help="0 is greedy.")] = 0.0,
    threads: Annotated[int, typer.Option()] = 2,
) -> None:
    """Run each task in every arm, one after the other, twice with one token first, so that prompts can be told
    apart."""
    import torch

    from structgen.models.transformers import TransformersModel

    torch.set_num_threads(threads)
    target: Any = structgen.load_model(dtype=dtype).target
    if target.model.config._attn_implementation != attention:
        target.model.set_attn_implementation(attention)
        target = TransformersModel(target.model, target.tokenizer, name=target.name, is_shared=False)
    model = structgen.Model(target)
    sampling = structgen.Sampling(temperature=temperature, seed=1) if temperature else None
    rows = []
    with out.open("w") as file:
        for task in tasks(data_file(data), count):
            if task.domain not in domains.split(","):
                continue
            row: dict[str, Any] = {"domain": task.domain, "task": task.name, "machine": platform.processor()}
            for arm in arms.split(","):
                try:
                    first = run(arm, model, task, 1, sampling)
                    whole = run(arm, model, task, max_tokens, sampling)
                except NotImplementedError:
                    continue
                row[arm] = asdict(whole) | {"prompt_seconds": first.seconds}
            rows.append(row)
            file.write(json.dumps(row) + "\n")
            file.flush()
            typer.echo(f"{task.domain:12} {_short(row, arms.split(','))}  {task.name}")
    _report(rows, arms.split(","))


def _short(row: dict[str, Any], arms: list[str]) -> str:
    parts = (f"{arm} {_per_token(row[arm], counted=True) * 1e3:.1f}" for arm in arms if arm in row)
    return "ms/token: " + ", ".join(parts)


def _per_token(outcome: dict[str, Any], *, counted: bool) -> float:
    if counted:
        return float(outcome["seconds"] / max(len(outcome["tokens"]), 1))
    return float((outcome["seconds"] - outcome["prompt_seconds"]) / max(len(outcome["tokens"]) - 1, 1))


def _report(rows: list[dict[str, Any]], arms: list[str]) -> None:
    """Print, for each arm, time per token relative to the first arm on the tasks that both did."""
    for ended in (True, False):
        chosen = [row for row in rows if row[arms[0]]["ended"] == ended] if rows else []
        typer.echo(f"\n{'ended by themselves' if ended else 'met the cap'}: {len(chosen)} texts")
        groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in chosen:
            groups["all"].append(row)
            groups[row["domain"]].append(row)
        for group, members in groups.items():
            for arm in arms:
                both = [row for row in members if arm in row]
                if both:
                    typer.echo(f"{group:12} {arm:16} {_line(both, arms[0], arm)}")


def _line(rows: list[dict[str, Any]], base: str, arm: str) -> str:
    speeds = []
    for counted in (True, False):
        ours = sum(_per_token(row[arm], counted=counted) for row in rows)
        speeds.append(sum(_per_token(row[base], counted=counted) for row in rows) / ours)
    tokens = sum(len(row[arm]["tokens"]) for row in rows)
    passes = sum(row[arm]["passes"] for row in rows)
    same = sum(row[arm]["tokens"] == row[base]["tokens"] for row in rows)
    overhead = sum(row[arm]["overhead_seconds"] for row in rows) / max(tokens, 1)
    each = median(_per_token(row[arm], counted=False) for row in rows)
    return (
        f"{len(rows):3} texts {tokens:6} tokens, {each * 1e3:6.1f} ms/token, x{speeds[0]:.2f} with the prompt, "
        f"x{speeds[1]:.2f} without; {tokens / passes if passes else 1:.2f} tokens/pass, "
        f"{overhead * 1e3:.2f} ms/token beside the model; {same} the same"
    )


if __name__ == "__main__":
    typer.run(main)
