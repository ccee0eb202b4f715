"""The documents keep their word: links lead somewhere, commands exist, and what can be run runs."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import get_commands

from licensing.provenance import canonical
from licensing.provenance.report import ExitCode, Overall, Subject
from licensing.provenance.wording import FINDINGS
from marketplace.management.commands.personal_data import page

PROJECT = Path(__file__).parents[1]
DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
PROVENANCE = (PROJECT / "docs" / "provenance.md").read_text()
EXAMPLE = PROJECT / "docs" / "example"

_LINK = re.compile(r"\]\(([^()\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z]+:")
_COMMAND = re.compile(r"manage\.py ([a-z_]+)")

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))


def blocks(language: str) -> list[str]:
    """The fenced blocks of docs/provenance.md in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PROVENANCE, re.DOTALL | re.MULTILINE)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        command, cwd=PROJECT, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=120, check=False
    )


@documents
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    targets = {unquote(link.split("#")[0]) for link in _LINK.findall(document.read_text())}
    relative = {target for target in targets if target and not _ELSEWHERE.match(target)}
    assert [target for target in sorted(relative) if not (document.parent / target).exists()] == []


def test_the_page_on_personal_data_is_the_map() -> None:
    assert (PROJECT / "docs" / "privacy.md").read_text("utf-8") == page()


@documents
def test_every_management_command_that_is_named_exists(document: Path) -> None:
    named = set(_COMMAND.findall(document.read_text()))
    assert sorted(named - set(get_commands())) == []


def test_the_page_on_provenance_shows_commands_that_run() -> None:
    commands = blocks("sh")
    assert commands
    for command in commands:
        ended = run("bash", "-ec", command)
        # The example's signer has a certificate for one year; after that nobody vouches for it any more.
        assert ended.returncode in (ExitCode.TRUSTED, ExitCode.UNKNOWN_SIGNER), ended.stdout + ended.stderr
        assert "[FAILS]" not in ended.stdout


def test_the_verifier_on_the_page_finds_the_example_sound() -> None:
    [program] = blocks("python")
    ended = run(sys.executable, "-c", program)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == "record, openings and log entry hold"


@pytest.mark.parametrize(
    ("entry", "old", "new"),
    [
        ("record.json", b'"kind":"picture"', b'"kind":"pictura"'),
        ("artwork.png", b"IDAT", b"IDAU"),
        ("openings.json", b'"value":256', b'"value":257'),
        ("log/leaf.json", b'"v":1', b'"v":2'),
        ("log/inclusion.json", b'"index":1', b'"index":2'),
        ("log/tree-head.txt", b"\n3\n", b"\n4\n"),
    ],
)
def test_the_verifier_on_the_page_finds_an_altered_entry(tmp_path: Path, entry: str, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(EXAMPLE / "bundle.zip") as sound, zipfile.ZipFile(tmp_path / "bundle.zip", "w") as altered:
        for name in sound.namelist():
            content = sound.read(name)
            if name == entry:
                assert old in content
                content = content.replace(old, new, 1)
            altered.writestr(name, content)
    [program] = blocks("python")
    ended = run(sys.executable, "-c", program.replace("docs/example/bundle.zip", str(tmp_path / "bundle.zip")))
    assert ended.returncode == 1
    assert re.search(r"AssertionError|InvalidSignature", ended.stderr)


def test_the_record_shown_for_reading_is_the_one_in_the_example() -> None:
    with zipfile.ZipFile(EXAMPLE / "bundle.zip") as bundle:
        body = bundle.read("record.json")
    assert canonical.encode(json.loads((EXAMPLE / "record.json").read_text())) == body


def test_the_page_on_provenance_names_every_verdict_and_exit_code() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PROVENANCE.splitlines() if line[:3] == "| `"]
    verdicts = [row for row in rows if row[0].strip("`") in set(Subject) and len(row) == 4]
    assert [row[0].strip("`") for row in verdicts] == list(Subject)
    named = [code for row in verdicts for cell in row[1:] for code in re.findall(r"`(\w+)`", cell)]
    assert sorted(named) == sorted(FINDINGS)
    outcomes = dict(re.findall(r"^\| (\d+) \| `(\w+)` \|", PROVENANCE, re.MULTILINE))
    assert outcomes == {str(ExitCode[outcome.name].value): outcome.value for outcome in Overall}
    assert f"| {ExitCode.CANNOT_CHECK.value} | |" in PROVENANCE
