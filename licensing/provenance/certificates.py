"""X.509 certificates in the profile that C2PA accepts: root, issuing authority, signer. Pure; writes no file."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["Authority", "Issued", "issue_signer", "key_from_pem", "key_to_pem", "make_root", "pem"]

PrivateKey = ec.EllipticCurvePrivateKey

_ROOT_YEARS, _ISSUING_YEARS, _SIGNER_DAYS = 10, 2, 365
_YEAR = timedelta(days=365)
# A clock that runs a little behind must not see a certificate of the future.
_BACKDATED = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A certificate that may issue others, with its key."""

    certificate: x509.Certificate
    key: PrivateKey


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A signer: its key, and its chain from the signer's own certificate upwards, the root left out."""

    key: PrivateKey
    chain: tuple[x509.Certificate, ...]


def make_root(*, organisation: str, at: datetime | None = None) -> Authority:
    """A self-signed root on P-256, valid for ten years, that allows one authority below it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, f"{organisation} Root")
    builder = _authority(_start(name, name, key, key, at, _ROOT_YEARS * _YEAR), depth=1)
    return Authority(certificate=builder.sign(key, hashes.SHA256()), key=key)


def issue_signer(
    *, root: Authority, organisation: str, at: datetime | None = None, key: PrivateKey | None = None
) -> Issued:
    """A fresh issuing authority (two years) and an ES256 signer under it (one year), with a fresh key or with `key`.

    The issuing key is forgotten: nobody can issue a second signer in its name.
    """
    issuing_key = ec.generate_private_key(ec.SECP256R1())
    issuing_name = _name(organisation, f"{organisation} Issuing CA")
    above = root.certificate.subject
    issuing = _authority(_start(issuing_name, above, issuing_key, root.key, at, _ISSUING_YEARS * _YEAR), depth=0).sign(
        root.key, hashes.SHA256()
    )
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, f"{organisation} Signer")
    signer = (
        _start(name, issuing_name, key, issuing_key, at, timedelta(days=_SIGNER_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .sign(issuing_key, hashes.SHA256())
    )
    return Issued(key=key, chain=(signer, issuing))


def pem(*certificates: x509.Certificate) -> str:
    """The certificates in PEM, in the order given."""
    return "".join(c.public_bytes(serialization.Encoding.PEM).decode("ascii") for c in certificates)


def key_to_pem(key: PrivateKey) -> str:
    """The private key as unencrypted PKCS #8 PEM."""
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode("ascii")


def key_from_pem(text: str) -> PrivateKey:
    """The P-256 key in `text`. Raises ValueError on anything else."""
    key = serialization.load_pem_private_key(text.encode("ascii"), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("not a P-256 private key")
    return key


def _start(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, issuer_key: PrivateKey, at: datetime | None, life: timedelta
) -> x509.CertificateBuilder:
    now = at or datetime.now(UTC)
    public = key.public_key()
    # Without the authority key identifier C2PA refuses the signer.
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(issuer_id, critical=False)
    )


def _authority(builder: x509.CertificateBuilder, *, depth: int) -> x509.CertificateBuilder:
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True).add_extension(
        _usage(key_cert_sign=True, crl_sign=True), critical=True
    )


def _name(organisation: str, common_name: str) -> x509.Name:
    # Older readers report a signature mismatch when the subject has no organisation.
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
