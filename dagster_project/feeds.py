"""The door: landed files -> accepted and refused rows in the lake, and the ledger.

Belongs here: finding files, giving a delivery its identity, committing it, and the
Dagster-free account of what happened. Does not belong here: parsing files
(reading.py), the rules of a contract (checks.py), anything that dbt makes of the lake.

A delivery exists when, and only when, `lake/deliveries/<id>.json` names it; that file
is written last, so a run that dies leaves nothing that counts and the next run makes
the same lake.
"""

import contextlib
import copy
import fnmatch
import functools
import hashlib
import itertools
import json
import os
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from upath import UPath

from dagster_project import reading
from dagster_project.checks import (
    QUOTE_CLOSES,
    QUOTE_OPENS,
    READ_LENGTH,
    Checker,
    CodeList,
    load_code_list,
    load_lists,
    period_months_sql,
    quote_values,
)
from dagster_project.contracts import STANDARD_SOURCE, Feed, StatedWords
from dagster_project.files import (
    append_line,
    clear_scratch,
    commit_file,
    hash_file,
    scratch_folder,
    write_file,
)
from dagster_project.personal_data import (
    Keyring,
    load_keyring,
    masks,
    pseudonyms,
    scrub,
)
from dagster_project.settings import Settings
from dagster_project.sql import identifier, quote
from dagster_project.withdrawals import (
    MARKER,
    WITHDRAWAL,
    withdrawal_entry,
    withdrawal_id,
    write_withdrawal,
)

# Names that upload programs and office programs give to files that are not finished.
UNFINISHED = ("*.part", "*.partial", "*.filepart", "*.tmp", "*.crdownload", "~$*", ".*")
# A file must have been left alone for so long before it is taken in.
SETTLE_SECONDS = 2.0
# DuckDB's share of what a delivery of any size may take.
MEMORY_LIMIT = "700MB"
# One names the pieces of a check and uses them often. These two write each piece out
# wherever it is used, or work out what only few rows need for all.
NOT_FOR_CHECKS = "filter_pushdown,common_subexpressions"
# Shown in a message; the ledger keeps them all.
SHOWN_REASONS = 5
SHOWN_VALUES = 10

FILE_VERSION = re.compile(r"__v(\d+)", re.IGNORECASE)
FILE_DATE = re.compile(r"(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)")
FILE_PERIOD = re.compile(
    r"(?<![\w-])((?:19|20)\d\d(?:-(?:H[12]|Q[1-4]|0[1-9]|1[0-2]))?)(?![\w-])",
    re.IGNORECASE,
)


class LandingZoneError(Exception):
    """The landing zone cannot be reached or read."""


@dataclass(frozen=True)
class Landed:
    """A file in the landing zone that belongs to a feed."""

    agency_code: str
    feed: Feed
    part: str | None
    path: UPath

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.name


@dataclass(frozen=True)
class Outcome:
    """What became of one file: its ledger entry and whether this run made it."""

    entry: dict[str, Any]
    is_new: bool

    @property
    def status(self) -> str:
        """`accepted` or `refused`."""
        return self.entry["status"]


@dataclass
class Arrivals:
    """What the landing zone holds."""

    landed: list[Landed] = field(default_factory=list)
    withdrawals: list[Landed] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Identity:
    """What tells one delivery from another."""

    agency_code: str
    feed: str
    part: str | None
    version_number: int
    version_date: str | None
    period_code: str | None
    content_hash: str

    @property
    def delivery_id(self) -> str:
        """The id: a letter and the start of a hash over all that identifies it."""
        text = "\0".join(
            str(value if value is not None else "")
            for value in (
                self.agency_code,
                self.feed,
                self.part,
                self.version_number,
                self.version_date,
                self.period_code,
                self.content_hash,
            )
        )
        return "d" + hashlib.sha256(text.encode()).hexdigest()[:20]


# -- finding files --------------------------------------------------------------


def find_arrivals(
    settings: Settings, feeds: Iterable[Feed], agencies: Iterable[str]
) -> Arrivals:
    """List the landing zone: `<agency>/<feed>/[<part>/]<file>`.

    A file in a folder that no contract names is reported, never guessed at.
    """
    by_label = {(feed.source, feed.name): feed for feed in feeds}
    markers: list[Landed] = []
    known = set(agencies)
    arrivals = Arrivals()
    for parts, path, kind in _walk(settings.landing):
        name = "/".join(parts)
        if any(fnmatch.fnmatch(parts[-1], pattern) for pattern in UNFINISHED):
            arrivals.left_alone.append(name)
            continue
        if kind != "file":
            arrivals.unexpected.append(f"{name}: a link or device, not a file")
            continue
        if len(parts) < 3:
            if parts[-1] != "README.md":
                arrivals.unexpected.append(
                    f"{name}: put files in <agency>/<feed>/, this one is not read"
                )
            continue
        agency, feed_name, *folders = parts[:-1]
        feed = by_label.get((agency, feed_name)) or by_label.get(
            (STANDARD_SOURCE, feed_name)
        )
        if agency not in known:
            arrivals.unexpected.append(
                f"{name}: agency '{agency}' has no row in seeds/reference/agencies.csv"
            )
        elif feed is None:
            arrivals.unexpected.append(f"{name}: no contract is called '{feed_name}'")
        elif parts[-1].endswith(MARKER):
            part = "/".join(folders) or None
            markers.append(Landed(agency, feed, part, path))
        elif not fnmatch.fnmatch(parts[-1].lower(), feed.contract.files.lower()):
            arrivals.unexpected.append(
                f"{name}: {feed.label} takes files named {feed.contract.files}"
            )
        else:
            part = "/".join(folders) or None
            arrivals.landed.append(Landed(agency, feed, part, path))
    beside = {str(landed.path) for landed in arrivals.landed}
    for marker in markers:
        if _marked(marker) in beside:
            arrivals.withdrawals.append(marker)
        else:
            arrivals.unexpected.append(
                f"{marker.path.name}: nothing is withdrawn, since no file"
                f" {marker.name.removesuffix(MARKER)} lies beside it; put that file"
                " back, or use klantbeeld withdraw"
            )
    return arrivals


def _marked(marker: Landed) -> str:
    """The place of the file that a marker withdraws."""
    return str(marker.path).removesuffix(MARKER)


def landing_exists(settings: Settings) -> bool:
    """Whether there is a landing zone.

    Raises:
        LandingZoneError: nobody can tell, since it cannot be reached or read.
    """
    try:
        next(_held(settings.landing, anew=True), None)
    except FileNotFoundError:
        return False
    return True


def landing_state(settings: Settings) -> list[tuple[str, list[float]]]:
    """Every landed file with its size and time: changes when anything lands."""
    return [
        ("/".join(parts), _stamp(path))
        for parts, path, kind in _walk(settings.landing)
        if kind != "link"
    ]


def _walk(
    folder: UPath, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], UPath, str]]:
    """Where each thing lies that is no folder, and its kind."""
    try:
        held = sorted(_held(folder, anew=not above), key=lambda held: held[0].name)
    except FileNotFoundError:
        return
    for path, kind in held:
        parts = (*above, path.name)
        if kind == "directory":
            yield from _walk(path, parts)
        else:
            yield parts, path, kind


def _held(folder: UPath, *, anew: bool) -> Iterator[tuple[UPath, str]]:
    """What a folder holds, each with its kind: `file`, `directory` or another.

    `anew`: a listing that was kept would hide what has come since.

    Raises:
        FileNotFoundError: there is no such folder.
        LandingZoneError: it cannot be reached or read.
    """
    try:
        if anew:
            folder.fs.invalidate_cache()
        yield from _listed(folder)
    except FileNotFoundError:
        raise
    # Each library has errors of its own, down to bare ones of its transport.
    except Exception as error:
        reason = " ".join(str(error).split("\n")[0].split()) or "no reason was given"
        raise LandingZoneError(
            f"the landing zone {folder} cannot be read:"
            f" {type(error).__name__}: {reason}"
        ) from error


def _listed(folder: UPath) -> Iterator[tuple[UPath, str]]:
    if _is_local(folder):
        for path in folder.iterdir():
            if path.is_symlink():
                yield path, "link"
            elif path.is_dir():
                yield path, "directory"
            else:
                yield path, "file" if path.is_file() else "device"
        return
    # One listing a folder: asked one by one, SFTP follows links and a server that does
    # not answer reads as a file that is not there.
    for entry in folder.fs.ls(folder.path, detail=True):
        place = entry["name"].rstrip("/")
        name = place.rpartition("/")[2]
        # An object store may list the folder itself, as an object without content.
        if name and place.strip("/") != folder.path.strip("/"):
            yield folder / name, entry["type"]


# -- the door -------------------------------------------------------------------


class Door:
    """Takes deliveries in, exactly once.

    One door serves one run, which holds the run's lock.
    """

    def __init__(
        self,
        settings: Settings,
        feeds: Iterable[Feed],
        log: Callable[[str], None] = lambda message: None,
    ) -> None:
        """Open the door on the places of `settings` for the feeds declared."""
        self.settings = settings
        self.feeds = tuple(feeds)
        self.log = log
        self.code_lists: dict[str, CodeList] = {}
        for feed in self.feeds:
            self.code_lists |= load_lists(settings.reference, feed)
            Checker(feed, self.code_lists, None, None).prove()
        self.seen = _read_json(settings.warehouse.parent / "seen.json")
        self.ledger = load_ledger(settings)
        self.arrived = set(first_arrivals(settings))

    def contract_hash(self, feed: Feed) -> str:
        """Changes with the contract or with a list that it names."""
        lists = {
            column.words.codes: self.code_lists[column.words.codes].terms
            for column in feed.columns
            if column.words.codes
        }
        text = json.dumps([feed.model_dump(mode="json"), lists], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def prepare(self) -> None:
        """Give every declared feed a file without rows: an empty glob fails a model."""
        lake = self.settings.lake
        # As it came means with personal data: for the pipeline alone.
        self.settings.archive.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.settings.warehouse.parent
        for folder in (lake, lake / "deliveries", self.settings.archive, beside):
            clear_scratch(folder)
        with scratch_folder(lake) as scratch, duckdb.connect() as connection:
            for feed in self.feeds:
                checker = Checker(feed, self.code_lists, None, None)
                query = checker.empty(tuple(_constants("", "", "")))
                target = _part(lake, "accepted", feed.source, feed.name, "none")
                _copy_if_new(connection, query, target, scratch)
            _copy_if_new(
                connection,
                f"{_rejected_select('', '', '')} where false",
                _part(lake, "rejected", "none", "none", "none"),
                scratch,
            )
        nothing = {"delivery_id": "none", "status": "none"}
        write_file(lake / "deliveries" / "none.json", _json_bytes(nothing))

    def forget(self, today: date) -> int:
        """Delete archived files past their retention, and count them.

        The ledger keeps the account of each delivery, and the lake its rows.
        """
        arrived = first_arrivals(self.settings)
        kept_for = {
            (feed.source, feed.name): feed.contract.retention_days
            for feed in self.feeds
        }
        gone = 0
        for delivery, entry in self.ledger.items():
            days = kept_for.get(_feed_of(entry))
            archived = _archived(self.settings, entry)
            if days is None or delivery not in arrived or not archived.is_file():
                continue
            if (today - arrived[delivery].date()).days > days:
                archived.unlink()
                gone += 1
        return gone

    def take_in(self, arrivals: Arrivals) -> list[Outcome]:
        """Take in what landed, then withdraw what a file beside it withdraws."""
        outcomes = {}
        steps = [(landed, self._take_in_file) for landed in arrivals.landed]
        steps += [(marker, self._withdraw) for marker in arrivals.withdrawals]
        for landed, step in steps:
            outcome = step(landed)
            if outcome is None:
                continue
            delivery = outcome.entry["delivery_id"]
            outcomes[delivery] = outcome
            # A run that died after it wrote the ledger left the log without it.
            if outcome.is_new or delivery not in self.arrived:
                _log_arrival(self.settings, str(landed.path), delivery)
                self.arrived.add(delivery)
        write_file(self.settings.warehouse.parent / "seen.json", _json_bytes(self.seen))
        return list(outcomes.values())

    def retake(self, feed: Feed) -> list[Outcome]:
        """Read again, from the archive, what was taken in under another contract."""
        outcomes = []
        for entry in list(self.ledger.values()):
            if entry["status"] == WITHDRAWAL:
                continue
            if _feed_of(entry) != (feed.source, feed.name):
                continue
            if entry["contract_hash"] == self.contract_hash(feed):
                continue
            archived = _archived(self.settings, entry)
            if not archived.is_file():
                self.log(f"{entry['delivery_id']}: the archive no longer has it")
                continue
            with self._scratch() as scratch:
                copy = _room(scratch) / entry["file_name"]
                shutil.copyfile(archived, copy)
                identity = Identity(
                    agency_code=entry["reporting_agency_code"],
                    feed=entry["feed"],
                    part=entry["part"],
                    version_number=entry["version_number"],
                    version_date=entry["version_date"],
                    period_code=entry["period_stated"],
                    content_hash=entry["content_hash"],
                )
                delivered = _Delivered(copy, feed, scratch)
                outcomes.append(self._judge(delivered, identity))
        return outcomes

    def check(self, path: Path, feed: Feed, agency_code: str) -> Outcome:
        """A dry run: what would be accepted and refused; no place is touched."""
        with tempfile.TemporaryDirectory(prefix="klantbeeld-") as name:
            elsewhere = copy.copy(self)
            elsewhere.settings = replace(
                self.settings,
                archive=Path(name) / "archive",
                lake=Path(name) / "lake",
                warehouse=Path(name) / "warehouse.duckdb",
            )
            with elsewhere._scratch() as scratch:
                copied = _room(scratch) / path.name
                shutil.copyfile(path, copied)
                delivered = _Delivered(copied, feed, scratch)
                identity = delivered.identify(agency_code, None)
                return elsewhere._judge(delivered, identity, commit=False)

    def _take_in_file(self, landed: Landed) -> Outcome | None:
        place = str(landed.path)
        try:
            stamp = _stamp(landed.path)
        except FileNotFoundError:
            self.log(f"{place}: gone again before it was read")
            return None
        known = self.seen.get(place)
        if known and known["stamp"] == stamp:
            entry = self.ledger.get(known["delivery_id"])
            if entry and entry["contract_hash"] == self.contract_hash(landed.feed):
                return Outcome(entry, is_new=False)
        with self._scratch() as scratch:
            copy = _room(scratch) / landed.name
            if not _copy_settled(landed.path, copy, stamp):
                self.log(f"{place}: still being written, left for the next run")
                return None
            delivered = _Delivered(copy, landed.feed, scratch)
            identity = delivered.identify(landed.agency_code, landed.part)
            entry = self.ledger.get(identity.delivery_id)
            if entry and entry["contract_hash"] == self.contract_hash(landed.feed):
                outcome = Outcome(entry, is_new=False)
                if landed.name < entry["file_name"]:
                    # Of all names it came under the first in the alphabet is shown, in
                    # its reasons too.
                    outcome = replace(self._judge(delivered, identity), is_new=False)
            else:
                outcome = self._judge(delivered, identity)
            self.seen[place] = {"stamp": stamp, "delivery_id": identity.delivery_id}
        return outcome

    def _withdraw(self, landed: Landed) -> Outcome | None:
        """Withdraw what lies beside a marker; its text is the reason, if it has any."""
        stamp, place = _stamp(landed.path), str(landed.path)
        marked = self.seen.get(_marked(landed))
        if marked is None:
            return None
        delivery = marked["delivery_id"]
        made = self.ledger.get(withdrawal_id(delivery))
        known = self.seen.get(place)
        if made and known == {"stamp": stamp, "delivery_id": made["delivery_id"]}:
            return Outcome(made, is_new=False)
        with self._scratch() as scratch:
            copy = _room(scratch) / landed.name
            if not _copy_settled(landed.path, copy, stamp):
                self.log(f"{place}: still being written, left for the next run")
                return None
            text = copy.read_bytes()[:READ_LENGTH].decode("utf-8", errors="replace")
        reason = scrub(text)[0].strip() or f"ingetrokken met een bestand {MARKER}"
        reasons = [*made["reasons"], reason] if made else [reason]
        entry = withdrawal_entry(self.ledger[delivery], reasons)
        write_withdrawal(self.settings, entry)
        self.ledger[entry["delivery_id"]] = entry
        self.seen[place] = {"stamp": stamp, "delivery_id": entry["delivery_id"]}
        return Outcome(entry, is_new=entry != made)

    def _scratch(self) -> AbstractContextManager[Path]:
        """Where a delivery is opened: with the archive, since it is as it came."""
        return scratch_folder(self.settings.archive)

    def keyring(self) -> Keyring:
        """The keys of pseudonyms, made on first use, outside lake and archive."""
        settings = self.settings
        return load_keyring(
            settings.warehouse.parent / "pseudonym.keys",
            outside=(settings.lake, settings.archive, settings.published),
        )

    def _judge(
        self, delivered: "_Delivered", identity: Identity, *, commit: bool = True
    ) -> Outcome:
        # What enters the lake is made beside it, so that a rename commits it.
        with scratch_folder(self.settings.lake) as made_in:
            delivery = _Delivery(self, delivered, identity, made_in)
            entry = delivery.entry()
            if commit:
                settings = self.settings
                # The copy that was read, not the landed file: that may have changed.
                commit_file(delivered.path, _archived(settings, entry), mode=0o600)
                parts = {
                    layer: _part(
                        settings.lake,
                        layer,
                        identity.agency_code,
                        identity.feed,
                        identity.delivery_id,
                    )
                    for layer in ("accepted", "rejected")
                }
                for layer, made in delivery.made.items():
                    commit_file(made, parts[layer])
                for layer in parts.keys() - delivery.made.keys():
                    # Left from a contract under which the delivery came out otherwise.
                    # Before the ledger: after it, a run that dies would leave it there.
                    parts[layer].unlink(missing_ok=True)
                withdrawal = self.ledger.get(withdrawal_id(entry["delivery_id"]))
                if withdrawal:
                    # It repeats what the delivery is called.
                    self._write_entry(withdrawal_entry(entry, withdrawal["reasons"]))
                self._write_entry(entry)
            return Outcome({**entry, "rejected_rows": delivery.examples}, is_new=True)

    def _write_entry(self, entry: dict[str, Any]) -> None:
        self.ledger[entry["delivery_id"]] = entry
        path = self.settings.lake / "deliveries" / f"{entry['delivery_id']}.json"
        write_file(path, _json_bytes(entry))


class _Delivered:
    """A private copy of a delivered file, read once something in it is asked for."""

    def __init__(self, path: Path, feed: Feed, scratch: Path) -> None:
        self.path, self.feed, self.scratch = path, feed, scratch

    @functools.cached_property
    def reading(self) -> reading.Reading:
        return reading.read(self.path, self.feed.layout, self.scratch)

    def texts(self, words: StatedWords) -> list[str]:
        """What stands at the place that a contract names."""
        if words.source == "file_name":
            return [self.path.name]
        if words.cell is not None:
            return [text for text in [self.reading.cells.get(words.cell)] if text]
        place = identifier(words.column or "sheet")
        rows = duckdb.sql(
            f"select distinct {place} from {self.reading.relation}"
            f" where {place} is not null order by all"
        ).fetchall()
        return [text for (text,) in rows]

    def periods(self) -> set[str]:
        """The periods that it states where the contract says so."""
        words = self.feed.contract.period
        found = map(words.found_in, self.texts(words)) if words else ()
        return {period for period in found if period is not None}

    def versions(self) -> set[int]:
        """The versions that it states where the contract says so."""
        words = self.feed.contract.version
        found = map(words.found_in, self.texts(words)) if words else ()
        return {version for version in found if version is not None}

    def is_simulated(self) -> bool:
        """Whether it says so of itself."""
        words = self.feed.contract.simulated
        return words is not None and any(
            re.search(words.pattern, text, re.IGNORECASE) for text in self.texts(words)
        )

    def identify(self, agency_code: str, part: str | None) -> Identity:
        """What tells it from others; what it states twice or not at all is left out."""
        contract, name = self.feed.contract, self.path.name
        periods, versions = set(), set()
        with contextlib.suppress(reading.Unreadable):
            periods, versions = self.periods(), self.versions()
        if contract.period is None:
            stem = FILE_DATE.sub(" ", FILE_VERSION.sub(" ", Path(name).stem))
            found = FILE_PERIOD.search(stem.replace("_", " "))
            periods = {found[1].upper()} if found else set()
        if contract.version is None:
            versions = {int(number) for number in FILE_VERSION.findall(name)[:1]}
        dated = FILE_DATE.search(name)
        return Identity(
            agency_code=agency_code,
            feed=self.feed.name,
            part=part,
            version_number=versions.pop() if len(versions) == 1 else 1,
            version_date="-".join(dated.groups()) if dated else None,
            period_code=periods.pop() if len(periods) == 1 else None,
            content_hash=hash_file(self.path),
        )

    def must_be_clear(self) -> None:
        """Hold what it states against the contract.

        Raises:
            Unreadable: it states no period, or two of a thing.
        """
        contract = self.feed.contract
        periods = self.periods()
        if contract.period and not periods:
            raise reading.Unreadable(
                f"{self.path.name} noemt geen periode. Zet ze"
                f" {self.feed.where_nl(contract.period)}, bijvoorbeeld "
                + ("…_2023-H1." if contract.period.source == "file_name" else "2023."),
                "no_period",
            )
        for word, words, found in (
            ("periode", contract.period, periods),
            ("versie", contract.version, self.versions()),
        ):
            if words and len(found) > 1:
                raise reading.Unreadable(
                    f"{self.path.name} noemt {self.feed.where_nl(words)} meer dan één"
                    f" {word}: {', '.join(map(str, sorted(found)))}. Lever ze apart.",
                    "two_stated",
                )


class _Delivery:
    """One delivery on its way in: read, checked and split, not yet committed."""

    def __init__(
        self, door: Door, delivered: _Delivered, identity: Identity, made_in: Path
    ) -> None:
        self.door, self.delivery, self.identity = door, delivered, identity
        self.path, self.feed = delivered.path, delivered.feed
        self.made_in = made_in
        self.made: dict[str, Path] = {}
        self.examples: list[dict[str, Any]] = []
        self.reasons: list[str] = []
        self.notes: list[str] = []
        self.delivered = self.accepted = self.rejected = 0
        self.spans: list[dict[str, Any]] = []
        self.masked: Counter[str] = Counter()
        self.is_simulated = False
        self.spanned = _period_months(identity.period_code)
        try:
            self._split()
        except reading.Unreadable as error:
            self.reasons.append(str(error))

    def _split(self) -> None:
        identity, scratch = self.identity, self.delivery.scratch
        self.delivery.must_be_clear()
        read = self.delivery.reading
        self.notes += read.notes
        dropped = {
            " ".join(title.split()).lower()
            for column in self.feed.columns
            if column.words.personal == "drop"
            for title in column.words.headers
        }
        extra = [
            title
            for title in read.extra_columns
            if " ".join(title.split()).lower() not in dropped
        ]
        if extra:
            self.notes.append(
                "niet gevraagde kolommen, niet overgenomen: " + ", ".join(extra)
            )
        with duckdb.connect(
            config={"temp_directory": str(scratch), "memory_limit": MEMORY_LIMIT}
        ) as connection:
            connection.execute(f"set disabled_optimizers = '{NOT_FOR_CHECKS}'")
            self.is_simulated = self.delivery.is_simulated()
            counts: Counter[str] = Counter()
            with (
                self._masks(connection, counts) as masked,
                self._pseudonyms(connection) as pseudonym,
            ):
                relation = masked(read.relation)
                checker = Checker(
                    self.feed,
                    self.door.code_lists,
                    self.spanned,
                    identity.period_code,
                    pseudonym,
                )
                constants = _constants(
                    identity.agency_code, identity.feed, identity.delivery_id
                )
                accepted = self.made_in / "accepted.parquet"
                _copy(connection, checker.accepted(relation, constants), accepted)
                # All rows have passed once; those that are refused pass again.
                self.masked = counts.copy()
                self.accepted = _count(connection, accepted)
                self.delivered = read.row_count + len(read.bad_rows)
                self.rejected = self.delivered - self.accepted
                if self.rejected:
                    others = self._not_accepted(connection, relation, read, masked)
                    self._keep_rejected(connection, checker, others, read, scratch)
            self._weigh()
            if not self.reasons:
                self.made["accepted"] = accepted
                self._measure_spans(connection, accepted)
                self._note_own_values(connection, accepted)

    @contextlib.contextmanager
    def _masks(
        self, connection: duckdb.DuckDBPyConnection, counts: Counter[str]
    ) -> Generator[Callable[[str], str]]:
        """Within this block a relation can have masks in its free texts."""
        texts = [
            identifier(column.name)
            for column in self.feed.columns
            if column.words.personal == "scrub"
        ]
        if not texts:
            yield lambda relation: relation
            return
        with masks(connection, counts) as mask:
            places = ", ".join(f"{mask(text)} as {text}" for text in texts)
            yield lambda relation: f"(select * replace ({places}) from {relation})"

    def _pseudonyms(
        self, connection: duckdb.DuckDBPyConnection
    ) -> AbstractContextManager[Callable[[str], str] | None]:
        if all(c.words.personal != "pseudonymise" for c in self.feed.columns):
            return nullcontext(None)
        return pseudonyms(connection, self.door.keyring(), self.identity.agency_code)

    def _keep_rejected(
        self,
        connection: duckdb.DuckDBPyConnection,
        checker: Checker,
        others: str,
        read: reading.Reading,
        scratch: Path,
    ) -> None:
        rows = [
            (sheet, line, f", {reason}")
            for _, sheet, line, reasons in connection.sql(
                checker.rejected(others)
            ).fetchall()
            for reason in reasons
        ]
        refused = {(sheet, line) for sheet, line, _ in rows}
        if len(refused) + len(read.bad_rows) != self.rejected:
            raise AssertionError(
                f"{self.path.name}: {self.delivered} rows delivered, {self.accepted} "
                f"accepted, {len(refused) + len(read.bad_rows)} refused"
            )
        rows += [(bad.sheet, bad.line, f": {bad.reason_nl}.") for bad in read.bad_rows]
        rows.sort(key=lambda row: (row[0] or "", row[1]))
        self.examples = [
            {
                "sheet": sheet,
                "line": line,
                "reason": place_nl(sheet, line)
                + quote_values(reason, lambda value: scrub(value)[0]),
            }
            for sheet, line, reason in rows
        ]
        lines = scratch / "rejected.json"
        lines.write_text(
            "".join(json.dumps(row) + "\n" for row in self.examples), encoding="utf-8"
        )
        target = self.made_in / "rejected.parquet"
        identity = self.identity
        _copy(
            connection,
            _rejected_select(identity.agency_code, identity.feed, identity.delivery_id)
            + f" from read_json({quote(str(lines))}, format = 'newline_delimited',"
            " columns = {sheet: 'varchar', line: 'bigint', reason: 'varchar'})",
            target,
        )
        self.made["rejected"] = target

    def _not_accepted(
        self,
        connection: duckdb.DuckDBPyConnection,
        relation: str,
        read: reading.Reading,
        masked: Callable[[str], str],
    ) -> str:
        """What is checked again, to say why it is refused."""
        if self.feed.contract.primary_key:
            # A key comes twice among all rows.
            return relation
        accepted = f"read_parquet({quote(str(self.made_in / 'accepted.parquet'))})"
        gaps = connection.sql(
            "select coalesce(before, 0) + 1, row_number from (select row_number,"
            " lag(row_number) over () as before from (select row_number from"
            f" {accepted} union all select {read.row_count + 1}))"
            " where row_number > coalesce(before, 0) + 1"
        ).fetchall()
        numbers = itertools.chain.from_iterable(range(*gap) for gap in gaps)
        if some := read.some_rows(numbers):
            return masked(some)
        return (
            f"(select * from {relation} as texts anti join (select row_number from"
            f" {accepted}) as accepted using (row_number))"
        )

    def _weigh(self) -> None:
        contract = self.feed.contract
        if self.delivered < contract.minimum_rows:
            self.reasons.append(
                f"{self.path.name} bevat {self.delivered} rijen; minstens "
                f"{contract.minimum_rows} zijn nodig."
            )
        elif self.rejected > contract.max_rejected_share * self.delivered:
            share = f"{100 * self.rejected / self.delivered:.0f}"
            limit = f"{100 * contract.max_rejected_share:g}".replace(".", ",")
            first = " ".join(row["reason"] for row in self.examples[:SHOWN_REASONS])
            self.reasons.append(
                f"{self.path.name}: {self.rejected} van de {self.delivered} rijen "
                f"({share} %) zijn fout, meer dan de toegelaten {limit} %. De hele "
                f"levering is geweigerd en de vorige blijft gelden. {first}"
            )

    def _measure_spans(
        self, connection: duckdb.DuckDBPyConnection, accepted: Path
    ) -> None:
        rows = connection.sql(
            "select row_first_month, row_last_month, count(*) from read_parquet("
            f"{quote(str(accepted))}) where row_first_month is not null"
            " group by all order by all"
        ).fetchall()
        self.spans = [
            {
                "first_month": first.isoformat(),
                "last_month": last.isoformat(),
                "row_count": count,
            }
            for first, last, count in rows
        ]
        if self.spanned is None and rows:
            first = min(span["first_month"] for span in self.spans)
            last = max(span["last_month"] for span in self.spans)
            self.spanned = (first, last)

    def _note_own_values(
        self, connection: duckdb.DuckDBPyConnection, accepted: Path
    ) -> None:
        """Name the values that are in no list and were kept as the agency's own."""
        for column in self.feed.columns:
            words = column.words
            if words.codes is None or words.other_values != "keep":
                continue
            known = set(self.door.code_lists[words.codes].terms.values())
            value = identifier(column.name)
            value = f"unnest({value})" if words.separator else value
            found = connection.sql(
                f"select distinct {value} as own from read_parquet("
                f"{quote(str(accepted))}) order by own"
            ).fetchall()
            own = [text for (text,) in found if text is not None and text not in known]
            if own:
                shown = ", ".join(_quoted(text) for text in own[:SHOWN_VALUES])
                more = f" en {len(own) - SHOWN_VALUES} andere"
                self.notes.append(
                    f'kolom "{column.title}": overgenomen als eigen waarde, want niet'
                    f" in de lijst: {shown}{more if len(own) > SHOWN_VALUES else ''}"
                )

    def entry(self) -> dict[str, Any]:
        """The ledger's account of the delivery: no time, no text of a row."""
        identity, words = self.identity, self.feed.contract
        first, last = self.spanned or (None, None)
        return {
            "delivery_id": identity.delivery_id,
            "reporting_agency_code": identity.agency_code,
            "feed": identity.feed,
            "kind": words.kind,
            "counts": words.counts,
            "is_standard": self.feed.is_standard,
            "part": identity.part,
            "version_number": identity.version_number,
            "version_date": identity.version_date,
            "period_code": identity.period_code,
            "period_stated": identity.period_code,
            "first_month": first,
            "last_month": last,
            "spans": self.spans,
            "file_name": self.path.name,
            "content_hash": identity.content_hash,
            "byte_count": self.path.stat().st_size,
            "contract_hash": self.door.contract_hash(self.feed),
            "status": "refused" if self.reasons else "accepted",
            "withdraws": None,
            "is_simulated": self.is_simulated,
            "delivered_count": self.delivered,
            "accepted_count": 0 if self.reasons else self.accepted,
            "rejected_count": self.delivered if self.reasons else self.rejected,
            "reasons": self.reasons,
            "notes": self.notes,
            "masked": dict(sorted(self.masked.items())),
        }


# -- small pieces ---------------------------------------------------------------


def place_nl(sheet: str | None, line: int) -> str:
    """Where a row stands, in Dutch."""
    return f"Blad “{sheet}”, rij {line}" if sheet else f"Rij {line}"


def _quoted(text: str) -> str:
    """A delivered value as it may be mailed: masked, cut and in quotes."""
    return quote_values(f"{QUOTE_OPENS}{text}{QUOTE_CLOSES}", lambda t: scrub(t)[0])


def _period_months(period_code: str | None) -> tuple[str, str] | None:
    if period_code is None:
        return None
    first, last = period_months_sql(quote(period_code))
    row = duckdb.execute(f"select {first}, {last}").fetchone()
    assert row is not None
    return (row[0].isoformat(), row[1].isoformat()) if row[0] else None


def _constants(agency: str, feed: str, delivery: str) -> dict[str, str]:
    return {"reporting_agency_code": agency, "feed": feed, "delivery_id": delivery}


def _rejected_select(agency: str, feed: str, delivery: str) -> str:
    constants = ", ".join(
        f"{quote(text)} as {name}"
        for name, text in _constants(agency, feed, delivery).items()
    )
    if not delivery:
        return (
            f"select {constants}, sheet, line, reason from (select null::varchar as"
            " sheet, null::bigint as line, null::varchar as reason)"
        )
    return f"select {constants}, sheet, line, reason"


def _part(lake: Path, layer: str, agency: str, feed: str, delivery: str) -> Path:
    return (
        lake / layer / f"agency={agency}" / f"feed={feed}" / f"delivery={delivery}"
    ) / "part.parquet"


def _archived(settings: Settings, entry: dict[str, Any]) -> Path:
    agency, feed = entry["reporting_agency_code"], entry["feed"]
    return settings.archive / agency / feed / entry["delivery_id"]


def _copy(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    # The first level takes a third of the time of the usual third, for the same size.
    connection.execute(
        f"copy ({query}) to {quote(str(target))}"
        " (format parquet, compression zstd, compression_level 1, parquet_version v2)"
    )


def _copy_if_new(
    connection: duckdb.DuckDBPyConnection, query: str, target: Path, scratch: Path
) -> None:
    made = scratch / "none.parquet"
    _copy(connection, query, made)
    write_file(target, made.read_bytes())


def _count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    row = connection.sql(
        f"select count(*) from read_parquet({quote(str(path))})"
    ).fetchone()
    assert row is not None
    return row[0]


def _room(scratch: Path) -> Path:
    """A folder for the file as it came, whatever its name."""
    room = scratch / "came"
    room.mkdir()
    return room


def _copy_settled(path: UPath, copy: Path, stamp: list[float]) -> bool:
    """Copy a file that nobody is writing; False where somebody is."""
    age = time.time() - stamp[1]
    if 0 <= age < SETTLE_SECONDS:
        time.sleep(SETTLE_SECONDS - age)
    try:
        if _stamp(path, ask=True) != stamp:
            return False
        with path.open("rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        return _stamp(path, ask=True) == stamp and copy.stat().st_size == stamp[0]
    except FileNotFoundError:
        return False


def _stamp(path: UPath, *, ask: bool = False) -> list[float]:
    """Size and time; of a local file also which one it is and its last change.

    `ask` where what the last listing said is not enough. A program that copies with the
    time of the original sets the time back: with the same size, only the moment of
    change, which nobody can set, tells the two apart.
    """
    if ask:
        path.fs.invalidate_cache()
    state = path.stat()
    changed = float(state.st_mtime)
    if not _is_local(path):
        # S3 gives parts of a second in a listing and none for one object.
        return [state.st_size, float(int(changed))]
    return [state.st_size, changed, state.st_ino, state.st_ctime_ns]


def _is_local(path: UPath) -> bool:
    return path.protocol in ("", "file")


def _log_arrival(settings: Settings, place: str, delivery_id: str) -> None:
    line = {
        "arrived_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "path": place,
        "delivery_id": delivery_id,
    }
    append_line(settings.lake / "arrivals.jsonl", json.dumps(line))


def first_arrivals(settings: Settings) -> dict[str, datetime]:
    """The moment at which each delivery first came, by its id."""
    log = settings.lake / "arrivals.jsonl"
    first: dict[str, datetime] = {}
    for line in log.read_text(encoding="utf-8").splitlines() if log.is_file() else ():
        try:
            arrival = json.loads(line)
        except json.JSONDecodeError:
            # A run that died while writing the line; the delivery's next one counts.
            continue
        moment = datetime.fromisoformat(arrival["arrived_at"])
        first.setdefault(arrival["delivery_id"], moment)
    return first


def _feed_of(entry: dict[str, Any]) -> tuple[str, str]:
    """The source and name of the feed that a delivery belongs to."""
    agency = entry["reporting_agency_code"]
    return STANDARD_SOURCE if entry.get("is_standard") else agency, entry["feed"]


def _json_bytes(content: Any) -> bytes:
    text = json.dumps(
        content, indent=1, sort_keys=True, ensure_ascii=False, default=_iso
    )
    return (text + "\n").encode()


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def load_ledger(settings: Settings) -> dict[str, dict[str, Any]]:
    """Every delivery that exists, by its id."""
    folder = settings.lake / "deliveries"
    if not folder.is_dir():
        return {}
    # Sorted by name: paths take their time to compare.
    names = sorted(held.name for held in os.scandir(folder))
    return {
        name.removesuffix(".json"): json.loads((folder / name).read_bytes())
        for name in names
        if name.endswith(".json") and name != "none.json"
    }


def standing_refusals(settings: Settings) -> dict[str, dict[str, Any]]:
    """Refused deliveries that still lie there and that no later version replaces."""
    ledger = load_ledger(settings)
    seen = _read_json(settings.warehouse.parent / "seen.json")
    landed = {
        seen[str(path)]["delivery_id"]
        for _, path, _ in _walk(settings.landing)
        if str(path) in seen
    }

    def stream(entry: dict[str, Any]) -> tuple[Any, ...]:
        keys = ("reporting_agency_code", "feed", "part", "period_stated")
        return tuple(entry[key] for key in keys)

    def version(entry: dict[str, Any]) -> tuple[int, str]:
        return entry["version_number"], entry["version_date"] or ""

    accepted: dict[tuple[Any, ...], tuple[int, str]] = {}
    for entry in ledger.values():
        if entry["status"] == "accepted":
            key = stream(entry)
            accepted[key] = max(accepted.get(key, (0, "")), version(entry))
    return {
        delivery: entry
        for delivery, entry in ledger.items()
        if entry["status"] == "refused"
        and delivery in landed
        and version(entry) >= accepted.get(stream(entry), (0, ""))
    }


def load_agencies(settings: Settings) -> tuple[str, ...]:
    """The codes of the agencies that may deliver."""
    return tuple(
        sorted(set(load_code_list(settings.reference, "agencies").terms.values()))
    )
