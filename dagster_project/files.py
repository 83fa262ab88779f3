"""Files that survive a crash: atomic writes, atomic switches and the lock of a run.

Belongs here: what makes a change on disk whole or absent. Does not belong here:
what is written, or where.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TextIO


class RunInProgressError(Exception):
    """Another run holds the lock."""


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of a file durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that their names are durable too."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def commit_file(temporary: Path, path: Path, mode: int | None = None) -> None:
    """Give a finished file its name, so that it is there whole or not at all."""
    if mode is not None:
        temporary.chmod(mode)
    sync_file(temporary)
    make_folder(path.parent)
    temporary.replace(path)
    sync_folder(path.parent)


def write_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file whole or not at all; a file with the same bytes is left alone."""
    if path.is_file() and path.read_bytes() == content:
        return
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.writing")
    temporary.write_bytes(content)
    commit_file(temporary, path, mode)


def append_line(path: Path, text: str) -> None:
    """Add a line to a log; what a dying run left of a line is ended first."""
    with path.open("ab+") as stream:
        if stream.tell():
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                text = "\n" + text
        stream.write((text + "\n").encode())
        stream.flush()
        os.fsync(stream.fileno())


def switch_link(link: Path, target: str) -> None:
    """Point a symbolic link at another target in one step."""
    temporary = link.with_name(f".{link.name}.switching")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)
    sync_folder(link.parent)


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def clear_scratch(parent: Path) -> None:
    """Remove what a run that died left; only for who holds the run's lock."""
    for folder in parent.glob(".scratch-*"):
        shutil.rmtree(folder, ignore_errors=True)
    for file in parent.glob(".*.writing"):
        file.unlink()


@contextlib.contextmanager
def scratch_folder(parent: Path) -> Generator[Path]:
    """A folder of one's own on the same file system, gone afterwards."""
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=parent) as name:
        yield Path(name)


_held_locks: dict[Path, TextIO] = {}


def hold_run_lock(path: Path) -> None:
    """Hold the lock of a run until this process ends, however it ends.

    Asking again for a lock that this process holds is fine: the steps of one run
    share it.

    Raises:
        RunInProgressError: another process holds it.
    """
    if path in _held_locks:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = path.open("a")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        stream.close()
        raise RunInProgressError(
            "another run is going on; wait until it has ended and try again"
        ) from error
    _held_locks[path] = stream
