"""A publication: what the marts say, frozen under a name of its own.

Belongs here: freezing the marts, their content hash, the switch to a new
publication, opening one for reading. Does not belong here: workbooks (exports.py) or
what a mart holds.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.files import hash_file, switch_link, sync_folder, write_file
from dagster_project.settings import Settings
from dagster_project.sql import identifier, quote

AUDIENCE = "steward"
DATABASE = "klantbeeld.duckdb"


class NothingPublishedError(Exception):
    """There is no publication yet."""


class OvertakenError(Exception):
    """Another run published in the meantime; nothing was switched."""


@dataclass(frozen=True)
class Publication:
    """A publication: its folder and what `publication.json` says."""

    folder: Path
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """`<sequence>-<first 12 of the content hash>`."""
        return self.facts["id"]

    @property
    def database(self) -> Path:
        """The file that holds every mart."""
        return self.folder / AUDIENCE / DATABASE


def mart_names(manifest: dict[str, Any]) -> list[str]:
    """The marts that are published, by name: none with a row for each person."""
    return sorted(
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["schema"] == "marts"
        and not node["config"].get("meta", {}).get("not_published")
    )


def current_publication(settings: Settings) -> Publication:
    """The publication that `current` points at, by its real path.

    Raises:
        NothingPublishedError: nothing has been published yet.
    """
    link = settings.published / "current"
    if not link.exists():
        raise NothingPublishedError(
            "nothing has been published yet; run 'klantbeeld run' first"
        )
    return _load(link.resolve())


def _load(folder: Path) -> Publication:
    return Publication(folder, json.loads((folder / "publication.json").read_text()))


def publish(settings: Settings, manifest: dict[str, Any]) -> tuple[Publication, bool]:
    """Freeze the warehouse's marts; the second answer is whether they are new.

    The same figures give the publication that is there already.

    Raises:
        OvertakenError: a newer publication appeared meanwhile.
    """
    try:
        former: Publication | None = current_publication(settings)
    except NothingPublishedError:
        former = None
    making = settings.published / ".making"
    shutil.rmtree(making, ignore_errors=True)
    (making / AUDIENCE).mkdir(parents=True)
    marts = mart_names(manifest)
    rows = _freeze(settings.warehouse, making / AUDIENCE, marts, manifest)
    hashes = {mart: hash_file(making / AUDIENCE / f"{mart}.parquet") for mart in marts}
    content_hash = hashlib.sha256(
        "".join(f"{mart} {hashes[mart]}\n" for mart in marts).encode()
    ).hexdigest()
    if former is not None and former.facts["content_hash"] == content_hash:
        shutil.rmtree(making)
        return former, False
    sequence = former.facts["sequence"] + 1 if former else 1
    facts = {
        "id": f"{sequence}-{content_hash[:12]}",
        "sequence": sequence,
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "status": "provisional",
        "content_hash": content_hash,
        "deliveries": sorted(
            path.stem
            for path in (settings.lake / "deliveries").glob("*.json")
            if path.stem != "none"
        ),
        "row_counts": rows,
        "files": {f"{AUDIENCE}/{mart}.parquet": hashes[mart] for mart in marts},
    }
    write_file(
        making / "publication.json",
        (json.dumps(facts, indent=1, ensure_ascii=False) + "\n").encode(),
    )
    folder = settings.published / facts["id"]
    shutil.rmtree(folder, ignore_errors=True)
    sync_folder(making / AUDIENCE)
    making.replace(folder)
    _switch(settings, former, folder)
    return _load(folder), True


def _switch(settings: Settings, former: Publication | None, folder: Path) -> None:
    link = settings.published / "current"
    now = link.resolve().name if link.exists() else None
    if now != (former.id if former else None):
        shutil.rmtree(folder)
        raise OvertakenError(f"another run published {now} meanwhile; run again")
    switch_link(link, folder.name)


def _freeze(
    warehouse: Path, folder: Path, marts: Iterable[str], manifest: dict[str, Any]
) -> dict[str, int]:
    rows = {}
    # One thread and a full order: the same rows give the same bytes.
    with duckdb.connect(str(folder / DATABASE), config={"threads": 1}) as connection:
        connection.execute(f"attach {quote(str(warehouse))} as warehouse (read_only)")
        for mart in marts:
            table = identifier(mart)
            connection.execute(
                f"create table {table} as select * from warehouse.marts.{table}"
                " order by all"
            )
            connection.execute(
                f"copy (select * from {table} order by all) to"
                f" {quote(str(folder / f'{mart}.parquet'))}"
                " (format parquet, compression zstd)"
            )
            count = connection.sql(f"select count(*) from {table}").fetchone()
            assert count is not None
            rows[mart] = count[0]
        _describe(connection, set(rows), manifest)
        connection.execute("detach warehouse")
    return rows


def _describe(
    connection: duckdb.DuckDBPyConnection, marts: set[str], manifest: dict[str, Any]
) -> None:
    for node in manifest["nodes"].values():
        if node["name"] not in marts or node["resource_type"] != "model":
            continue
        table = identifier(node["name"])
        connection.execute(f"comment on table {table} is {quote(node['description'])}")
        for column in node["columns"].values():
            connection.execute(
                f"comment on column {table}.{identifier(column['name'])}"
                f" is {quote(column['description'])}"
            )


def open_for_reading(publication: Publication) -> duckdb.DuckDBPyConnection:
    """Open a publication for reading, with no way to any other file."""
    connection = duckdb.connect(
        str(publication.database.resolve()),
        read_only=True,
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        },
    )
    locked = connection.execute("select current_setting('lock_configuration')")
    # Connections of one process to one file share their settings.
    if not (locked.fetchone() or (False,))[0]:
        connection.execute("set lock_configuration = true")
    return connection
