"""The files made for one grant: the holder's own signed copy, the certificate, and the bundle that holds everything.

All lie in the private `masters` area under their own digests; a run cut short leaves nothing that anybody can see.
"""

from django.conf import settings
from django.utils import timezone

from common import storage
from licensing.models import Grant, SignedFile
from marketplace.models import Delivery

__all__ = ["make_files"]

_EXTENSIONS = {"image/png": ".png", "image/jpeg": ".jpg"}


def make_files(grant: Grant) -> Delivery:
    """The files of a grant, made on first use. Of two runs at once, one's files are kept and both return them."""
    from licensing.licences import certificates
    from licensing.provenance import publish

    if made := Delivery.objects.filter(grant=grant).first():
        return made
    signed = SignedFile.objects.select_related("piece").get(piece_id=grant.piece_id)
    copy = _copy(grant, signed)
    certificate = certificates.make(grant=grant)
    zipped = publish.bundle(piece=signed.piece, file=copy, certificate=certificate, openings=True)
    bundle = storage.put("masters", zipped, ".zip")
    files = Delivery(
        grant=grant,
        bundle_name=bundle.name,
        bundle_sha256=bundle.sha256,
        bundle_bytes=bundle.byte_count,
        picture_name=storage.put("masters", copy, _EXTENSIONS[signed.media_type]).name,
        picture_media_type=signed.media_type,
        certificate_name=storage.put("masters", certificate, ".pdf").name,
    )
    Delivery.objects.bulk_create([files], ignore_conflicts=True)
    return Delivery.objects.get(grant=grant)


def _copy(grant: Grant, signed: SignedFile) -> bytes:
    """The holder's own copy: the history of the signed file is kept, and the grant is added."""
    from licensing.provenance import credentials, keys

    return credentials.sign_copy(
        signed=storage.read("masters", signed.name),
        media_type=signed.media_type,
        title=grant.work_title,
        grant_id=str(grant.pk),
        keys=keys.ensure(settings.SIGNING_KEYS),
        at=timezone.now(),
        tsa_url=settings.TSA_URL or None,
    )
