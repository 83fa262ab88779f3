"""The docs say what there is: every command, make word, link and setting."""

import re
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from dagster_project.cli import app
from dagster_project.personal_data import KEY_FILE_VARIABLE, KEY_VARIABLE
from dagster_project.settings import PROJECT_ROOT, Settings, load_settings

README = PROJECT_ROOT / "README.md"
RUNNING = PROJECT_ROOT / "docs" / "running.md"
PAGES = [
    README,
    PROJECT_ROOT / "CONTRIBUTING.md",
    *sorted((PROJECT_ROOT / "docs").glob("*.md")),
]
SETTING = re.compile(r"\bKLANTBEELD_[A-Z_]+\b")
COMMAND = re.compile(r"\bklantbeeld ([a-z][a-z-]*)")


@cache
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def everything() -> str:
    return "\n".join(text(page) for page in PAGES)


def commands() -> set[str]:
    single = {
        command.name or command.callback.__name__.replace("_", "-")
        for command in app.registered_commands
        if command.callback is not None
    }
    return single | {group.name for group in app.registered_groups if group.name}


def known_settings() -> set[str]:
    """What settings.py and personal_data.py read, and what child processes get."""
    keys = {KEY_VARIABLE, KEY_FILE_VARIABLE}
    return {*load_settings().environment(), "KLANTBEELD_HOME", *keys}


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_mentioned(command: str) -> None:
    assert f"klantbeeld {command}" in everything()


def test_every_command_in_code_of_the_docs_exists() -> None:
    blocks = re.findall(r"```.*?```|`[^`\n]+`", everything(), flags=re.DOTALL)
    mentioned = {name for block in blocks for name in COMMAND.findall(block)}
    assert mentioned
    assert mentioned <= commands()


def test_every_make_word_of_the_pages_is_in_the_makefile() -> None:
    targets = re.findall(
        r"^([a-z-]+):", text(PROJECT_ROOT / "Makefile"), flags=re.MULTILINE
    )
    mentioned = set(re.findall(r"`make ([a-z-]+)", everything()))
    assert {"run", "test"} <= set(re.findall(r"`make ([a-z-]+)", text(README)))
    assert mentioned <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_relative_link_points_nowhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", text(page))
    relative = [link for link in links if not re.match(r"[a-z]+:|#", link)]
    missing = [
        link for link in relative if not (page.parent / link.partition("#")[0]).exists()
    ]
    assert missing == []


def test_the_docs_name_no_setting_that_settings_does_not_know() -> None:
    assert set(SETTING.findall(everything())) <= known_settings()


def test_every_setting_is_on_the_page_about_running() -> None:
    assert known_settings() <= set(SETTING.findall(text(RUNNING)))


def test_every_place_of_the_settings_is_an_environment_variable() -> None:
    places = {field.name for field in fields(Settings)} - {"project"}
    assert {f"KLANTBEELD_{name.upper()}" for name in places} <= known_settings()
