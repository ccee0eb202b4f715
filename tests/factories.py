"""Small real rows for tests, each made with as little as it needs. Knows the models only, and nothing of torch."""

import hashlib
import io
import json
from itertools import count
from typing import Any

from django.contrib.auth.models import Permission
from django.utils import timezone
from PIL import Image

from common import storage
from common.models import User
from generation.models import Checkpoint, Dataset, DatasetVersion, InputWork, Job, Piece, Slot, TrainingRun
from licensing.models import LicenceTemplate, ProvenanceRecord, Review, SignedFile
from marketplace import search
from marketplace.models import Artwork, Commission, Offer, Profile

_number = count(1)


def user(name: str = "", **fields: Any) -> User:
    """A person whose password is `password`."""
    name = name or f"person-{next(_number)}"
    fields.setdefault("email", f"{name}@example.org")
    return User.objects.create_user(username=name, password="password", **fields)


def reviewer() -> User:
    """Staff who may decide on rights reviews."""
    person = user(is_staff=True)
    person.user_permissions.add(Permission.objects.get(content_type__app_label="licensing", codename="change_review"))
    return person


def maker(person: User | None = None, **fields: Any) -> Profile:
    """A maker's profile, with a person of its own unless one is given."""
    person = person or user()
    fields.setdefault("name", person.username.title())
    return Profile.objects.create(user=person, slug=person.username, **fields)


def checkpoint(**fields: Any) -> Checkpoint:
    """A published checkpoint of which there are no weights: good for everything but making a piece."""
    number = next(_number)
    given: dict[str, Any] = {
        "slug": f"checkpoint-{number}",
        "version": "1",
        "title": f"Checkpoint {number}",
        "engine": "palette-field",
        "folder": f"checkpoint-{number}",
        "weights_sha256": _digest(f"weights {number}".encode()),
        "architecture": {},
        "card": {},
        "licence_spdx": "CC0-1.0",
        "commercial_output": True,
    }
    return Checkpoint.objects.create(**{**given, **fields})


def dataset_version(**fields: Any) -> DatasetVersion:
    """A frozen version of 6 400 CC0 items, of which no item row is written."""
    number = next(_number)
    given: dict[str, Any] = {
        "version": 1,
        "merkle_root": _digest(f"root {number}".encode()),
        "item_count": 6400,
        "licence_counts": {"CC0-1.0": 6400},
        "consent_basis": "Drawn by the house's own code and given to the public domain.",
    }
    dataset = Dataset.objects.create(slug=f"dataset-{number}", title=f"Dataset {number}")
    return DatasetVersion.objects.create(dataset=dataset, **{**given, **fields})


def studio_2() -> DatasetVersion:
    """The shipped dataset of that name, with what the detectors of copies compare with; again the same row."""
    known = DatasetVersion.objects.filter(dataset__slug="studio", version=2).first()
    if known is None:
        known = dataset_version(version=2, item_count=8000, licence_counts={"CC0-1.0": 8000})
        Dataset.objects.filter(pk=known.dataset_id).update(slug="studio")
    return known


def training_run(*versions: DatasetVersion, **fields: Any) -> TrainingRun:
    """A finished run over these dataset versions."""
    now = timezone.now()
    given: dict[str, Any] = {"trainer": "gan", "config": {}, "seed": 1, "started_at": now, "finished_at": now}
    run = TrainingRun.objects.create(name=f"run-{next(_number)}", **{**given, **fields})
    run.dataset_versions.set(versions)
    return run


def papers(of: Piece, *, screening: dict[str, Any] | None = None, **generation: Any) -> SignedFile:
    """The record and the signed file of a piece, with no more in the record than policy and certificates read."""
    body = {
        "generation": {"checkpoint": {"weights_sha256": of.checkpoint.weights_sha256}, "inputs": [], **generation},
        "piece": {"id": str(of.pk), "content_sha256": _digest(f"labelled {of.pk}".encode())},
        "screening": screening or {"detectors": {}, "nearest": [], "findings": []},
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    record = ProvenanceRecord.objects.create(piece=of, body=text, sha256=_digest(text.encode()))
    return SignedFile.objects.create(
        piece=of,
        record=record,
        name=of.master_name,
        media_type=of.media_type,
        sha256=_digest(f"signed {of.pk}".encode()),
        byte_count=1000,
        signer="Vernissage",
    )


def job(person: User, *, model: Checkpoint | None = None, seed: int = 7, **fields: Any) -> Job:
    """A request for one piece."""
    fields = {"parameters": {"width": 64, "height": 48}, "count": 1, **fields}
    return Job.objects.create(requested_by=person, checkpoint=model or checkpoint(), seed=seed, **fields)


def input_work(owner: User) -> InputWork:
    """A picture that its owner uploaded; there is no file."""
    digest = _digest(f"input {next(_number)}".encode())
    return InputWork.objects.create(
        owner=owner,
        origin=InputWork.Origin.UPLOAD,
        media_type="image/png",
        sha256=digest,
        name=f"{digest}.png",
        licence_spdx="LicenseRef-own",
        rights_holder="A",
    )


def piece(person: User, *, of: Job | None = None, **fields: Any) -> Piece:
    """A finished piece of `person`, with its slot, and a small PNG of its own as master in the `masters` area."""
    of = of or job(person)
    index = of.slots.count()
    now = timezone.now()
    slot = Slot.objects.create(
        job=of, index=index, seed=of.seed + index, batch_key="64x48", state=Slot.State.FINISHED, finished_at=now
    )
    content = _picture(next(_number))
    stored = storage.put("masters", content, ".png")
    given: dict[str, Any] = {
        "media_type": "image/png",
        "width": 64,
        "height": 48,
        "content_sha256": stored.sha256,
        "master_name": stored.name,
        "seed": slot.seed,
        "parameters": of.parameters,
        "profile": {"torch": "none", "device": "cpu", "dtype": "float32", "threads": 1},
        "started_at": now,
    }
    return Piece.objects.create(slot=slot, checkpoint=of.checkpoint, **{**given, **fields})


def review(of: Piece, *, state: str = Review.State.APPROVED, by: User | None = None) -> Review:
    """The review of a piece, approved unless told otherwise."""
    decided = state not in (Review.State.PENDING, Review.State.IN_REVIEW)
    return Review.objects.create(
        piece=of,
        state=state,
        submitted_by=of.slot.job.requested_by,
        reviewer=(by or reviewer()) if decided else None,
        decided_at=timezone.now() if decided else None,
    )


def template(slug: str = "personal", *, version: int = 1, **fields: Any) -> LicenceTemplate:
    """A licence template; the same slug and version give the same row again."""
    exclusive = fields.setdefault("exclusive", slug == "exclusive")
    given: dict[str, Any] = {
        "title": slug.title(),
        "summary": f"What the {slug} licence allows.",
        "text": f"The text of the {slug} licence.",
        "terms": {"display": True, "commercial": slug != "personal", "exclusive": exclusive, "resell_edition": True},
        "rank": {"personal": 1, "commercial": 2}.get(slug, 3),
        **fields,
    }
    return LicenceTemplate.objects.get_or_create(slug=slug, version=version, defaults=given)[0]


def artwork(
    by: Profile | None = None,
    *,
    edition_size: int = 5,
    prices: dict[str, int] | None = None,
    of: Piece | None = None,
    **fields: Any,
) -> Artwork:
    """A listed artwork of an approved piece. `prices` are minor units by licence slug; personal at 4900 by default."""
    by = by or maker()
    of = of or piece(by.user)
    if not Review.objects.filter(piece=of).exists():
        review(of)
    number = next(_number)
    given: dict[str, Any] = {
        "slug": f"artwork-{number}",
        "title": f"Artwork {number}",
        "alt_text": "A field of colour.",
        "state": Artwork.State.LISTED,
        "listed_at": timezone.now(),
    }
    work = Artwork.objects.create(piece=of, maker=by, edition_size=edition_size, **{**given, **fields})
    for slug, price_minor in (prices or {"personal": 4900}).items():
        Offer.objects.create(artwork=work, template=template(slug), price_minor=price_minor, currency="EUR")
    search.index([work])
    return work


def offer(of: Artwork, slug: str = "personal") -> Offer:
    """The offer of an artwork by its licence's slug."""
    return Offer.objects.get(artwork=of, template__slug=slug)


def commission(by: Profile | None = None, *, commissioner: User | None = None, **fields: Any) -> Commission:
    """A commission as quoted: 200.00 EUR, of which 60.00 as deposit, under the exclusive licence."""
    given: dict[str, Any] = {
        "title": "A picture for the hall",
        "brief": "Something calm.",
        "state": Commission.State.QUOTED,
        "template": template("exclusive"),
        "price_minor": 20_000,
        "deposit_minor": 6_000,
        "currency": "EUR",
    }
    by = by or maker(takes_commissions=True)
    return Commission.objects.create(maker=by, commissioner=commissioner or user(), **{**given, **fields})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _picture(number: int) -> bytes:
    """A PNG that no other number below 2**24 gives."""
    buffer = io.BytesIO()
    picture = Image.merge("RGB", [Image.linear_gradient("L").resize((64, 48))] * 3)
    picture.putpixel((0, 0), (number & 255, number >> 8 & 255, number >> 16 & 255))
    picture.save(buffer, "PNG")
    return buffer.getvalue()
