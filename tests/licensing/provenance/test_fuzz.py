"""Ten thousand random single-byte changes over signed files of every kind: noticed, or of nothing that is protected."""

import io
import random
import zipfile
from dataclasses import replace

import pytest

from licensing.provenance import bundle, credentials, encoding, labels, packets, record
from tests.licensing.provenance import works
from tests.licensing.provenance.fuzzing import Change, Target, unnoticed
from tests.licensing.provenance.papers import AT, house, papers, parts, sign

CHANGES = 10_000
WRITTEN = labels.Labels(
    system="Vernissage walk",
    system_version="1",
    aigc=labels.aigc_fields(producer="Vernissage", produce_id="piece-1", digest="ab" * 32),
)
KINDS = ["image/png", "image/jpeg", "bundle", *works.MADE_HERE, "beside", *works.SIGNED_BY_OTHERS]


def target(kind: str) -> Target:
    root = house().root_pem
    if kind in ("image/png", "image/jpeg"):
        return Target(kind, papers(media_type=kind).file, None, root)
    if kind == "bundle":
        return Target(kind, bundle.pack(papers().bundle()), None, root)
    if kind in works.SIGNED_BY_OTHERS:
        return Target(kind, sign(works.work(kind), papers().record.body, media_type=kind, by=house()), None, root)
    media_type = "model/gltf-binary" if kind == "beside" else kind
    content = encoding.labelled(works.work(media_type), media_type=media_type, labels=WRITTEN)
    body = _record(content, media_type)
    if kind not in ("beside", *packets.NAMES):
        return Target(kind, sign(content, body, media_type=kind, by=house()), None, root)
    sidecar = credentials.sign(
        content=content,
        media_type=credentials.ANY_FILE,
        title="Work",
        record=body,
        ingredients=[],
        keys=house(),
        at=AT,
        beside=True,
    )
    if kind == "beside":
        return Target(kind, content, sidecar, root)
    packet = packets.pack(work=content, media_type=kind, sidecar=sidecar, companions={})
    return Target(kind, sign(packet, body, media_type=packets.MEDIA_TYPE, by=house()), None, root)


def _record(content: bytes, media_type: str) -> bytes:
    given = parts(content=content, media_type=media_type)
    return record.build(**{**given, "piece": replace(given["piece"], width=64, height=48)}).body


def changes_of(chosen: Target, count: int) -> list[Change]:
    draw = random.Random(chosen.name)
    length = len(chosen.data) + len(chosen.sidecar or b"")
    places = [(draw.randrange(length), draw.randrange(1, 256)) for _ in range(count)]
    return [
        Change(at, flip) if at < len(chosen.data) else Change(at - len(chosen.data), flip, beside=True)
        for at, flip in places
    ]


def entries(data: bytes) -> dict[str, bytes] | None:
    """What any program gets out of an archive; None where one refuses it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.startswith("META-INF")}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        return None


def credential_of(chosen: Target) -> range:
    """Where the credential lies in a file that is not taken apart: changes in there are the credential's business.

    What its signature does not cover is padding, lengths that no reader heeds, and its wrapping.
    """
    data = chosen.data
    if chosen.name in ("image/gif", "image/svg+xml"):  # in blocks of 255 bytes, and in base64
        plain = works.work(chosen.name)
        same = next(at for at in range(8, len(plain)) if plain[at] != data[at])
        return range(same - 60, same + len(data) - len(plain) + 1)
    start = data.index(b"jumb") - 4
    return range(start - 60, start + int.from_bytes(data[start : start + 4], "big") + 1)


# C2PA leaves the brands of an ISO base media file out of what it hashes.
BRANDS = range(8, 32)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_single_byte_change_is_noticed_or_is_of_nothing_that_is_protected(kind: str) -> None:
    chosen = target(kind)
    assert unnoticed(chosen, [Change(0, 0)]) == [Change(0, 0)], "the unchanged file is trusted"

    left = unnoticed(chosen, changes_of(chosen, -(-CHANGES // len(KINDS))))

    if kind == "bundle" or kind in packets.NAMES:
        for change in left:
            assert entries(change.of(chosen).data) in (entries(chosen.data), None) or readme_only(chosen, change)
    elif kind in works.SIGNED_BY_OTHERS:
        allowed = credential_of(chosen)
        assert [c for c in left if c.at not in allowed and not (kind == "image/avif" and c.at in BRANDS)] == []
    else:
        assert left == []


def readme_only(chosen: Target, change: Change) -> bool:
    """The one part of a bundle that nothing depends on; the verifier says that another version wrote it."""
    was, now = entries(chosen.data) or {}, entries(change.of(chosen).data) or {}
    return {name for name in was | now if was.get(name) != now.get(name)} == {"README.txt"}
