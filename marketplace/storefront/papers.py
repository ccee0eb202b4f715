"""A piece's papers as a person reads them: a story, a line from training data to buyer, what was checked and by whom.

Everything is read from the record, the review and the log. What nobody recorded is shown as not known; sealed values
(seed, parameters, prompt) never appear.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from generation.models import DatasetVersion, Piece, TrainingRun
from licensing.models import Finding, LogLeaf, Review, SignedFile
from licensing.provenance import lineage
from marketplace.storefront.findings import in_words
from marketplace.storefront.templatetags.vernissage import count, full_day, moment, short_digest

__all__ = ["Act", "Check", "Papers", "Step", "of_piece"]

Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node of the line. `state`: known, unknown, withdrawn or yours."""

    icon: str
    kind: Words
    what: Words
    proof: Words = ""
    href: str = ""
    state: str = "known"
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """`verdict`: holds, note, fails or open."""

    verdict: str
    words: Words
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Act:
    words: Words
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Papers:
    """`story` is plain sentences; the template names the work itself in front of them."""

    story: list[str]
    steps: list[Step]
    checks: list[Check]
    acts: list[Act]
    signed: bool

    @property
    def passed(self) -> int:
        return sum(check.verdict == "holds" for check in self.checks)

    @property
    def notes(self) -> int:
        return sum(check.verdict == "note" for check in self.checks)


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything that the papers of one piece are read from."""

    piece: Piece
    run: TrainingRun | None
    datasets: list[DatasetVersion]
    signed: SignedFile | None
    leaf: LogLeaf | None
    review: Review | None
    record: dict[str, Any]


def of_piece(piece: Piece, *, title: str, picture_url: str, edition: Words) -> Papers:
    """The papers of `piece`. `edition` says which edition a reader would get; empty where none can be had."""
    known = _gather(piece)
    return Papers(
        story=_story(known),
        steps=_steps(known, title=title, picture_url=picture_url, edition=edition),
        checks=_checks(known),
        acts=_acts(known),
        signed=known.signed is not None,
    )


def _gather(piece: Piece) -> _Known:
    behind = lineage.checkpoints(piece.checkpoint)
    runs = () if lineage.unknown(behind) else lineage.runs(behind)
    record = piece.records.order_by("-created_at").first()
    return _Known(
        piece=piece,
        run=runs[0] if runs else None,
        datasets=list(DatasetVersion.objects.filter(training_runs__in=runs).distinct()) if runs else [],
        signed=SignedFile.objects.filter(piece=piece).first(),
        leaf=LogLeaf.objects.filter(subject=str(piece.id)).order_by("index").first(),
        review=Review.objects.filter(piece=piece).select_related("reviewer").first(),
        record=json.loads(record.body) if record else {},
    )


def _story(known: _Known) -> list[str]:
    """Whole sentences, so that each language keeps its own order of words."""
    piece, model = known.piece, known.piece.checkpoint.title
    made = {"day": full_day(piece.finished_at), "model": model}
    items = sum(version.item_count for version in known.datasets)
    if not items:
        sentences = [gettext("was made on %(day)s by %(model)s, a model whose training history is not known.") % made]
    elif _drawn_here(known):
        sentences = [
            gettext("was made on %(day)s by %(model)s, a model trained on %(items)s pictures drawn by our own code.")
            % {**made, "items": count(items)},
            gettext("No one else’s work went into it."),
        ]
    else:
        sentences = [
            gettext("was made on %(day)s by %(model)s, a model trained on %(items)s pictures.")
            % {**made, "items": count(items)}
        ]
    if known.review and known.review.state == Review.State.APPROVED and known.review.decided_at:
        sentences.append(
            gettext("%(reviewer)s reviewed it on %(day)s.")
            % {
                "reviewer": _name_of_reviewer(known.review) or gettext("A reviewer of the house"),
                "day": full_day(known.review.decided_at),
            }
        )
    if known.signed and known.leaf:
        sentences.append(gettext("It is signed and entered in a public log, where any later change would show."))
    return sentences


def _drawn_here(known: _Known) -> bool:
    return bool(known.datasets) and all(version.recipe for version in known.datasets)


def _name_of_reviewer(review: Review) -> str:
    return review.reviewer.get_full_name() if review.reviewer else ""


def _steps(known: _Known, *, title: str, picture_url: str, edition: Words) -> list[Step]:
    piece = known.piece
    steps = [*_training_steps(known)]
    weights = gettext("weights %(digest)s") % {"digest": short_digest(piece.checkpoint.weights_sha256)}
    steps.append(Step(icon="model", kind=_("Model"), what=piece.checkpoint.title, proof=weights))
    steps.append(
        Step(icon="seed", kind=_("Made"), what=moment(piece.finished_at), proof=_("seed sealed, for the owner"))
    )
    digest = known.signed.sha256 if known.signed else piece.content_sha256
    steps.append(
        Step(
            icon="picture",
            kind=_("Piece"),
            what=title,
            proof=f"sha {short_digest(digest)}",
            picture_url=picture_url,
        )
    )
    steps.append(_review_step(known.review))
    if known.signed and known.leaf:
        leaf = gettext("leaf %(index)s") % {"index": count(known.leaf.index)}
        steps.append(
            Step(
                icon="signed",
                kind=_("Signed"),
                what=_("Credential and log"),
                proof=leaf,
                href=reverse("storefront:log"),
            )
        )
    else:
        steps.append(Step(icon="signed", kind=_("Signed"), what=_("Not yet"), state="unknown"))
    if edition:
        steps.append(Step(icon="person", kind=_("You"), what=edition, proof=_("yours on paying"), state="yours"))
    return steps


def _training_steps(known: _Known) -> list[Step]:
    if not known.run or not known.datasets:
        why = _("The weights came from outside, without a record of their training.")
        return [
            Step(icon="unknown", kind=_("Learned from"), what=_("Not known"), proof=why, state="unknown"),
            Step(icon="unknown", kind=_("Training run"), what=_("Not known"), state="unknown"),
        ]
    items = sum(version.item_count for version in known.datasets)
    words = (
        ngettext("%(items)s drawn picture", "%(items)s drawn pictures", items)
        if _drawn_here(known)
        else ngettext("%(items)s picture", "%(items)s pictures", items)
    )
    root = gettext("root %(digest)s") % {"digest": short_digest(known.datasets[0].merkle_root)}
    run = known.run
    commit = gettext("commit %(commit)s") % {"commit": run.code_commit[:7]} if run.code_commit else ""
    return [
        Step(icon="dataset", kind=_("Learned from"), what=words % {"items": count(items)}, proof=root),
        Step(icon="training", kind=_("Training run"), what=run.name, proof=commit or moment(run.started_at)),
    ]


def _review_step(review: Review | None) -> Step:
    if review and review.state == Review.State.APPROVED and review.decided_at:
        name = _name_of_reviewer(review)
        by = gettext("By %(reviewer)s") % {"reviewer": name} if name else gettext("By a reviewer of the house")
        return Step(icon="eye", kind=_("Reviewed"), what=by, proof=moment(review.decided_at))
    if review and review.state == Review.State.WITHDRAWN:
        return Step(icon="eye", kind=_("Reviewed"), what=_("Approval withdrawn"), state="withdrawn")
    return Step(icon="eye", kind=_("Reviewed"), what=_("Not yet"), state="unknown")


VERDICTS = {Finding.Severity.FINE: "holds", Finding.Severity.LOOK: "note", Finding.Severity.BLOCKS: "fails"}


def _checks(known: _Known) -> list[Check]:
    checks = []
    review = known.review
    if review:
        for finding in review.findings.order_by("found_at", "rule"):
            verdict = (
                "note"
                if finding.severity == Finding.Severity.BLOCKS and finding.answer
                else VERDICTS[Finding.Severity(finding.severity)]
            )
            checks.append(Check(verdict, in_words(finding), finding.found_at))
        if review.state == Review.State.APPROVED:
            checks.append(Check("holds", _("A person looked at it and approved it."), review.decided_at))
        elif review.state == Review.State.WITHDRAWN:
            checks.append(Check("fails", _("The approval was withdrawn."), review.decided_at))
        else:
            checks.append(Check("open", _("A person has still to look at it."), None))
    if known.signed:
        checks.append(Check("holds", _("Signed, with its record inside the file."), known.signed.signed_at))
    if known.leaf:
        checks.append(Check("holds", _("Entered in the public log."), known.leaf.appended_at))
    return checks


def _acts(known: _Known) -> list[Act]:
    return [Act(_act_words(act), parse_datetime(act["at"])) for act in known.record.get("human_contribution", [])]


def _act_words(act: dict[str, Any]) -> Words:
    detail = act.get("detail", {})
    name = str(act["act"])
    if name == "wrote_prompt":
        words = detail.get("words")
        if words:
            return ngettext(
                "Wrote the brief, %(words)s word, kept private by its author",
                "Wrote the brief, %(words)s words, kept private by its author",
                int(words),
            ) % {"words": words}
        return _("Wrote the brief, kept private by its author")
    if name == "chose":
        some, of = detail.get("chosen", 1), detail.get("of")
        return gettext("Chose %(some)s of %(of)s") % {"some": some, "of": of} if of else _("Chose it")
    known: dict[str, Words] = {
        "set_parameters": _("Set the parameters"),
        "brought_works": _("Brought works to make it from, with the right to use them"),
        "edited": _("Edited it"),
        "composed": _("Composed it"),
    }
    return known.get(name, name.replace("_", " ").capitalize())
