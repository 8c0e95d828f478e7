"""A language server for tests, which misbehaves at its second question and never again: ``python servers.py HOW FLAG``.

HOW is what it does then; the file FLAG tells that it was done.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

NAMES = ["mast", "sail"]


def read() -> dict[str, Any]:
    length = 0
    while (line := sys.stdin.buffer.readline()) not in (b"\r\n", b""):
        if line.startswith(b"Content-Length:"):
            length = int(line.split(b":")[1])
    if not length:
        raise SystemExit
    return dict(json.loads(sys.stdin.buffer.read(length)))


def write(message: object, length: int | None = None) -> None:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n" % (len(body) if length is None else length) + body)
    sys.stdout.buffer.flush()


def answer(question: dict[str, Any], result: object) -> None:
    write({"jsonrpc": "2.0", "id": question["id"], "result": result})


def items(names: list[str]) -> list[dict[str, Any]]:
    return [{"label": name, "kind": 5} for name in names]


def misbehave(how: str, question: dict[str, Any]) -> None:
    raw = sys.stdout.buffer
    if how == "dies":
        raise SystemExit(1)
    if how == "babbles":
        while True:
            raw.write(b"babble " * 999)
    if how == "boasts":  # of a message that no memory could hold, and begins to deliver it
        write(b"", 10**15)
        while True:
            raw.write(b"x" * 65536)
    if how == "lies":
        answer({"id": question["id"]}, {"isIncomplete": "no", "items": 5})
    if how == "mumbles":
        write(b"{no json")
    if how == "breaks off":
        write(b'{"jsonrpc"', 1000)
    if how == "mixes up":
        answer({"id": "another"}, items(NAMES))
        answer({"id": 10**9}, items(NAMES))
    if how == "refuses":
        write({"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32603, "message": "no"}})
    if how == "nests":
        write(b"[" * 10**6)
    if how == "lists all":
        answer(question, items([f"name{number}" for number in range(60_000)]))
    if how == "lists nothing":
        answer(question, None)
    if how == "chats":  # and answers at last
        raw.write(b"warming up...\nContent-Type: none\r\n")
        for number in range(999):
            write({"jsonrpc": "2.0", "method": "window/logMessage", "params": {"type": 3, "message": str(number)}})
            sys.stderr.write("log " * 999)
        write({"jsonrpc": "2.0", "id": 7, "method": "no/such", "params": {}})
        answer(question, items(NAMES))
    sys.stdout.buffer.flush()


def main(how: str, flag: Path) -> None:
    questions = 0
    while True:
        message = read()
        method = message.get("method")
        if method == "initialize":
            answer(message, {"capabilities": {"completionProvider": {}, "textDocumentSync": 2}})
        elif method == "textDocument/completion":
            questions += 1
            if questions == 2 and not flag.exists():
                flag.touch()
                misbehave(how, message)
                if how == "hangs":
                    time.sleep(600)
            else:
                answer(message, items(NAMES))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
