"""The bundle: one zip with a piece, its record, its place in the log and the certificates, to be verified for ever.

Packing is deterministic. Unpacking treats every archive as hostile: nothing is written to disk, everything is bounded.
"""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.errors import Unprocessable
from licensing.provenance import archives, canonical
from licensing.provenance.archives import ArchiveDamaged
from licensing.provenance.containers import trace_of_papers
from licensing.provenance.key_list import read_rotations, rotations_json
from licensing.provenance.statements import Notice, StatementInvalid

__all__ = ["EXTENSIONS", "Bundle", "BundleDamaged", "Inclusion", "is_bundle", "pack", "unpack"]

RECORD, OPENINGS = "record.json", "openings.json"
LEAF, INCLUSION, TREE_HEAD, LOG_KEY = "log/leaf.json", "log/inclusion.json", "log/tree-head.txt", "log/log.pub"
STAMP, ROTATIONS = "log/tree-head.tsr", "log/rotations.json"
ROOT, CHAIN = "certificates/root.pem", "certificates/chain.pem"
CERTIFICATE, README = "certificate.pdf", "README.txt"
_FILES = {
    "image/png": "artwork.png",
    "image/jpeg": "artwork.jpg",
    "image/webp": "artwork.webp",
    "video/mp4": "artwork.mp4",
    "application/zip": "artwork.zip",
}
EXTENSIONS = {media_type: name.removeprefix("artwork.") for media_type, name in _FILES.items()}
_REQUIRED = (README, RECORD, LEAF, INCLUSION, TREE_HEAD, LOG_KEY, ROOT, CHAIN)
_NAMES = frozenset((*_REQUIRED, OPENINGS, CERTIFICATE, STAMP, ROTATIONS, *_FILES.values()))
_TELLING = frozenset((RECORD, LEAF, INCLUSION, TREE_HEAD))

_LARGEST_FILE, _LARGEST_PART = 64 * 1024 * 1024, 8 * 1024 * 1024
_LONGEST_PROOF = 64

_README_TEXT = """\
Vernissage: a piece and its papers

artwork       the work; it carries its signed credential (C2PA). A text or a sculpture lies in artwork.zip, signed
              as a whole, with a credential of its own beside it
record.json   how it was made: model, training data, commitments to seed and parameters
openings.json the values behind those commitments, if this bundle is the owner's: keep them to yourself
log/          its entry in the transparency log, with the proof and the signed tree head
certificates/ who signed; certificate.pdf is your licence certificate, if there is one

To check everything, without a network and without asking us, with the Vernissage program:
    python -m licensing.provenance.verify BUNDLE.zip --anchors root.pem --log-key log.pub
Take root.pem and log.pub from a place you trust, such as our website, and not from this bundle: whoever made a false
bundle would have put false keys into it. The file artwork alone can be read by any C2PA reader.

画廊 Vernissage：作品及其证明文件

artwork       作品，内含签名的内容凭证（C2PA）。文字与雕塑在 artwork.zip 中：压缩包整体签名，作品旁另附其自身的内容凭证
record.json   创作记录：模型、训练数据，以及对种子与参数的密码学承诺
openings.json 承诺所对应的原值（仅作品所有人的文件包中才有，请勿公开）
log/          透明日志中的条目、包含证明与签名的树头
certificates/ 签名者的证书；certificate.pdf 为您的许可证书（如有）

无需联网、无需询问我们，即可用 Vernissage 程序核验全部内容：
    python -m licensing.provenance.verify BUNDLE.zip --anchors root.pem --log-key log.pub --lang zh
请从可信之处（例如我们的网站）取得 root.pem 与 log.pub，不要使用本文件包中的副本：伪造文件包的人也会放入伪造的密钥。
"""


class BundleDamaged(Unprocessable):
    code = "bundle_damaged"
    title = "The bundle is damaged, incomplete, or holds what does not belong into it."


@dataclass(frozen=True, kw_only=True)
class Inclusion:
    """Where a leaf stands in the log, and the 32-byte hashes that prove it, from the bottom up."""

    index: int
    proof: tuple[bytes, ...]

    def encode(self) -> bytes:
        return canonical.encode({"v": 1, "index": self.index, "proof": [node.hex() for node in self.proof]})


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The parts of a bundle. `stamp`: the reply of a time-stamping authority on the tree head; `rotations`: how the
    log's key changed hands. `exact` is False when another program, or another version of this one, packed it."""

    media_type: str
    file: bytes
    record: bytes
    leaf: bytes
    inclusion: Inclusion
    tree_head: str
    log_key: str
    root_pem: str
    chain_pem: str
    openings: bytes | None = None
    certificate: bytes | None = None
    stamp: bytes | None = None
    rotations: tuple[Notice, ...] = ()
    exact: bool = True


def pack(bundle: Bundle) -> bytes:
    """The zip. Equal parts give equal bytes."""
    parts: dict[str, bytes | None] = {
        README: _README_TEXT.encode(),
        _FILES[bundle.media_type]: bundle.file,
        RECORD: bundle.record,
        OPENINGS: bundle.openings,
        LEAF: bundle.leaf,
        INCLUSION: bundle.inclusion.encode(),
        TREE_HEAD: bundle.tree_head.encode(),
        LOG_KEY: bundle.log_key.encode() + b"\n",
        STAMP: bundle.stamp,
        ROTATIONS: canonical.encode(rotations_json(bundle.rotations)) if bundle.rotations else None,
        ROOT: bundle.root_pem.encode(),
        CHAIN: bundle.chain_pem.encode(),
        CERTIFICATE: bundle.certificate,
    }
    return archives.write({name: data for name, data in parts.items() if data is not None})


def is_bundle(data: bytes) -> bool:
    """Whether an archive claims to be a bundle: an entry that only bundles have or, damaged, any remains of papers."""
    try:
        return not _TELLING.isdisjoint(archives.directory(data).namelist())
    except ArchiveDamaged:
        return trace_of_papers(data) or any(name.encode() in data for name in _TELLING)


def unpack(data: bytes) -> Bundle:
    """Read a bundle. Raises BundleDamaged on anything that is not one, within bounds of time and memory."""
    try:
        parts = _parts(archives.directory(data))
    except ArchiveDamaged as error:
        raise BundleDamaged(error.detail) from error
    [(media_type, file)] = [(media_type, name) for media_type, name in _FILES.items() if name in parts]
    return Bundle(
        media_type=media_type,
        file=parts[file],
        record=parts[RECORD],
        openings=parts.get(OPENINGS),
        leaf=parts[LEAF],
        inclusion=_inclusion(parts[INCLUSION]),
        tree_head=_text(parts, TREE_HEAD),
        log_key=_text(parts, LOG_KEY).strip(),
        root_pem=_text(parts, ROOT),
        chain_pem=_text(parts, CHAIN),
        certificate=parts.get(CERTIFICATE),
        stamp=parts.get(STAMP),
        rotations=_rotations(parts.get(ROTATIONS)),
        exact=archives.write(parts) == data and parts[README] == _README_TEXT.encode(),
    )


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    names = archive.namelist()
    foreign = sorted(set(names) - _NAMES)
    missing = sorted(set(_REQUIRED) - set(names))
    if len(set(names)) != len(names) or foreign:
        raise BundleDamaged(f"The bundle holds entries that do not belong into it: {foreign[:3]!a}.")
    if missing or sum(name in _FILES.values() for name in names) != 1:
        raise BundleDamaged(f"The bundle lacks {', '.join(missing) or 'its one work'}.")
    return {entry.filename: archives.read(archive, entry, limit=_limit(entry)) for entry in archive.infolist()}


def _limit(entry: zipfile.ZipInfo) -> int:
    return _LARGEST_FILE if entry.filename in _FILES.values() else _LARGEST_PART


def _inclusion(raw: bytes) -> Inclusion:
    try:
        document: Any = canonical.parse(raw)
        index, proof = document["index"], document["proof"]
        nodes = tuple(bytes.fromhex(node) for node in proof)
    except (canonical.NotCanonical, TypeError, KeyError, ValueError) as error:
        raise BundleDamaged("The inclusion proof in the bundle cannot be read.") from error
    well_formed = set(document) == {"v", "index", "proof"} and document["v"] == 1 and type(index) is int
    if not well_formed or index < 0 or len(nodes) > _LONGEST_PROOF or any(len(node) != 32 for node in nodes):
        raise BundleDamaged("The inclusion proof in the bundle is not in its form.")
    return Inclusion(index=index, proof=nodes)


def _rotations(raw: bytes | None) -> tuple[Notice, ...]:
    try:
        return () if raw is None else read_rotations(canonical.parse(raw))
    except (canonical.NotCanonical, StatementInvalid, TypeError) as error:
        raise BundleDamaged("How the log's key changed hands cannot be read from the bundle.") from error


def _text(parts: Mapping[str, bytes], name: str) -> str:
    try:
        return parts[name].decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleDamaged(f"{name} in the bundle is not text.") from error
