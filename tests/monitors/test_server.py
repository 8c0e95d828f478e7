"""Language servers that break: each costs the site that it was asked for, and nothing else."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest

from structgen.monitors import Names, attach
from structgen.tokens.vocabulary import Vocabulary
from tests.vocabularies import BYTES

pytest.importorskip("pygls", reason="the language servers are not installed: pip install 'structgen[dev]'")
from structgen.monitors import Go
from structgen.monitors.server import Server, ServerProfile, lsp
from tests.monitors import servers

VOCABULARY = Vocabulary.from_bytes([*BYTES, None], eos=len(BYTES))
PATIENT = 300.0


def monitor_of(how: str, folder: Path, seconds: float) -> Go:
    command = (sys.executable, servers.__file__, how, str(folder / "flag"))
    profile = ServerProfile(command, "go", start_seconds=PATIENT, answer_seconds=seconds)
    return Go(root=folder, file="main.go", profile=profile)


def can_write(monitor: Go, text: str) -> bool:
    matcher = attach(None, VOCABULARY, [monitor, Names(["none"], after="@")]).matcher()
    return all(map(matcher.accept_token, text.encode()))


@pytest.mark.parametrize(
    ("how", "counter", "seconds"),
    [
        ("dies", "failures", PATIENT), ("babbles", "failures", PATIENT), ("boasts", "failures", PATIENT),
        ("refuses", "failures", PATIENT), ("lists all", "unknown", PATIENT), ("lists nothing", "unknown", PATIENT),
        # these never answer, so that any limit is passed
        ("hangs", "timeouts", 0.5), ("lies", "timeouts", 0.5), ("mumbles", "timeouts", 0.5),
        ("breaks off", "timeouts", 0.5), ("mixes up", "timeouts", 0.5), ("nests", "timeouts", 0.5),
    ],
)  # fmt: skip
def test_a_broken_answer_costs_its_sites_constraint_alone(
    how: str, counter: str, seconds: float, tmp_path: Path
) -> None:
    monitor = monitor_of(how, tmp_path, PATIENT)
    try:
        assert can_write(monitor, "ship.sail") and not can_write(monitor, "ship.sink")
        monitor.server.profile = ServerProfile(
            monitor.server.profile.command, "go", start_seconds=PATIENT, answer_seconds=seconds
        )
        assert can_write(monitor, "boat.sink")  # the broken answer's
        assert not can_write(monitor, "boat.sink @one")  # another monitor's
        assert getattr(monitor.statistics, counter) == 1
        monitor.server.profile = ServerProfile(
            monitor.server.profile.command, "go", start_seconds=PATIENT, answer_seconds=PATIENT
        )
        assert can_write(monitor, "raft.mast") and not can_write(monitor, "raft.sink")
        lost = monitor.statistics.unknown + monitor.statistics.timeouts + monitor.statistics.failures
        assert lost == 1
    finally:
        monitor.close()


def test_a_server_that_chats_is_heard_out(tmp_path: Path) -> None:
    monitor = monitor_of("chats", tmp_path, PATIENT)
    try:
        assert can_write(monitor, "ship.sail") and not can_write(monitor, "boat.sink")
        assert monitor.statistics.constrained == monitor.statistics.asked
    finally:
        monitor.close()


def test_a_message_without_bound_is_not_held(tmp_path: Path) -> None:
    monitor = monitor_of("boasts", tmp_path, PATIENT)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        assert can_write(monitor, "ship.sail") and can_write(monitor, "boat.sink")
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes
    finally:
        monitor.close()


def test_answers_wait_until_the_server_is_ready(tmp_path: Path) -> None:
    script = """
import sys; sys.path.insert(0, sys.argv[1])
import servers
while True:
    message = servers.read()
    if message.get("method") == "initialize":
        assert message["params"]["initializationOptions"] == {"option": 1}
        assert message["params"]["capabilities"]["experimental"] == {"told": True}
        servers.answer(message, {"capabilities": {}})
        for is_ready in (False, True):
            servers.write({"jsonrpc": "2.0", "method": "experimental/state", "params": {"is_ready": is_ready}})
    elif message.get("method") == "textDocument/completion":
        import os
        servers.answer(message, servers.items([os.environ["OF_THE_PROFILE"]]))
"""
    profile = ServerProfile(
        (sys.executable, "-c", script, str(Path(servers.__file__).parent)),
        "go",
        initialization={"option": 1},
        experimental={"told": True},
        ready=("experimental/state", "is_ready", True),
        environment={"OF_THE_PROFILE": "name"},
        start_seconds=PATIENT,
    )
    server = Server(profile, tmp_path)
    try:
        found: list[lsp.CompletionItem] = server.complete(tmp_path / "a.go", "x.", 0, 2)
        assert [item.label for item in found] == ["name"]
    finally:
        server.close()
