import io
import json
import resource
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from licensing.provenance import bundle, containers, credentials, tree_heads, verify
from licensing.provenance.report import ExitCode, Overall, Report, State, Subject
from tests.licensing.provenance.papers import AT, Papers, house, papers, picture, sign

BOTH = pytest.mark.parametrize("media_type", ["image/png", "image/jpeg"])


def trust(name: str = "Vernissage") -> verify.Trust:
    return verify.Trust(anchors=house(name).root_pem, log_keys=(house(name).log_public,))


def check(data: bytes, given: verify.Trust | None = None) -> Report:
    return verify.check(data, name="file", trust=given or trust())


def states(report: Report) -> dict[str, str]:
    return {verdict.subject.value: verdict.state.value for verdict in report.verdicts}


def code(report: Report, subject: Subject) -> str:
    verdict = report.verdict(subject)
    assert verdict is not None
    return verdict.code


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def with_true_checksums(png: bytes) -> bytes:
    """What somebody who knows PNG does after changing a chunk."""
    out, at = png[:8], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        body = png[at + 4 : at + 8 + length]
        out += png[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return out


@BOTH
def test_a_signed_picture_is_trusted_by_who_trusts_the_house(media_type: str) -> None:
    piece = papers(media_type=media_type)

    report = check(piece.file)

    assert report.overall is Overall.TRUSTED
    assert report.exit_code == 0
    assert report.signer == "Vernissage Signer, Vernissage"
    assert report.record == piece.record.document
    assert states(report) == {
        "bytes": "holds",
        "credential": "holds",
        "signer": "holds",
        "ingredients": "holds",
        "record": "holds",
        "log_inclusion": "absent",
        "tree_head": "absent",
        "time_stamp": "absent",
        "withdrawal": "not_checked",
    }


@BOTH
def test_a_bundle_is_trusted_with_every_part_accounted_for(media_type: str) -> None:
    report = check(papers(media_type=media_type).zip)

    assert report.overall is Overall.TRUSTED
    assert states(report) == {
        "bytes": "holds",
        "credential": "holds",
        "signer": "holds",
        "ingredients": "holds",
        "record": "holds",
        "bundle": "holds",
        "openings": "holds",
        "log_inclusion": "holds",
        "tree_head": "holds",
        "time_stamp": "absent",
        "withdrawal": "not_checked",
    }
    openings = report.verdict(Subject.OPENINGS)
    assert openings is not None
    assert openings.details == {"count": 4}


def test_the_root_alone_vouches_for_the_log_because_the_credential_names_its_key() -> None:
    report = check(papers().zip, verify.Trust(anchors=house().root_pem))

    assert report.overall is Overall.TRUSTED
    assert code(report, Subject.TREE_HEAD) == "tree_head_signed"


def test_without_any_anchor_a_bundle_is_intact_but_of_an_unknown_signer() -> None:
    report = check(papers().zip, verify.Trust())

    assert report.overall is Overall.UNKNOWN_SIGNER
    assert report.exit_code == 3
    assert code(report, Subject.SIGNER) == "signer_unknown"
    assert code(report, Subject.TREE_HEAD) == "tree_head_unvouched"


def test_another_root_is_an_unknown_signer_even_under_the_same_name() -> None:
    forged = papers(by="Vernissage2")

    report = check(forged.file)

    assert report.overall is Overall.UNKNOWN_SIGNER
    assert code(report, Subject.SIGNER) == "signer_unknown"


@pytest.mark.parametrize(
    "data", [b"", b"hello, world", b"c2pa.claim is a label", b"\x00" * 5000, b"PK\x05\x06" + b"\0" * 18]
)
def test_what_never_had_papers_has_none(data: bytes) -> None:
    report = check(data)

    assert report.overall is Overall.NONE
    assert report.exit_code == 2


@BOTH
def test_a_picture_without_papers_has_none_but_its_labels_are_told(media_type: str) -> None:
    report = check(papers(media_type=media_type).content)

    assert report.overall is Overall.NONE
    assert states(report) == {"credential": "absent", "labels": "note"}
    assert "Anybody can write a label" in report.as_text()


def test_a_reencoded_picture_has_no_papers() -> None:
    out = io.BytesIO()
    Image.open(io.BytesIO(papers().file)).save(out, "PNG")

    assert check(out.getvalue()).overall is Overall.NONE


@BOTH
def test_one_bit_of_the_picture_breaks_it(media_type: str) -> None:
    piece = papers(media_type=media_type)

    for at in (20, len(piece.file) - 200, len(piece.file) - 14):
        report = check(flip(piece.file, at))
        assert report.overall is Overall.BROKEN, at


def test_one_pixel_with_true_checksums_is_named_as_a_change_of_the_file() -> None:
    piece = papers()
    at = piece.file.rfind(b"IDAT") + 40

    report = check(with_true_checksums(flip(piece.file, at)))

    assert report.overall is Overall.BROKEN
    assert code(report, Subject.BYTES) == "bytes_altered"
    assert states(report)["credential"] == "holds"
    assert states(report)["signer"] == "not_checked"


@BOTH
def test_every_byte_of_the_credential_counts(media_type: str) -> None:
    """The library alone overlooks one byte in six: lengths, names of boxes, padding."""
    piece = papers(media_type=media_type)
    store = containers.read(piece.file).credential
    assert store is not None
    start = piece.file.find(store[:16]) - 12
    overlooked = []
    for at in range(start, start + len(store) + 8, 61):
        changed = flip(piece.file, at)
        data = with_true_checksums(changed) if media_type == "image/png" and at >= start + 12 else changed
        if check(data).overall is not Overall.BROKEN:
            overlooked.append(at - start)

    assert overlooked == []


@pytest.mark.parametrize(
    "claimed", [b"\x7a\xff\xff\xff\xf0", b"\x5a\xff\xff\xff\xf0", b"\x9a\xff\xff\xff\xff", b"\xbb" + b"\x7f" * 8]
)
def test_a_length_that_promises_gigabytes_takes_neither_memory_nor_time(claimed: bytes) -> None:
    """The library alone reserves four gigabytes for the first of these."""
    file = papers().file
    at = file.find(b"cusejnotAllowed") + 4
    began, most = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    report = check(with_true_checksums(file[:at] + claimed + file[at + len(claimed) :]))

    assert time.process_time() - began < 0.5
    # What this process took before is not the verifier's doing.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < 200_000
    assert report.overall is Overall.BROKEN


def test_jpeg_segments_out_of_order_are_not_guessed_at() -> None:
    file = papers(media_type="image/jpeg").file
    at = file.find(b"\xff\xeb") + 11

    report = check(file[:at] + b"\x02" + file[at + 1 :])

    assert report.overall is Overall.BROKEN
    assert code(report, Subject.CREDENTIAL) == "credential_unreadable"


def test_a_signed_webp_is_read_too() -> None:
    out = io.BytesIO()
    picture(3).save(out, "WEBP", lossless=True)
    signed = sign(out.getvalue(), papers().record.body, media_type="image/webp", by=house())

    report = check(signed)

    assert states(report)["bytes"] == "holds"
    assert states(report)["signer"] == "holds"
    assert code(report, Subject.RECORD) == "record_of_another"
    assert check(out.getvalue()).overall is Overall.NONE
    assert check(signed[:-9]).overall is Overall.BROKEN
    assert check(flip(signed, len(signed) - 300)).overall is Overall.BROKEN


def test_something_hidden_in_the_padding_is_found() -> None:
    piece = papers()
    at = piece.file.find(b"\x00" * 200) + 100

    report = check(with_true_checksums(piece.file[:at] + b"hidden" + piece.file[at + 6 :]))

    assert report.overall is Overall.BROKEN
    assert code(report, Subject.CREDENTIAL) == "credential_inexact"


@BOTH
def test_bytes_after_the_end_are_named(media_type: str) -> None:
    report = check(papers(media_type=media_type).file + b"12345")

    assert report.overall is Overall.BROKEN
    assert code(report, Subject.BYTES) == "trailing_bytes"
    assert "5 foreign bytes" in report.as_text()


@BOTH
def test_bytes_before_the_picture_are_named(media_type: str) -> None:
    report = check(b"GARBAGE" + papers(media_type=media_type).file)

    assert report.overall is Overall.BROKEN
    assert code(report, Subject.BYTES) == "leading_bytes"
    assert "7 foreign bytes" in report.as_text()


@BOTH
def test_a_signed_picture_cut_anywhere_behind_its_credential_is_broken(media_type: str) -> None:
    file = papers(media_type=media_type).file
    first = file.find(b"jumdc2pa") + 24

    for end in (first, first + 500, len(file) - 300, len(file) - 1):
        assert check(file[:end]).overall is Overall.BROKEN, end


def test_a_record_of_another_piece_in_a_true_credential_is_broken() -> None:
    one, other = papers(1), papers(2)
    crossed = sign(one.content, other.record.body, media_type="image/png", by=house())

    report = check(crossed)

    assert report.overall is Overall.BROKEN
    assert code(report, Subject.RECORD) == "record_of_another"
    assert report.record is None


def test_a_record_that_is_no_record_is_broken() -> None:
    report = check(sign(papers().content, b'{"type":"else"}', media_type="image/png", by=house()))

    assert report.overall is Overall.BROKEN
    assert code(report, Subject.RECORD) == "record_unreadable"


def test_a_buyers_copy_keeps_the_papers_and_names_the_grant() -> None:
    piece = papers()
    copy = copied(piece, "grant-1")
    again = credentials.sign_copy(
        signed=copy, media_type="image/png", title="Copy", grant_id="grant-2", keys=house(), at=AT
    )

    for data, grant in ((copy, "grant-1"), (again, "grant-2")):
        report = check(data)
        assert report.overall is Overall.TRUSTED
        assert report.grant_id == grant
        assert report.record == piece.record.document
        assert check(bundle.pack(piece.bundle(file=data))).overall is Overall.TRUSTED


def test_a_copy_made_by_a_stranger_is_of_an_unknown_signer() -> None:
    piece = papers()
    with pytest.raises(credentials.CredentialRefused):
        credentials.sign_copy(
            signed=piece.file, media_type="image/png", title="Copy", grant_id="g", keys=house("Vernissage2"), at=AT
        )


def copied(piece: Papers, grant_id: str) -> bytes:
    return credentials.sign_copy(
        signed=piece.file, media_type=piece.media_type, title="Copy", grant_id=grant_id, keys=piece.keys, at=AT
    )


@pytest.mark.parametrize("part", ["file", "record", "leaf", "openings"])
def test_a_bundle_mixed_from_two_pieces_is_broken(part: str) -> None:
    mixed = papers(1).bundle(**{part: getattr(papers(2).bundle(), part)})

    report = check(bundle.pack(mixed))

    assert report.overall is Overall.BROKEN
    expected = Subject.OPENINGS if part == "openings" else Subject.BUNDLE
    verdict = report.verdict(expected)
    assert verdict is not None
    assert verdict.state is State.FAILS


def test_a_copy_of_one_piece_in_the_bundle_of_another_is_broken() -> None:
    mixed = papers(1).bundle(file=copied(papers(2), "grant-1"))

    assert check(bundle.pack(mixed)).overall is Overall.BROKEN


@pytest.mark.parametrize("part", ["root_pem", "chain_pem", "log_key"])
def test_certificates_and_keys_of_another_house_in_a_bundle_are_broken(part: str) -> None:
    mixed = papers().bundle(**{part: getattr(papers(by="Vernissage2").bundle(), part)})

    assert check(bundle.pack(mixed)).overall is Overall.BROKEN


def test_a_tree_head_signed_by_another_key_is_broken() -> None:
    other = house("Vernissage2")
    head = tree_heads.parse_unverified(papers().bundle().tree_head)
    forged = tree_heads.sign(head=head, name=head.origin, key=other.log_key)
    own_key = tree_heads.log_key(name=head.origin, key=other.log_key).text

    report = check(bundle.pack(papers().bundle(tree_head=forged, log_key=own_key)))

    assert report.overall is Overall.BROKEN
    assert code(report, Subject.TREE_HEAD) == "tree_head_wrong"


def test_a_shortened_proof_or_another_index_is_broken() -> None:
    whole = papers().bundle().inclusion
    for wrong in (
        bundle.Inclusion(index=0, proof=whole.proof[:-1]),
        bundle.Inclusion(index=1, proof=whole.proof),
        bundle.Inclusion(index=0, proof=(*whole.proof, b"\0" * 32)),
    ):
        report = check(bundle.pack(papers().bundle(inclusion=wrong)))
        assert report.overall is Overall.BROKEN
        assert code(report, Subject.LOG_INCLUSION) == "log_not_included"


def test_a_stripped_picture_in_a_bundle_is_broken() -> None:
    report = check(bundle.pack(papers().bundle(file=papers().content)))

    assert report.overall is Overall.BROKEN


def test_a_withdrawn_piece_is_told_apart() -> None:
    piece = papers()
    ids = {piece.record.document["piece"]["id"]}

    gone = verify.check(piece.file, name="f", trust=trust(), withdrawn=ids)
    still = verify.check(papers(2).file, name="f", trust=trust(), withdrawn=ids)

    assert (gone.overall, gone.exit_code) == (Overall.WITHDRAWN, 4)
    assert (still.overall, code(still, Subject.WITHDRAWAL)) == (Overall.TRUSTED, "not_withdrawn")


def test_a_file_beyond_the_bound_is_refused() -> None:
    with pytest.raises(verify.FileTooLarge):
        check(b"\0" * (verify.LARGEST_FILE + 1))


def test_a_picture_that_claims_a_gigantic_size_costs_nothing() -> None:
    file = papers().file
    began = time.perf_counter()

    report = check(with_true_checksums(file[:16] + b"\x7f\xff\xff\xff" * 2 + file[24:]))

    assert report.overall is Overall.BROKEN
    assert time.perf_counter() - began < 1


def test_the_words_exist_in_both_languages_and_never_say_authentic() -> None:
    for data in (papers().zip, papers().file, flip(papers().file, 3000), papers().content, b"none"):
        report = check(data)
        for language in ("en", "zh"):
            text = report.as_text(language)
            assert "authentic" not in text.lower()
            assert "{" not in text
    assert "日志" in check(papers().zip).as_text("zh")


def test_a_signers_name_cannot_steer_the_terminal() -> None:
    evil = papers(by="Evil\x1b[2J")

    text = check(evil.file).as_text()

    assert "\x1b" not in text
    assert "Evil" in text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_mutation_is_ever_trusted_or_raises_or_takes_long(data: st.DataObject) -> None:
    original = data.draw(
        st.sampled_from([papers().file, papers(media_type="image/jpeg").file, papers().zip]), label="original"
    )
    start = data.draw(st.integers(0, len(original) - 1), label="start")
    removed = data.draw(st.integers(0, 40), label="removed")
    put = data.draw(st.binary(max_size=40), label="put")
    mutated = original[:start] + put + original[start + removed :]
    began = time.perf_counter()

    report = check(mutated)

    assert time.perf_counter() - began < 2
    readme_only = original == papers().zip and code_or_none(report) == "bundle_repacked"
    assert report.overall is not Overall.TRUSTED or mutated == original or readme_only
    report.as_text("zh")
    json.dumps(report.as_json())


def code_or_none(report: Report) -> str | None:
    verdict = report.verdict(Subject.BUNDLE)
    return verdict.code if verdict else None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_behind_any_start_never_raise(tail: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\x03\x04", b"RIFF\0\0\0\0WEBP", papers().file[:60]):
        assert check(start + tail).overall in (Overall.NONE, Overall.BROKEN)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "licensing.provenance.verify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    piece = papers()
    contents = {
        "good.png": piece.file,
        "good.zip": piece.zip,
        "bent.png": flip(piece.file, 3000),
        "bare.png": piece.content,
        "other.png": papers(by="Vernissage2").file,
        "root.pem": house().root_pem.encode(),
        "log.pub": house().log_public.text.encode(),
        "wrong.pem": b"no certificate",
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_the_command_ends_as_the_contract_says(folder: Path) -> None:
    anchors = ("--anchors", folder / "root.pem", "--log-key", folder / "log.pub")

    assert [run(folder / name, *anchors).returncode for name in ("good.zip", "bent.png", "bare.png", "other.png")] == [
        0,
        1,
        2,
        3,
    ]


def test_the_command_reports_many_files_and_ends_with_the_worst(folder: Path) -> None:
    done = run(
        folder / "bare.png", folder / "good.png", folder / "bent.png", "--anchors", folder / "root.pem", "--json"
    )

    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [report["overall"] for report in reports] == ["none", "trusted", "broken"]
    assert done.returncode == ExitCode.BROKEN


def test_wrong_usage_is_no_verdict(folder: Path) -> None:
    for arguments in ((), (folder / "gone.png",), (folder,), (folder / "good.png", "--anchors", folder / "wrong.pem")):
        done = run(*arguments)
        assert done.returncode == ExitCode.CANNOT_CHECK
        assert done.stdout == ""
        assert "Traceback" not in done.stderr


def test_the_verifier_needs_no_django_no_torch_and_no_socket(folder: Path) -> None:
    script = f"""
import sys
opened = []
sys.addaudithook(lambda event, given: opened.append(event) if event.startswith("socket.") else None)
from licensing.provenance import verify
code = verify.main(["{folder}/good.zip", "--anchors", "{folder}/root.pem"])
loaded = [name for name in ("django", "torch", "numpy", "PIL", "stripe", "celery") if name in sys.modules]
assert (int(code), opened, loaded) == (0, [], []), (code, opened, loaded)
"""
    clean = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False, env=clean
    )

    assert done.returncode == 0, done.stderr
    assert "tree head: Signed by the log vernissage.test/log over 5 entries." in done.stdout


def test_a_picture_that_was_never_here_is_not_confused_with_ours() -> None:
    out = io.BytesIO()
    picture(9).save(out, "JPEG")

    assert check(out.getvalue()).overall is Overall.NONE
