"""The signed statement of a certificate: canonical JSON under Ed25519. The page is a picture of it. Pure."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from licensing.licences.certificates.facts import Facts
from licensing.models import Grant
from licensing.provenance import canonical
from licensing.provenance.certificate_checks import CONTEXT, TYPE, is_signed

__all__ = ["address", "sign", "statement", "verify"]


def address(grant: Grant, facts: Facts) -> str:
    """Where anybody can look the certificate up."""
    return f"{facts.site_url}/certificates/{grant.pk}/"


def statement(grant: Grant, facts: Facts, *, public_key: Ed25519PublicKey) -> bytes:
    """Everything that the certificate claims, as RFC 8785 bytes. Equal inputs give equal bytes."""
    document: dict[str, Any] = {
        "type": TYPE,
        "v": 1,
        "grant": {
            "id": str(grant.pk),
            "licence": f"{grant.terms['slug']}-{grant.terms['version']}",
            "terms_sha256": grant.terms_sha256,
            "exclusive": grant.exclusive,
            "granted_at": canonical.instant(grant.granted_at),
            "holder": facts.holder,
        },
        "work": {
            "title": grant.work_title,
            "maker": facts.maker,
            "edition_number": grant.edition_number,
            "edition_size": grant.edition_size,
        },
        "piece": {
            "id": str(grant.piece_id),
            "record_sha256": facts.record_sha256,
            "content_sha256": facts.content_sha256,
            "file_sha256": facts.file_sha256,
            "copy_sha256": facts.copy_sha256 or None,
        },
        "log": {"index": facts.log.index, "leaf_hash": facts.log.leaf_hash},
        "look_up_at": address(grant, facts),
        "key_sha256": canonical.sha256_hex(public_key.public_bytes_raw()),
    }
    # Only where there is one: the certificates of grants from before stay as they always were.
    if grant.expires_at:
        document["grant"]["expires_at"] = canonical.instant(grant.expires_at)
    if grant.policy_sha256:
        document["grant"]["policy_sha256"] = grant.policy_sha256
    return canonical.encode(document)


def sign(data: bytes, key: Ed25519PrivateKey) -> bytes:
    """The signature over a statement, 64 bytes. Ed25519 is deterministic."""
    return key.sign(CONTEXT + data)


def verify(data: bytes, signature: bytes, public_key: Ed25519PublicKey) -> bool:
    """Whether `public_key` signed exactly this statement as a certificate."""
    return is_signed(data, signature, public_key)
