"""The papers that an input work brings along: broken ones are refused, sound ones go into the piece's credential."""

from django.conf import settings

from common import storage
from common.errors import Unprocessable
from generation.models import InputWork, Job
from licensing.models import SignedFile
from licensing.provenance import keys
from licensing.provenance.report import State

__all__ = ["InputPapersBroken", "check", "files"]

_AREA = "masters"


class InputPapersBroken(Unprocessable):
    code = "input_papers_broken"
    title = "The picture carries papers that do not hold: bring the file as its signer gave it out, or without papers."


def check(data: bytes) -> None:
    """Refuse a picture whose own papers are broken or altered. One without papers, or of an unknown signer, is fine."""
    from licensing.provenance import file_checks  # brings c2pa

    examined = file_checks.examine(data, anchors=keys.ensure(settings.SIGNING_KEYS).root_pem)
    broken = [verdict.sentence() for verdict in examined.verdicts if verdict.state is State.FAILS]
    if broken:
        raise InputPapersBroken(f"{InputPapersBroken.title} {' '.join(broken)}")


def files(job: Job) -> dict[str, tuple[str, bytes]]:
    """Role → media type and bytes of each input work: a piece of the house as its signed file, where it has one."""
    uses = job.inputs.select_related("work").order_by("role")
    return {use.role: _file(use.work) for use in uses}


def _file(work: InputWork) -> tuple[str, bytes]:
    signed = SignedFile.objects.filter(piece=work.piece_id).first() if work.piece_id else None
    if signed is not None:
        return signed.media_type, storage.read(_AREA, signed.name)
    return work.media_type, storage.read(_AREA, work.name)
