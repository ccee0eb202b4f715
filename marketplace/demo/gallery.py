"""Hangs the demo's gallery through the same doors that everybody uses: jobs, papers, review, listing.

Each work is looked up first, so an interrupted run goes on where it was.
"""

import time
from collections.abc import Callable, Sequence

from common.models import OutboxDelivery
from generation import jobs
from generation.models import Job, Piece, Slot
from licensing.models import LicenceTemplate
from licensing.rights import reviews
from marketplace import catalogue
from marketplace.demo import people
from marketplace.demo.works import WORKS, Work
from marketplace.models import Artwork

__all__ = ["hang"]

Say = Callable[[str], None]


def hang(say: Say, *, seconds: float = 240) -> int:
    """Make, review and list every work that is not there yet; return how many were added."""
    there = set(Artwork.objects.values_list("slug", flat=True))
    missing = [work for work in WORKS if work.slug not in there]
    if not missing:
        return 0
    asked = [(work, _job(work)) for work in missing]
    _wait(asked, say, deadline=time.monotonic() + seconds)
    for work, job in asked:
        _list(work, Piece.objects.get(slot__job=job, seed=work.seed))
    return len(asked)


def _job(work: Work) -> Job:
    maker, checkpoint = people.maker(work.maker), jobs.published(work.checkpoint)
    asked = Job.objects.filter(requested_by=maker.user, checkpoint=checkpoint, seed=work.seed, cancelled_at=None)
    there = next((job for job in asked if work.parameters.items() <= job.parameters.items()), None)
    return there or jobs.request(
        requested_by=maker.user, checkpoint=checkpoint, parameters=work.parameters, seed=work.seed
    )


def _wait(asked: Sequence[tuple[Work, Job]], say: Say, *, deadline: float) -> None:
    ids = [job.pk for _, job in asked]
    total = len(ids)
    while time.monotonic() < deadline:
        papered = Piece.objects.filter(slot__job__in=ids, signed_file__isnull=False).count()
        if owed := OutboxDelivery.objects.filter(done_at__isnull=True, attempts__gt=3).exclude(error="").first():
            raise RuntimeError(f"{owed.handler} keeps failing: {owed.error}")
        if failed := Slot.objects.filter(job__in=ids, state=Slot.State.FAILED).first():
            raise RuntimeError(f"A piece could not be made: {failed.error_detail}")
        made = Slot.objects.filter(job__in=ids, state=Slot.State.FINISHED).count()
        say(f"{made} of {total} pieces made, {papered} with papers")
        if papered == total:
            return
        time.sleep(1)
    raise TimeoutError("The workers did not finish the gallery in time. See var/log/site.log.")


def _list(work: Work, piece: Piece) -> None:
    maker, ida = people.maker(work.maker), people.reviewer()
    review = reviews.submit(piece=piece, by=maker.user)
    if review.state != "approved":
        reviews.approve(
            review=review, reviewer=ida, reason="Compared with its training data; nothing stands against it."
        )
    templates = {template.slug: template for template in LicenceTemplate.objects.all()}
    catalogue.list_artwork(
        piece=piece,
        maker=maker,
        title=work.title,
        title_zh=work.title_zh,
        alt_text=work.alt,
        alt_text_zh=work.alt_zh,
        edition_size=work.editions,
        offers=[
            catalogue.OfferTerms(template=templates["personal"], price_minor=work.personal),
            catalogue.OfferTerms(template=templates["commercial"], price_minor=work.commercial),
        ],
        actor=maker.user,
    )
