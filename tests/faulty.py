"""A process that takes deliveries in while something goes wrong at a chosen call.

Belongs here: what runs below `fault_shim.c`. It has imported everything and forks for
each order that it reads, which is a hundred times cheaper than a new interpreter. Does
not belong here: which faults there are and what must hold after them (test_faults.py).

An order is a line of JSON, and so is the answer: how it ended, the number of durable
calls, and the reason where it stopped.
"""

import contextlib
import ctypes
import json
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl  # noqa: F401 - imported here, so that no child needs to
import pandas  # noqa: F401 - DuckDB imports it at its first parameter

from dagster_project import reading
from dagster_project.contracts import Feed, load_feeds
from dagster_project.feeds import Door, find_arrivals, load_agencies, load_ledger
from dagster_project.settings import load_settings
from dagster_project.withdrawals import withdraw, withdrawn_ids

TODAY = date(2024, 6, 1)


def read_here(request: Mapping[str, Any], size: int, name: str) -> dict[str, Any]:
    """Read in this process: its calls count too, and no interpreter has to start."""
    return reading.reply(json.loads(json.dumps(request)))


def older(feed: Feed) -> Feed:
    """The contract as it was before: what is refused now was accepted and so on."""
    if (feed.source, feed.name) == ("standard", "planned_measurement"):
        words = {"max_rejected_share": 1.0}
    elif (feed.source, feed.name) == ("standard", "published_result"):
        words = {"minimum_rows": 1000}
    else:
        return feed
    contract = feed.contract.model_copy(update=words)
    return feed.model_copy(update={"contract": contract})


def take_in(feeds: tuple[Feed, ...], withdrawn: str | None) -> None:
    """What a run does at the door, and the withdrawal of a file by its name."""
    settings = load_settings()
    settings.lake.mkdir(parents=True, exist_ok=True)
    door = Door(settings, feeds)
    door.prepare()
    door.forget(TODAY)
    agencies = load_agencies(settings)
    for feed in feeds:
        door.take_in(find_arrivals(settings, [feed], agencies))
        door.retake(feed)
    ledger = load_ledger(settings)
    for delivery in ledger.keys() - withdrawn_ids(ledger):
        entry = ledger[delivery]
        if entry["file_name"] == withdrawn and entry["withdraws"] is None:
            withdraw(settings, ledger, delivery, "per vergissing geleverd")


def in_child(order: dict[str, Any], feeds: tuple[Feed, ...]) -> dict[str, Any]:
    """Carry out one order in a child of this process."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.environ["KLANTBEELD_HOME"] = order["home"]
        shim = ctypes.CDLL(None)
        shim.fault_count.restype = ctypes.c_long
        shim.fault_arm(
            order["home"].encode(),
            ctypes.c_long(order.get("at", 0)),
            ord(order.get("mode", "k")[0]),
        )
        reason = None
        try:
            if order.get("older"):
                feeds = tuple(older(feed) for feed in feeds)
            take_in(feeds, order.get("withdraw"))
        except BaseException:  # noqa: BLE001 - told to who gave the order
            reason = traceback.format_exc()
        calls = shim.fault_count()
        with contextlib.suppress(BrokenPipeError):
            os.write(writes, json.dumps({"calls": calls, "reason": reason}).encode())
        os._exit(reason is not None)
    os.close(writes)
    with os.fdopen(reads, "rb") as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    return {"ended": os.waitstatus_to_exitcode(status), **json.loads(told or b"{}")}


def orders() -> Iterator[dict[str, Any]]:
    """The orders on standard input."""
    for line in sys.stdin:
        yield json.loads(line)


if __name__ == "__main__":
    reading._in_child = read_here  # ty: ignore[invalid-assignment]
    declared = load_feeds(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    for asked in orders():
        print(json.dumps(in_child(asked, declared)), flush=True)
