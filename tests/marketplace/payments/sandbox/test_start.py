"""How the sandbox starts, and when it will not."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox import PROJECT, Sandbox


def start(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "marketplace.payments.sandbox", *arguments],
        cwd=PROJECT,
        env={},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("--key=sk_live_0123456789abcdef", "Never a live one"),
        ("--key=sk_test_", "at least 16 characters"),
        ("--webhook-secret=secret", "whsec_"),
        ("--webhook-url=http://192.0.2.1/hook", "this computer only"),
        ("--webhook-url=https://127.0.0.1/hook", "this computer only"),
    ],
)
def test_it_refuses_live_keys_and_the_world_outside(tmp_path: Path, wrong: str, words: str) -> None:
    code, said = start(*Sandbox(tmp_path).arguments(), wrong)
    assert code == 2
    assert words in said
    assert list(tmp_path.iterdir()) == []


def test_a_second_one_on_the_same_state_or_port_refuses_with_a_sentence(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        code, said = start(*sandbox.arguments())
        assert (code, "Another sandbox already works on" in said) == (3, True)
        code, said = start(*sandbox.arguments(), f"--state={tmp_path / 'other.sqlite3'}")
        assert (code, f"Port {sandbox.port} cannot be used" in said) == (3, True)


def test_it_listens_on_loopback_only(sandbox: Sandbox) -> None:
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", sandbox.port), timeout=2):
        pass


def test_it_needs_no_django() -> None:
    code = "import sys, marketplace.payments.sandbox.server as _; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0
