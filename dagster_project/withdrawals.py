"""Withdrawing a delivery: a delivery of its own that says which one no longer counts.

Belongs here: the ledger's account of a withdrawal. Does not belong here: what that
means for the rows that count (dbt's staging says it), files that were withdrawn by
their name in the landing zone (feeds.py).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from dagster_project.files import write_file
from dagster_project.settings import Settings

WITHDRAWAL = "withdrawal"
# A file `<name>.withdrawn` withdraws the file `<name>` that lies beside it.
MARKER = ".withdrawn"
IDENTIFYING = (
    "reporting_agency_code",
    "feed",
    "kind",
    "is_standard",
    "part",
    "version_number",
    "version_date",
    "period_code",
    "period_stated",
    "file_name",
    "content_hash",
)


class CannotWithdrawError(LookupError):
    """There is no such delivery, or it cannot be withdrawn; the message says why."""


def withdrawal_id(delivery_id: str) -> str:
    """The id of the withdrawal of a delivery: there is one at most."""
    text = f"{WITHDRAWAL}\0{delivery_id}"
    return "w" + hashlib.sha256(text.encode()).hexdigest()[:20]


def withdrawal_entry(
    entry: Mapping[str, Any], reasons: Iterable[str]
) -> dict[str, Any]:
    """The ledger entry that withdraws the delivery of another entry.

    It holds what identifies that delivery, no rows and no time: the same withdrawals
    give the same entry, whatever came first.
    """
    kept = {name: entry[name] for name in IDENTIFYING}
    return {
        **kept,
        "delivery_id": withdrawal_id(entry["delivery_id"]),
        "status": WITHDRAWAL,
        "withdraws": entry["delivery_id"],
        "is_simulated": entry["is_simulated"],
        "first_month": None,
        "last_month": None,
        "spans": [],
        "byte_count": 0,
        "delivered_count": 0,
        "accepted_count": 0,
        "rejected_count": 0,
        "reasons": sorted({" ".join(reason.split()) for reason in reasons}),
        "notes": [],
        "masked": {},
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
    made = withdrawal_entry(entry, [reason])
    write_withdrawal(settings, made)
    return made


def write_withdrawal(settings: Settings, made: Mapping[str, Any]) -> None:
    """Commit a withdrawal to the ledger."""
    text = json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False)
    place = settings.lake / "deliveries" / f"{made['delivery_id']}.json"
    write_file(place, (text + "\n").encode())
