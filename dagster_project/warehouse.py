"""The middle: dbt brings a copy of the warehouse up to date; the good copy is kept.

Belongs here: running dbt, knowing whether there is anything to do, switching to the
new build, and dbt's pages on it. Does not belong here: anything about the shape of the
data (dbt_project/).
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dagster_project.files import sync_file, sync_folder, write_file
from dagster_project.settings import Settings

# Folders inside the dbt project that dbt itself fills.
MADE_BY_DBT = ("target", "logs", "dbt_packages")


class BuildError(Exception):
    """dbt could not build the warehouse; the message says what failed."""


def project_hash(settings: Settings) -> str:
    """Changes with any model, contract, workbook declaration or look-up table."""
    digest = hashlib.sha256()
    for path in _project_files(settings):
        digest.update(str(path.relative_to(settings.project)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _project_files(settings: Settings) -> Iterator[Path]:
    for folder in (settings.dbt_project, settings.reference):
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).parts
            if path.is_file() and inside[0] not in (*MADE_BY_DBT, ".user.yml"):
                yield path


def load_manifest(settings: Settings) -> dict[str, Any]:
    """The manifest of dbt, parsed again where the project has changed since."""
    target = settings.dbt_project / "target"
    stamp = target / "klantbeeld.hash"
    manifest = target / "manifest.json"
    # dbt keeps the place of the project in what it parsed: a copy parses anew.
    current = f"{project_hash(settings)} {settings.dbt_project}"
    if stamp.is_file() and stamp.read_text() == current:
        # Half of it, where a run was killed while dbt wrote it again.
        with contextlib.suppress(FileNotFoundError, ValueError):
            return json.loads(manifest.read_text(encoding="utf-8"))
    (target / "partial_parse.msgpack").unlink(missing_ok=True)
    _parse(settings)
    write_file(stamp, current.encode())
    return json.loads(manifest.read_text(encoding="utf-8"))


def _parse(settings: Settings) -> None:
    result = _dbt(settings, "--quiet", "parse")
    if result.returncode:
        raise BuildError(f"dbt cannot read the project:\n{result.stdout.strip()}")


def _dbt(
    settings: Settings, *words: str, **places: str
) -> subprocess.CompletedProcess[str]:
    """Run dbt by itself; `places` replace those of the settings."""
    return subprocess.run(
        [dbt_executable(), *words, *_folders(settings)],
        env={**os.environ, **settings.environment(), **places},
        cwd=settings.dbt_project,
        capture_output=True,
        text=True,
        check=False,
    )


def _folders(settings: Settings) -> list[str]:
    return [
        "--project-dir",
        str(settings.dbt_project),
        "--profiles-dir",
        str(settings.dbt_project),
    ]


def dbt_executable() -> str:
    """The dbt of this very environment, whatever the search path says."""
    beside = Path(sys.executable).parent / "dbt"
    return str(beside) if beside.is_file() else "dbt"


def build_stamp(settings: Settings) -> str:
    """What a build is made of: the project, the deliveries and labels that exist."""
    digest = hashlib.sha256(project_hash(settings).encode())
    deliveries = sorted((settings.lake / "deliveries").glob("*.json"))
    labels = sorted((settings.lake / "labels").glob("*.parquet"))
    for path in [*deliveries, *labels]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _made_by(settings: Settings) -> Path:
    """Which project made the warehouse, written down beside it."""
    return settings.warehouse.with_name(f"{settings.warehouse.name}.project")


def start_from_nothing(settings: Settings) -> None:
    """Let the next build make all facts anew; the last one stands until it is done."""
    _made_by(settings).unlink(missing_ok=True)


def start_build(settings: Settings) -> str:
    """Lay a copy of the last good build at the path on which dbt works.

    dbt then makes anew only what the deliveries touch that changed. Another project
    may make other facts of the same deliveries: its build starts from nothing. Returns
    the hash of the project.
    """
    building = settings.building
    building.parent.mkdir(parents=True, exist_ok=True)
    for left in building.parent.glob(f"{building.name}*"):
        left.unlink()
    project = project_hash(settings)
    made_by = _made_by(settings)
    if (
        settings.warehouse.is_file()
        and made_by.is_file()
        and made_by.read_text() == project
    ):
        shutil.copyfile(settings.warehouse, building)
    return project


def finish_build(settings: Settings, project: str) -> None:
    """Make the build the warehouse; until here the former one was untouched."""
    sync_file(settings.building)
    made_by = _made_by(settings)
    # Nothing says who made it while the two could differ.
    made_by.unlink(missing_ok=True)
    settings.building.replace(settings.warehouse)
    write_file(made_by, project.encode())
    sync_folder(settings.warehouse.parent)


def write_docs(settings: Settings) -> Path:
    """One page on every model, column and test of the last build, to open in a browser.

    Raises BuildError where there is no build yet or dbt cannot describe it.
    """
    if not settings.warehouse.is_file():
        raise BuildError("there is no warehouse yet: `klantbeeld run` makes one")
    page = settings.warehouse.parent / "docs" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=page.parent) as folder:
        # dbt opens what it describes for writing.
        copy = Path(shutil.copy(settings.warehouse, folder))
        result = _dbt(
            settings,
            *("docs", "generate", "--static"),
            *("--target-path", folder, "--log-path", folder),
            KLANTBEELD_BUILDING=str(copy),
        )
        if result.returncode:
            raise BuildError(
                f"dbt cannot describe the warehouse:\n{result.stdout.strip()}"
            )
        write_file(page, Path(folder, "static_index.html").read_bytes())
    return page


def failures(run_results: dict[str, Any]) -> list[str]:
    """What failed in a dbt run, a line each."""
    lines = []
    for result in run_results["results"]:
        if result["status"] in ("error", "fail"):
            name = result["unique_id"].split(".")[2]
            message = " ".join((result["message"] or "").split())
            lines.append(f"{name}: {message}")
    return lines
