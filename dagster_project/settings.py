"""Where things lie: every place is one setting with one environment variable.

Belongs here: paths and other settings that differ between installations. Does
not belong here: anything about a feed, a mart or a workbook (dbt's YAML says that).
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fsspec import config
from upath import UPath

PROJECT_ROOT = Path(__file__).resolve().parent.parent
# A URL is written down in logs and in the lake; a password must not be.
PASSWORD_IN_URL = re.compile(r"://[^/]*:[^/]*@")


class SettingsError(Exception):
    """A setting that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """The places of one installation.

    `landing` may be any fsspec URL; the other places are local folders, since
    DuckDB and an atomic rename need a file system.
    """

    landing: UPath
    archive: Path
    lake: Path
    warehouse: Path
    published: Path
    exports: Path
    project: Path = PROJECT_ROOT

    @property
    def dbt_project(self) -> Path:
        """The folder of the dbt project."""
        return self.project / "dbt_project"

    @property
    def reference(self) -> Path:
        """The look-up tables written by hand."""
        return self.project / "seeds" / "reference"

    @property
    def building(self) -> Path:
        """The fixed path at which dbt brings a copy of the warehouse up to date."""
        return self.warehouse.parent / "building" / self.warehouse.name

    def environment(self) -> dict[str, str]:
        """What dbt and child processes need to find the same places."""
        return {
            "KLANTBEELD_LANDING": str(self.landing),
            "KLANTBEELD_ARCHIVE": str(self.archive),
            "KLANTBEELD_LAKE": str(self.lake),
            "KLANTBEELD_WAREHOUSE": str(self.warehouse),
            "KLANTBEELD_BUILDING": str(self.building),
            "KLANTBEELD_PUBLISHED": str(self.published),
            "KLANTBEELD_EXPORTS": str(self.exports),
        }


def load_settings() -> Settings:
    """Read the settings from the environment.

    Without any setting the sample deliveries are the landing zone and everything
    that is made lies in the checkout: `data/` and `exports/`.
    """
    home = os.environ.get("KLANTBEELD_HOME")
    base = Path(home).resolve() if home else PROJECT_ROOT / "data"
    defaults = {
        "landing": base / "landing" if home else PROJECT_ROOT / "seeds" / "feeds",
        "archive": base / "archive",
        "lake": base / "lake",
        "warehouse": base / "warehouse.duckdb",
        "published": base / "published",
        "exports": base / "exports" if home else PROJECT_ROOT / "exports",
    }
    places = {
        name: Path(os.environ.get(f"KLANTBEELD_{name.upper()}", default)).resolve()
        for name, default in defaults.items()
        if name != "landing"
    }
    landing = os.environ.get("KLANTBEELD_LANDING", str(defaults["landing"]))
    return Settings(landing=_landing(landing), **places)


def _landing(place: str) -> UPath:
    if "://" not in place:
        return UPath(Path(place).resolve())
    if PASSWORD_IN_URL.search(place):
        raise SettingsError(
            "KLANTBEELD_LANDING has a password in its URL, and a URL is written down;"
            " give the password by a variable of its own (docs/running.md)"
        )
    protocol = place.partition("://")[0]
    # sshfs does not ask fsspec for its settings, the others do.
    known: dict[str, Any] = {}
    config.set_conf_files(config.conf_dir, known)
    config.set_conf_env(known)
    options: dict[str, Any] = known.get(protocol, {})
    if protocol in ("sftp", "ssh"):
        # Left to itself sshfs talks to any server that answers; this is ~/.ssh's list.
        options = {"known_hosts": (), **options}
    return UPath(place, **options)
