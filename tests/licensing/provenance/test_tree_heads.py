import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from licensing.provenance import tree_heads
from licensing.provenance.tree_heads import NoteInvalid, TreeHead

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
HEAD = TreeHead(origin="house.test/log", size=5, root=b"r" * 32)
PUBLIC = tree_heads.log_key(name=HEAD.origin, key=KEY)


def signed() -> str:
    return tree_heads.sign(head=HEAD, name=HEAD.origin, key=KEY)


def test_a_note_has_three_lines_a_gap_and_a_signature_line() -> None:
    lines = signed().split("\n")

    assert lines[:4] == ["house.test/log", "5", base64.b64encode(b"r" * 32).decode(), ""]
    assert lines[4].startswith("— house.test/log ")
    assert lines[5:] == [""]
    blob = base64.b64decode(lines[4].split(" ")[2])
    assert (len(blob), blob[:4]) == (68, PUBLIC.key_id)


def test_the_head_is_read_back_under_the_right_key() -> None:
    assert tree_heads.verify(note=signed(), keys=[PUBLIC]) == HEAD


def test_a_key_of_the_go_checksum_database_has_the_hash_that_it_states() -> None:
    """The published key of sum.golang.org: our reading of the format against somebody else's."""
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

    key = tree_heads.parse_log_key(text)

    assert (key.name, key.text) == ("sum.golang.org", text)


def test_lines_of_witnesses_are_passed_over() -> None:
    witness = Ed25519PrivateKey.generate()
    line = tree_heads.sign(head=HEAD, name="witness.test", key=witness).split("\n\n")[1]

    assert tree_heads.verify(note=signed() + line, keys=[PUBLIC]) == HEAD


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n5\n", "\n6\n"),
        lambda note: note.replace("\n5\n", "\n05\n"),
        lambda note: note.replace("house.test/log\n", "other.test/log\n", 1),
        lambda note: note.replace("\n\n", "\nextra\n\n", 1),
        lambda note: note.rstrip("\n"),
        lambda note: note.split("\n\n")[0] + "\n\n",
        lambda note: note[:-8] + "AAAAAA=\n",
        lambda note: note + "garbage\n",
        lambda note: note + "x" * 70_000,
        lambda note: "",
    ],
)
def test_a_changed_note_is_refused(change: object) -> None:
    assert callable(change)
    with pytest.raises(NoteInvalid):
        tree_heads.verify(note=change(signed()), keys=[PUBLIC])


def test_another_key_under_the_same_name_is_refused() -> None:
    other = tree_heads.log_key(name=HEAD.origin, key=Ed25519PrivateKey.generate())

    with pytest.raises(NoteInvalid, match="No known log key"):
        tree_heads.verify(note=signed(), keys=[other])


@pytest.mark.parametrize("text", ["", "a", "a+b", "a+b+c", "a b+00000000+AQ==", PUBLIC.text.replace("+", "+0", 1)])
def test_a_damaged_log_key_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        tree_heads.parse_log_key(text)


def test_a_log_key_survives_writing_and_reading() -> None:
    read = tree_heads.parse_log_key(PUBLIC.text + "\n")

    assert isinstance(read.public, Ed25519PublicKey)
    assert (read.name, read.key_id, read.public) == (PUBLIC.name, PUBLIC.key_id, PUBLIC.public)
