import os
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from licensing.provenance import certificates, credentials, keys
from tests.licensing.provenance.papers import papers, sign


def test_the_first_start_makes_everything_and_later_starts_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "keys"

    first, second = keys.ensure(folder), keys.ensure(folder)

    assert first.root_pem == second.root_pem
    assert first.chain_pem == second.chain_pem
    assert first.log_public == second.log_public
    assert first.signer == "Vernissage Signer"
    assert sorted(os.listdir(folder)) == ["log.key", "log.pub", "root.key", "root.pem", "signer.pem"]
    assert os.listdir(folder.parent) == ["keys"]


def test_private_files_are_for_their_owner_only(tmp_path: Path) -> None:
    keys.ensure(tmp_path / "keys")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == {"root.key": 0o600, "signer.pem": 0o600, "log.key": 0o600, "root.pem": 0o644, "log.pub": 0o644}


def test_secrets_do_not_show_in_a_traceback(tmp_path: Path) -> None:
    shown = repr(keys.ensure(tmp_path / "keys"))

    assert "PRIVATE" not in shown
    assert "log_key" not in shown


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    ask = "print(keys.ensure(Path(sys.argv[1])).key_id)"
    script = f"import sys; from pathlib import Path; from licensing.provenance import keys; {ask}"
    starts = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "keys")], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]

    seen = {process.communicate(timeout=60)[0] for process in starts}

    assert [process.returncode for process in starts] == [0] * 6
    assert seen == {keys.ensure(tmp_path / "keys").key_id + "\n"}
    assert os.listdir(tmp_path) == ["keys"]


def test_a_folder_that_is_just_being_moved_into_place_is_there_or_not_but_never_half(tmp_path: Path) -> None:
    aside, folder = tmp_path / "aside", tmp_path / "keys"
    keys.ensure(aside)

    def move_there_and_back() -> None:
        for _ in range(3000):
            aside.rename(folder)
            folder.rename(aside)

    mover = threading.Thread(target=move_there_and_back)
    mover.start()
    seen = set()
    while mover.is_alive():
        seen.add(keys._present(folder))
    assert seen == {True, False}


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()

    assert keys.ensure(tmp_path / "keys").signer == "Vernissage Signer"


@pytest.mark.parametrize("lost", ["root.pem", "signer.pem", "log.key", "log.pub"])
def test_a_lost_file_is_never_replaced_by_guesswork(tmp_path: Path, lost: str) -> None:
    keys.ensure(tmp_path / "keys")
    (tmp_path / "keys" / lost).unlink()

    with pytest.raises(keys.KeysDamaged, match=lost):
        keys.ensure(tmp_path / "keys")
    assert not (tmp_path / "keys" / lost).exists()


@pytest.mark.parametrize("name", ["root.pem", "signer.pem", "log.key", "log.pub"])
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, name: str) -> None:
    keys.ensure(tmp_path / "keys")
    (tmp_path / "keys" / name).write_text("not what it was")

    with pytest.raises(keys.KeysDamaged):
        keys.ensure(tmp_path / "keys")


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "letter.txt").write_text("dear")

    with pytest.raises(keys.KeysDamaged, match="a folder of its own"):
        keys.ensure(tmp_path / "keys")
    assert os.listdir(tmp_path / "keys") == ["letter.txt"]
    assert os.listdir(tmp_path) == ["keys"]


def test_a_signer_near_its_end_is_renewed_under_the_same_root(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    old = keys.ensure(tmp_path / "keys", at=now - timedelta(days=340))

    new = keys.ensure(tmp_path / "keys", at=now)

    assert new.root_pem == old.root_pem
    assert new.log_public == old.log_public
    assert new.key_id != old.key_id
    signer = x509.load_pem_x509_certificates(new.chain_pem.encode())[0]
    assert signer.not_valid_after_utc - now > timedelta(days=360)


def test_what_an_expired_signer_signed_is_neither_trusted_nor_broken(tmp_path: Path) -> None:
    root = certificates.make_root(organisation="Old")
    began = datetime.now(UTC) - timedelta(days=365) + timedelta(seconds=3)
    issued = certificates.issue_signer(root=root, organisation="Old", at=began)
    house = keys.ensure(tmp_path / "keys")
    old = keys.SigningKeys(
        root_pem=certificates.pem(root.certificate),
        chain_pem=certificates.pem(*issued.chain),
        key_id=house.key_id,
        serial=house.serial,
        signer="Old Signer",
        log_public=house.log_public,
        signer_key_pem=certificates.key_to_pem(issued.key),
        log_key=house.log_key,
    )
    piece = papers()
    signed = sign(piece.content, piece.record.body, media_type="image/png", by=old)
    fresh = credentials.read(data=signed, media_type="image/png", anchors=old.root_pem)

    import time

    time.sleep(max(0.0, (began + timedelta(days=365) - datetime.now(UTC)).total_seconds()) + 1)
    later = credentials.read(data=signed, media_type="image/png", anchors=old.root_pem)
    bent = credentials.read(data=signed[:-40] + b"x" + signed[-39:], media_type="image/png", anchors=old.root_pem)

    assert fresh.state is credentials.State.TRUSTED
    assert later.state is credentials.State.EXPIRED
    assert bent.state is credentials.State.INVALID


def test_further_roots_may_stand_beside_the_houses_own(tmp_path: Path) -> None:
    first = keys.ensure(tmp_path / "keys")
    clock = certificates.pem(certificates.make_root(organisation="Clock").certificate)
    with (tmp_path / "keys" / "root.pem").open("a") as file:
        file.write(clock)

    mine = keys.ensure(tmp_path / "keys")

    assert mine.root_pem == first.root_pem + clock
    assert keys.renew_signer(tmp_path / "keys").root_pem == mine.root_pem
    piece = papers()
    signed = sign(piece.content, piece.record.body, media_type="image/png", by=keys.ensure(tmp_path / "keys"))
    assert credentials.read(data=signed, media_type="image/png", anchors=first.root_pem).state == "trusted"
