"""Withdrawing a delivery: a delivery of its own that says which one no longer counts.

Belongs here: the ledger's account of a withdrawal. Does not belong here: what that
means for the rows that count (dbt's staging says it), files that were withdrawn by
their name in the landing zone (feeds.py).
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from dagster_project.files import write_file
from dagster_project.settings import Settings

WITHDRAWAL = "withdrawal"


class CannotWithdrawError(LookupError):
    """There is no such delivery, or it cannot be withdrawn; the message says why."""


def withdrawal_entry(entry: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """The ledger entry that withdraws the delivery of another entry.

    It holds no rows and no time; the same delivery is withdrawn once, whatever the
    reason says.
    """
    text = f"{WITHDRAWAL}\0{entry['delivery_id']}"
    return {
        **entry,
        "delivery_id": "w" + hashlib.sha256(text.encode()).hexdigest()[:20],
        "status": WITHDRAWAL,
        "withdraws": entry["delivery_id"],
        "spans": [],
        "byte_count": 0,
        "delivered_count": 0,
        "accepted_count": 0,
        "rejected_count": 0,
        "reasons": [" ".join(reason.split())],
        "notes": [],
    }


def withdrawn_ids(ledger: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The deliveries that another one withdraws."""
    return {entry["withdraws"] for entry in ledger.values() if entry["withdraws"]}


def withdraw(
    settings: Settings,
    ledger: Mapping[str, Mapping[str, Any]],
    delivery_id: str,
    reason: str,
) -> dict[str, Any]:
    """Write the withdrawal of a delivery; the caller holds the lock of the run.

    Raises:
        CannotWithdrawError: no such delivery, or it is withdrawn or a withdrawal.
    """
    entry = ledger.get(delivery_id)
    if entry is None:
        raise CannotWithdrawError(f"no delivery has the id '{delivery_id}'")
    if entry["status"] == WITHDRAWAL:
        raise CannotWithdrawError(
            f"{delivery_id} is a withdrawal; to bring back what it withdrew, deliver"
            " that file again under a higher version (__v2)"
        )
    if delivery_id in withdrawn_ids(ledger):
        raise CannotWithdrawError(f"{delivery_id} is withdrawn already")
    made = withdrawal_entry(entry, reason)
    text = json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False)
    place = settings.lake / "deliveries" / f"{made['delivery_id']}.json"
    write_file(place, (text + "\n").encode())
    return made
