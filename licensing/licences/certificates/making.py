"""A certificate from its parts: statement, signature and page in one PDF that carries all three."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from licensing.licences.certificates import signing
from licensing.licences.certificates.facts import Facts
from licensing.models import Grant

__all__ = ["Certificate", "make"]


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """`pdf` holds `data` as certificate.json and `signature`, in hexadecimal, as certificate.json.sig."""

    pdf: bytes
    data: bytes
    signature: bytes


def make(*, grant: Grant, facts: Facts, key: Ed25519PrivateKey) -> Certificate:
    """The certificate of `grant`, dated at the grant: the same inputs give the same bytes.

    Raises PictureUnreadable if the picture in `facts` cannot be drawn.
    """
    from licensing.licences.certificates import page  # drawing takes 30 MB, which web processes never need

    data = signing.statement(grant, facts, public_key=key.public_key())
    signature = signing.sign(data, key)
    pdf = page.draw(grant, facts, data=data, signature=signature)
    return Certificate(pdf=pdf, data=data, signature=signature)
