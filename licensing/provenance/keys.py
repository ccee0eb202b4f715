"""The house's signing keys in one folder: made at first start as a development authority, read ever after.

The root is made once; its key may be taken away and kept offline. The signer is issued anew from the root when its
year runs out, or on demand. The log's key changes hands by a statement that both keys sign. Private files are readable
by their owner only; nothing here knows of settings.
"""

import contextlib
import functools
import importlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.errors import Conflict
from licensing.provenance import canonical, certificates, key_list, rotations, tree_heads
from licensing.provenance.statements import Notice, StatementInvalid

__all__ = ["KeysDamaged", "RootKeyAway", "SigningKeys", "ensure", "renew_signer", "rotate_log_key"]

_ROOT, _ROOT_KEY, _SIGNER, _LOG_KEY, _LOG_PUBLIC = "root.pem", "root.key", "signer.pem", "log.key", "log.pub"
_ROTATIONS, _CALLBACK = "rotations.json", "signer.callback"
_NAMES = (_ROOT, _SIGNER, _LOG_KEY, _LOG_PUBLIC)
_RENEW_BEFORE = timedelta(days=30)


class KeysDamaged(Conflict):
    code = "signing_keys_damaged"
    title = "The folder of signing keys is incomplete or unreadable."


class RootKeyAway(Conflict):
    code = "root_key_away"
    title = "The root's key is not in the folder: bring root.key back for as long as a signer is issued."


@dataclass(frozen=True, kw_only=True)
class SigningKeys:
    """What signs credentials and tree heads, and the public parts that others need to check them.

    `root_pem` holds the house's own root first, and whichever others it trusts, such as a time-stamping authority's.
    `chain_pem` starts with the signer and leaves the root out; `key_id` is the SHA-256 of the signer's certificate,
    `serial` its serial number, `signer` its common name. Where the signer's key is kept elsewhere, in a key management
    service or a token, `signer_key_pem` is empty and `sign` asks for a signature (ES256, DER or r ‖ s). `rotations`:
    how the log's key changed hands, the oldest first.
    """

    root_pem: str
    chain_pem: str
    key_id: str
    serial: str
    signer: str
    log_public: tree_heads.LogKey
    signer_key_pem: str = field(repr=False)
    log_key: Ed25519PrivateKey = field(repr=False)
    rotations: tuple[Notice, ...] = ()
    sign: Callable[[bytes], bytes] | None = field(default=None, repr=False)


def ensure(
    folder: Path,
    *,
    organisation: str = "Vernissage",
    log_origin: str = "vernissage.local/log",
    at: datetime | None = None,
) -> SigningKeys:
    """The keys in `folder`, which are made first where there are none.

    Any number of processes may call this at once: all return the same keys. A folder that holds only some of the
    files is never completed by guesswork: raises KeysDamaged.
    """
    now = at or datetime.now(UTC)
    if not _present(folder):
        _found(folder, organisation=organisation, log_origin=log_origin, at=now)
    keys, ends_at = _load(folder)
    if ends_at - now < _RENEW_BEFORE and keys.signer_key_pem and (folder / _ROOT_KEY).exists():
        keys = renew_signer(folder, at=now)
    return keys


def renew_signer(folder: Path, *, at: datetime | None = None) -> SigningKeys:
    """Issue a new signer from the root; what the old one signed stays good. Raises RootKeyAway and KeysDamaged."""
    if not (folder / _ROOT_KEY).exists():
        raise RootKeyAway()
    try:
        root = _read_root(folder)
    except (OSError, ValueError) as error:
        raise KeysDamaged(f"The root in {folder} cannot be used: {error}.") from error
    _write(folder / _SIGNER, _issue(root, at=at or datetime.now(UTC)))
    return _load(folder)[0]


def rotate_log_key(folder: Path, *, at: datetime | None = None) -> SigningKeys:
    """Make a new log key that the old one names as its successor. Tree heads are signed with it from now on.

    The statement is on the disk before the key changes; a run cut short leaves the old key in use.
    """
    keys = _load(folder)[0]
    fresh, name = Ed25519PrivateKey.generate(), keys.log_public.name
    told = canonical.instant(at or datetime.now(UTC))
    rotation = rotations.rotate(name=name, old=keys.log_key, new=fresh, at=told)
    said = json.dumps(key_list.rotations_json((*keys.rotations, rotation)))
    _write(folder / _ROTATIONS, said, mode=0o644)
    _write(folder / _LOG_KEY, _ed25519_pem(fresh))
    _write(folder / _LOG_PUBLIC, rotation.details["new"] + "\n", mode=0o644)
    return _load(folder)[0]


def _present(folder: Path) -> bool:
    try:
        # One listing, not one question per file: the folder may be moved into place between two questions.
        there = set(_NAMES).intersection(os.listdir(folder))
    except FileNotFoundError:
        return False
    if there and len(there) < len(_NAMES):
        missing = ", ".join(sorted(set(_NAMES) - there))
        raise KeysDamaged(f"{folder} lacks {missing}. Restore the folder from a copy, or move it away to start anew.")
    return bool(there)


def _found(folder: Path, *, organisation: str, log_origin: str, at: datetime) -> None:
    """Make the whole authority aside and move it into place in one step; whoever comes second keeps the first's."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        root = certificates.make_root(organisation=organisation, at=at)
        log_key = Ed25519PrivateKey.generate()
        _write(aside / _ROOT, certificates.pem(root.certificate), mode=0o644)
        _write(aside / _ROOT_KEY, certificates.key_to_pem(root.key))
        _write(aside / _SIGNER, _issue(root, at=at))
        _write(aside / _LOG_KEY, _ed25519_pem(log_key))
        _write(aside / _LOG_PUBLIC, tree_heads.log_key(name=log_origin, key=log_key).text + "\n", mode=0o644)
        with contextlib.suppress(OSError):
            os.rename(aside, folder)
        if not _present(folder):
            raise KeysDamaged(f"{folder} is not empty and holds no keys. Point SIGNING_KEYS at a folder of its own.")
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _issue(root: certificates.Authority, *, at: datetime) -> str:
    """A new signer as one text, so that key and chain can only change together."""
    organisation = _name_of(root.certificate, x509.NameOID.ORGANIZATION_NAME)
    issued = certificates.issue_signer(root=root, organisation=organisation, at=at)
    return certificates.key_to_pem(issued.key) + certificates.pem(*issued.chain)


def _load(folder: Path) -> tuple[SigningKeys, datetime]:
    try:
        key_pem, marker, rest = (folder / _SIGNER).read_text("ascii").partition("-----BEGIN CERTIFICATE-----")
        chain = x509.load_pem_x509_certificates((marker + rest).encode())
        if key_pem.strip() and certificates.key_from_pem(key_pem).public_key() != chain[0].public_key():
            raise ValueError("the signer's key and certificate are not a pair")
        if not key_pem.strip() and not (folder / _CALLBACK).exists():
            raise ValueError("signer.pem holds no key, and there is no signer.callback to ask for signatures")
        log_key, log_public, changes = _log_keys(folder)
        keys = SigningKeys(
            root_pem=certificates.pem(*x509.load_pem_x509_certificates((folder / _ROOT).read_bytes())),
            chain_pem=certificates.pem(*chain),
            key_id=chain[0].fingerprint(hashes.SHA256()).hex(),
            serial=str(chain[0].serial_number),
            signer=_name_of(chain[0], x509.NameOID.COMMON_NAME),
            log_public=log_public,
            signer_key_pem=key_pem.strip() and key_pem,
            log_key=log_key,
            rotations=changes,
            sign=None if key_pem.strip() else _callback((folder / _CALLBACK).read_text("utf-8").strip()),
        )
    except (OSError, ValueError, tree_heads.NoteInvalid, StatementInvalid) as error:
        raise KeysDamaged(f"The signing keys in {folder} cannot be used: {error}.") from error
    return keys, chain[0].not_valid_after_utc


@functools.cache
def _callback(name: str) -> Callable[[bytes], bytes]:
    """The function that a line `package.module:function` names."""
    module, _, function = name.partition(":")
    try:
        found: Callable[[bytes], bytes] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"signer.callback names {name!r}, which cannot be imported") from error
    return found


def _log_keys(folder: Path) -> tuple[Ed25519PrivateKey, tree_heads.LogKey, tuple[Notice, ...]]:
    """The log's key and its public side. A rotation cut short may have left the one that is new and the other old."""
    key = serialization.load_pem_private_key((folder / _LOG_KEY).read_bytes(), password=None)
    stated = tree_heads.parse_log_key((folder / _LOG_PUBLIC).read_text("utf-8"))
    said = folder / _ROTATIONS
    changes = key_list.read_rotations(json.loads(said.read_text("utf-8"))) if said.exists() else ()
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("log.key is no Ed25519 key")
    public = tree_heads.log_key(name=stated.name, key=key)
    if public.text != stated.text and (stated.text, public.text) not in {
        (change.details["old"], change.details["new"]) for change in changes
    }:
        raise ValueError("log.key and log.pub are not a pair")
    return key, public, changes


def _name_of(certificate: x509.Certificate, part: x509.ObjectIdentifier) -> str:
    return str(certificate.subject.get_attributes_for_oid(part)[0].value)


def _read_root(folder: Path) -> certificates.Authority:
    certificate = x509.load_pem_x509_certificate((folder / _ROOT).read_bytes())
    return certificates.Authority(
        certificate=certificate, key=certificates.key_from_pem((folder / _ROOT_KEY).read_text("ascii"))
    )


def _write(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace `path` in one step; its content is on the disk before its name is."""
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(aside, mode)
    os.replace(aside, path)


def _ed25519_pem(key: Ed25519PrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode("ascii")
