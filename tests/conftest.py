"""What the tests share: the real chain, run once as a user runs it.

Belongs here: places, the shared run and what a bare machine may lack. Does not belong
here: any expectation of a figure (the tests hold those).
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest

from dagster_project.publish import current_publication, open_for_reading
from dagster_project.settings import Settings, load_settings
from dagster_project.warehouse import load_manifest

PROJECT = Path(__file__).resolve().parent.parent
# What a project has that is made, not written.
MADE = (".git", ".venv", "data", "target", "logs", "exports", ".*_cache", "__pycache__")


@dataclass(frozen=True)
class Installation:
    """A home and a landing zone of its own, for one copy of the project."""

    home: Path
    landing: Path
    project: Path = PROJECT

    @property
    def environment(self) -> dict[str, str]:
        """What a user sets; nothing of this machine's own settings gets through."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("KLANTBEELD_") and name != "DAGSTER_HOME"
        }
        return inherited | {
            "KLANTBEELD_HOME": str(self.home),
            "KLANTBEELD_LANDING": str(self.landing),
            "PYTHONPATH": str(self.project),
        }

    @property
    def settings(self) -> Settings:
        """The same places, for a test that calls the code itself."""
        with mock.patch.dict(os.environ, self.environment, clear=True):
            return replace(load_settings(), project=self.project)

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this installation."""
        return subprocess.run(
            command,
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def klantbeeld(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a user does."""
        return self.execute(sys.executable, "-m", "dagster_project.cli", *arguments)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """What the current publication answers."""
        with open_for_reading(current_publication(self.settings)) as connection:
            return connection.sql(sql).fetchall()

    def workbooks(self) -> dict[str, Path]:
        """The workbooks of the current publication, by file name."""
        folder = self.home / "exports" / current_publication(self.settings).id
        return {path.name: path for path in sorted(folder.rglob("*.xlsx"))}

    def copy(self, folder: Path) -> "Installation":
        """The same installation elsewhere, to change at will."""
        return Installation(
            home=Path(shutil.copytree(self.home, folder / "home", symlinks=True)),
            landing=Path(shutil.copytree(self.landing, folder / "landing")),
            project=self.project,
        )

    def land(self, place: str, content: bytes | str) -> Path:
        """Drop a file in the landing zone, finished an hour ago."""
        path = self.landing / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        long_ago = time.time() - 3600
        os.utime(path, (long_ago, long_ago))
        return path


@dataclass(frozen=True)
class Run:
    """A finished run of the chain: where, and what a user saw of it."""

    installation: Installation
    process: subprocess.CompletedProcess[str]
    seconds: float

    @property
    def output(self) -> str:
        """All that was printed."""
        return self.process.stdout + self.process.stderr


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`klantbeeld run` in an empty home, on a copy of the sample deliveries."""
    folder = tmp_path_factory.mktemp("first")
    landing = Path(shutil.copytree(PROJECT / "seeds" / "feeds", folder / "landing"))
    installation = Installation(home=folder / "home", landing=landing)
    started = time.monotonic()
    process = installation.klantbeeld("run")
    return Run(installation, process, time.monotonic() - started)


@pytest.fixture(scope="session")
def house(first_run: Run) -> Installation:
    """The installation after its first run: read it, but copy it before a change."""
    assert first_run.process.returncode == 0, first_run.output
    return first_run.installation


@pytest.fixture(scope="session")
def rebuilt(
    first_run: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, subprocess.CompletedProcess[str]]:
    """All that can be thrown away was, and the daily job made it again.

    Started by Dagster's own command in a process that has the user's settings only: as
    the schedule starts it, without our command line.
    """
    copy = first_run.installation.copy(tmp_path_factory.mktemp("rebuilt"))
    for made in ("lake", "published", "exports", "building"):
        shutil.rmtree(copy.home / made)
    (copy.home / "warehouse.duckdb").unlink()
    (copy.home / "last_run").unlink()
    module = ("-m", "dagster_project.definitions")
    process = copy.execute(
        sys.executable, "-m", "dagster", "job", "execute", *module, "-j", "klantbeeld"
    )
    return copy, process


@pytest.fixture(scope="session")
def marts(house: Installation) -> Iterator[duckdb.DuckDBPyConnection]:
    """The publication of the first run, open for reading."""
    with open_for_reading(current_publication(house.settings)) as connection:
        yield connection


@pytest.fixture(scope="session")
def rows(marts: duckdb.DuckDBPyConnection) -> Callable[[str], list[tuple[Any, ...]]]:
    """Ask the publication of the first run something in SQL."""
    return lambda sql: marts.sql(sql).fetchall()


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's manifest of this project; needs no run."""
    folder = tmp_path_factory.mktemp("manifest")
    return load_manifest(Installation(folder, folder / "landing").settings)


@pytest.fixture(scope="module")
def project_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as written, elsewhere: to change it as a newcomer would."""
    folder = tmp_path_factory.mktemp("copy") / "project"
    return Path(shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(*MADE)))


def need(there: bool, what: str) -> None:
    """Skip for want of what a bare machine lacks; where all must run, fail instead."""
    if there:
        return
    if os.environ.get("KLANTBEELD_TEST_ALL") == "1":
        pytest.fail(f"{what} is not here, and KLANTBEELD_TEST_ALL=1 asks for all tests")
    pytest.skip(f"{what} is not here")


@pytest.fixture(scope="session")
def soffice() -> str:
    """LibreOffice's command."""
    command = shutil.which("soffice")
    need(command is not None, "LibreOffice (soffice)")
    assert command is not None
    return command


@pytest.fixture(scope="session")
def domain() -> Path:
    """The sources that the sample deliveries were taken from, beside the checkout."""
    folder = PROJECT.parent / "shared" / "domain"
    need(folder.is_dir(), f"the folder of sources {folder.parent.name}/{folder.name}")
    return folder
