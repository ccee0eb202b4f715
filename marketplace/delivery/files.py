"""The files made for one grant: the holder's own signed copy, the certificate, and the bundle that holds everything.

All lie in the private `masters` area under their own digests; a run cut short leaves nothing that anybody can see.
"""

from django.conf import settings
from django.utils import timezone

from common import storage
from licensing.licences import certificates
from licensing.models import Grant, SignedFile
from licensing.provenance import keys
from licensing.provenance.bundle import EXTENSIONS
from marketplace.models import Delivery, Profile

__all__ = ["make_files"]


def make_files(grant: Grant, *, language: str) -> Delivery:
    """The files of a grant for whoever holds it now, made on first use, with a certificate in `language`.

    Of two runs at once, one's files are kept and both return them. The openings, with which the piece can be made
    again, go only to whoever holds it alone and without end.
    """
    if there := Delivery.objects.filter(grant=grant, holding=grant.holding).first():
        return there
    from licensing.provenance import publish  # loads c2pa, which web processes never need

    signed = SignedFile.objects.select_related("piece").get(piece_id=grant.piece_id)
    house = keys.ensure(settings.SIGNING_KEYS)
    picture = storage.put("masters", _copy(grant, signed, house), f".{EXTENSIONS[signed.media_type]}")
    certificate = _certificate(grant, house, copy_sha256=picture.sha256, language=language)
    zipped = publish.bundle(
        piece=signed.piece,
        file=storage.read("masters", picture.name),
        certificate=certificate,
        openings=grant.exclusive and grant.expires_at is None,
    )
    bundle = storage.put("masters", zipped, ".zip")
    made = {
        "holding": grant.holding,
        "bundle_name": bundle.name,
        "bundle_sha256": bundle.sha256,
        "bundle_bytes": bundle.byte_count,
        "picture_name": picture.name,
        "picture_media_type": signed.media_type,
        "certificate_name": storage.put("masters", certificate, ".pdf").name,
        "made_at": timezone.now(),
    }
    Delivery.objects.bulk_create([Delivery(grant=grant, **made)], ignore_conflicts=True)
    Delivery.objects.filter(grant=grant, holding__lt=grant.holding).update(**made)
    return Delivery.objects.get(grant=grant)


def _copy(grant: Grant, signed: SignedFile, house: keys.SigningKeys) -> bytes:
    """The holder's own copy: the history of the signed file is kept, and the grant is added."""
    from licensing.provenance import credentials

    return credentials.sign_copy(
        signed=storage.read("masters", signed.name),
        media_type=signed.media_type,
        title=grant.work_title,
        grant_id=str(grant.pk),
        keys=house,
        at=timezone.now(),
        tsa_url=settings.TSA_URL or None,
    )


def _certificate(grant: Grant, house: keys.SigningKeys, *, copy_sha256: str, language: str) -> bytes:
    maker = Profile.objects.get(user=grant.piece.slot.job.requested_by_id)
    facts = certificates.gather(
        grant,
        maker=(language.startswith("zh") and maker.name_zh) or maker.name,
        site_url=settings.SITE_URL,
        copy_sha256=copy_sha256,
        language=language,
    )
    return certificates.make(grant=grant, facts=facts, key=house.log_key).pdf
