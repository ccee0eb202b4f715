"""One of everything, and who stands around it: the buyer's things, the creator's, and none of the others'."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Permission
from django.utils import timezone

from common import tokens
from common.ids import new_id
from common.models import ApiToken, User
from common.scopes import SCOPES
from generation.models import InputWork, Piece, TrainingJob
from licensing import claims
from licensing.licences import grants
from licensing.models import Review, Withdrawal
from marketplace import orders
from marketplace.models import Export, WebhookEndpoint, WebhookMessage
from tests import factories
from tests.licensing.claims.cases import FILING

__all__ = ["World"]

OPERATOR = (
    "view_worker",
    "view_trainingjob",
    "add_trainingjob",
    "change_trainingjob",
    "change_webhookendpoint",
    "add_withdrawal",
)


@dataclass
class World:
    """Rows of the buyer and of the creator, and the people. Each address has its own row to work on."""

    people: dict[str, User] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._people()
        self._rows()

    def secret(self, scope: str) -> str:
        """A token of the creator's with this one scope; where none would do, with some scope."""
        return self._issued([scope or "account:read"])

    def secret_without(self, scope: str) -> str:
        """A token of the creator's with every scope but this."""
        return self._issued(sorted(set(SCOPES) - {scope}))

    def _issued(self, scopes: list[str]) -> str:
        """The only one that there is: nobody has as many as there are scopes."""
        ApiToken.objects.filter(user=self.people["creator"]).delete()
        return tokens.issue(user=self.people["creator"], name="A script", scopes=scopes, days=7)[1]

    def _people(self) -> None:
        self.people = {name: factories.user(name) for name in ("buyer", "creator", "other")}
        self.people["staff"] = factories.user("staff", is_staff=True)
        self.people["reviewer"] = factories.reviewer()
        self.people["operator"] = factories.user("operator", is_staff=True)
        rights = Permission.objects.filter(codename__in=OPERATOR)
        self.people["operator"].user_permissions.set(rights)

    def _rows(self) -> None:
        buyer, creator = self.people["buyer"], self.people["creator"]
        maker = factories.maker(creator, takes_commissions=True)
        factories.maker(self.people["other"])
        work = factories.artwork(maker, slug="rain")
        offer = factories.offer(work)
        order = orders.place(buyer=buyer, email=buyer.email, artwork=work, offer_id=offer.pk, language="en")
        personal = factories.template("personal")
        grant = grants.grant(
            piece=work.piece,
            template=personal,
            holder=buyer,
            holder_email=buyer.email,
            work_title=work.title,
            edition_number=1,
            edition_size=5,
            source="matrix",
        )
        model = factories.checkpoint(architecture={"families": ["mist"]})
        piece, waiting = factories.piece(creator, of=factories.job(creator, model=model)), factories.piece(creator)
        review = factories.review(waiting, state=Review.State.PENDING)
        commission = factories.commission(maker, commissioner=buyer)
        version = factories.dataset_version()
        token, _secret = tokens.issue(user=buyer, name="The buyer's", scopes=["orders:read"], days=7)
        self.keys = {
            "order_id": order.pk,
            "grant_id": grant.pk,
            "piece_id": piece.pk,
            "review_id": review.pk,
            "commission_id": commission.pk,
            "input_id": _input(creator),
            "token_id": token.pk,
            "generation": piece.slot.job_id,
            "training": TrainingJob.objects.create(slug="learner", requested_by=self.people["operator"]).pk,
            "artwork": work.slug,
            "checkpoint": piece.checkpoint.slug,
            "dataset": version.dataset.slug,
            "run": factories.training_run(version).name,
            "licence": personal.slug,
            "month": "2026-10",
            **_told(factories.piece(creator)),
            "withdrawal_id": Withdrawal.objects.create(dataset=version.dataset, reason="Asked for.").pk,
        }
        why = {"reason": "Because."}
        make = {"checkpoint": piece.checkpoint.slug}
        money = {"amount_minor": 9000, "currency": "EUR"}
        self.bodies = {
            "artworks": {
                "piece": str(piece.pk),
                "title": "Snow",
                "alt_text": "Snow.",
                "edition_size": 3,
                "offers": [{"licence": "personal", "price": money}],
            },
            "orders": {"artwork": work.slug, "offer": str(offer.pk), "email": "somebody@example.org"},
            "grant-transfer": {"to_email": "friend@example.org"},
            "downloads": {"grant": str(grant.pk), "what": "picture"},
            "transfer-accept": {"key": "not-a-key"},
            "commissions": {"maker": maker.slug, "title": "A hall", "brief": "Calm."},
            "commission-quote": {"price": money, "deposit": money, "revisions": 1, "licence": "exclusive"},
            "commission-drafts": make,
            "commission-draft-send": {"piece": str(piece.pk)},
            "commission-revisions": {"notes": [{"text": "Bluer."}]},
            "generations": make,
            "generation-estimate": make,
            "inputs": {"piece": str(piece.pk)},
            "reviews": {"piece": str(piece.pk)},
            "review-appeal": {"words": "It is mine."},
            "claim-counter": {"statement": "It is mine.", "contact": "Somebody, Somewhere 1"},
            "claim-uphold": why,
            "claim-reject": why,
            "claim-by-key": {"key": "not-a-key"},
            "withdrawals": {"dataset": version.dataset.slug, "reason": "Asked for.", "pieces": 0},
            "withdrawal-radius": {"dataset": version.dataset.slug},
            "review-reject": why,
            "review-request-changes": why,
            "review-withdraw": why,
            "training-jobs": {"slug": "learner-2", "config_toml": "seed = 1"},
            "me-maker": {"name": "Somebody"},
            "me-tokens": {"name": "A script", "scopes": ["orders:read"]},
        }


def _told(piece: Piece) -> dict[str, UUID]:
    """A claim against a piece, a message that an endpoint was to get, and the creator's copy of their data."""
    filing = claims.Filing(**FILING)
    endpoint = WebhookEndpoint.objects.create(url="https://hooks.example.org/", secret="whsec_AAAA")  # nobody's
    message = WebhookMessage.objects.create(
        endpoint=endpoint,
        event_id=new_id(),
        topic="order.paid",
        subject="order_id:1",
        body="{}",
        happened_at=timezone.now(),
        give_up_at=timezone.now(),
    )
    claim = claims.receive(piece=piece, filing=filing)
    export = Export.objects.create(person=piece.slot.job.requested_by)
    return {"claim_id": claim.pk, "endpoint_id": endpoint.pk, "message_id": message.pk, "export_id": export.pk}


def _input(owner: User) -> UUID:
    work = InputWork.objects.create(
        owner=owner,
        origin=InputWork.Origin.UPLOAD,
        media_type="image/png",
        sha256="0" * 64,
        name=f"{'0' * 64}.png",
        licence_spdx="LicenseRef-own",
        rights_holder="The creator",
    )
    return work.pk
