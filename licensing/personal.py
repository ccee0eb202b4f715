"""What licensing holds of people: licences with their holders, acts, reviews, and what opens sealed words."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from common.models import OutboxDelivery, User
from common.personal import CHUNK, FOR_CLAIMS, PROOF, SERVICE, UNTIL_ERASED, WITH_THE_WORK, Held, Kept, Part
from generation.models import Piece
from licensing.licences import transfers
from licensing.models import ClaimEvidence, GrantTransfer
from licensing.provenance import erasure

__all__ = ["PART"]

_SEALED = _("The public log holds their digest, and nobody can alter it. Your words in them are sealed and stay so.")


def _take_back_offers(person: User) -> int:
    offers = GrantTransfer.objects.filter(giver=person, grant__holder=person, state=GrantTransfer.State.OFFERED)
    taken = list(offers.select_related("grant").order_by("pk"))
    for offer in taken:
        transfers.take_back(grant=offer.grant, by=person)
    return len(taken)


def _files(person: User) -> Iterator[Kept]:
    evidence = ClaimEvidence.objects.filter(claim__claimant=person).order_by("pk")
    for each in evidence.iterator(CHUNK):
        yield Kept(f"claims/{each.claim_id}/{each.name.rpartition('/')[2]}", "masters", each.name)


def _unfinished(person: User) -> bool:
    """Whether papers are still to be given to a piece of theirs: these seal the words as they stand."""
    owed = OutboxDelivery.objects.filter(done_at=None, event__topic="piece.finished")
    ids = [payload["piece_id"] for payload in owed.values_list("event__payload", flat=True)]
    return Piece.objects.filter(pk__in=ids, slot__job__requested_by=person).exists()


PART = Part(
    name="licensing",
    held=(
        Held(
            model="licensing.Openings",
            of=("record__piece__slot__job__requested_by",),
            what=_("What opens the sealed words in the papers of your works"),
            why=PROOF,
            until=UNTIL_ERASED,
            changed=("body",),
            secret=("body",),
        ),
        Held(
            model="licensing.ProvenanceRecord",
            of=("piece__slot__job__requested_by",),
            what=_("The papers of your works"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("body",),
            because=_SEALED,
            beside=("piece", "sha256", "created_at"),
        ),
        Held(
            model="licensing.HumanAct",
            of=("by",),
            what=_("What you did for a work: the evidence that you are its author"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("by", "detail"),
            because=FOR_CLAIMS,
            beside=("piece", "act", "at"),
        ),
        Held(
            model="licensing.Grant",
            of=("holder",),
            what=_("The licences you hold"),
            why=SERVICE,
            until=WITH_THE_WORK,
            kept=("holder",),
            because=_("Your licence stays good, and anybody who has its certificate can check it."),
            blanked=("holder_email",),
            beside=(
                "piece",
                "work_title",
                "terms",
                "exclusive",
                "edition_number",
                "edition_size",
                "state",
                "granted_at",
                "revoked_at",
                "revoked_because",
            ),
        ),
        Held(
            model="licensing.GrantTransfer",
            role="giver",
            of=("giver",),
            what=_("Licences you gave away"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("giver", "language"),
            because=FOR_CLAIMS,
            blanked=("giver_email",),
            beside=("grant", "state", "offered_at", "accepted_at"),
        ),
        Held(
            model="licensing.GrantTransfer",
            role="taker",
            of=("taker",),
            what=_("Licences that were given to you"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("taker",),
            because=FOR_CLAIMS,
            blanked=("to_email",),
            beside=("grant", "state", "offered_at", "accepted_at"),
        ),
        Held(
            model="licensing.Review",
            role="maker",
            of=("submitted_by",),
            what=_("How the rights in your works were reviewed"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("submitted_by", "reason"),
            because=FOR_CLAIMS,
            blanked=("maker_words",),
            beside=("piece", "state", "submitted_at", "decided_at"),
        ),
        Held(
            model="licensing.Review",
            role="reviewer",
            of=("reviewer", "first_approver", "refused_by"),
            what=_("Reviews you decided"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("reviewer", "first_approver", "refused_by"),
            because=FOR_CLAIMS,
            beside=("piece", "state", "decided_at"),
        ),
        Held(
            model="licensing.Finding",
            of=("review__submitted_by",),
            what=_("What was found when your works were looked through"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("sentence", "evidence", "answer"),
            because=FOR_CLAIMS,
            beside=("review", "rule", "severity", "found_at"),
        ),
        Held(
            model="licensing.Claim",
            role="claimant",
            of=("claimant",),
            what=_("Rights that you claimed in works of others"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("claimant", "named", "name", "email", "contact", "own_work", "statement", "upkeep", "language"),
            because=FOR_CLAIMS,
            beside=("piece", "role", "state", "received_at", "counter", "reason", "decided_at"),
        ),
        Held(
            model="licensing.Claim",
            role="maker",
            of=("piece__slot__job__requested_by",),
            what=_("Claims against works of yours, and your answers"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("counter",),
            because=FOR_CLAIMS,
            beside=("piece", "statement", "state", "received_at", "reason", "decided_at"),
        ),
        Held(
            model="licensing.Claim",
            role="reviewer",
            of=("decided_by",),
            what=_("Claims that you decided"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("decided_by", "reason"),
            because=FOR_CLAIMS,
            beside=("piece", "state", "decided_at"),
        ),
        Held(
            model="licensing.ClaimEvidence",
            of=("claim__claimant",),
            what=_("Files that you gave as evidence"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("title", "name"),
            because=FOR_CLAIMS,
            beside=("claim", "byte_count"),
        ),
        Held(
            model="licensing.Withdrawal",
            of=("begun_by",),
            what=_("Withdrawals of consent that operators carried out"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("begun_by", "reason"),
            because=FOR_CLAIMS,
            beside=("begun_at", "state"),
        ),
    ),
    impersonal={
        # Texts of the house, digests, and statements that name rows and never people.
        "licensing.LicenceTemplate": (),
        "licensing.SignedFile": (),
        "licensing.LogLeaf": (),
        "licensing.TreeHead": (),
        "licensing.Grant": ("terms", "policy", "work_title", "source"),
    },
    steps=(erasure.forget_prompts, _take_back_offers),
    files=_files,
    unfinished=_unfinished,
)
