"""Drop a file and learn what it is. No account; nothing is kept. One sentence first, then each answer by itself."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from common.errors import DomainError
from common.uploads import is_overlong
from licensing.provenance import inquiry
from licensing.provenance.report import Overall, Report, State, Subject, Verdict
from marketplace.models import Artwork

Words = str | Promise

OUTCOMES: dict[Overall, tuple[str, Words, Words]] = {
    Overall.TRUSTED: (
        "holds",
        _("This file is what it says it is."),
        _("Its papers hold, and they were signed here. Whether whoever sent it may use it is another question."),
    ),
    Overall.UNKNOWN_SIGNER: (
        "look",
        _("It is intact, but we do not know who signed it."),
        _("Nothing was altered since it was signed. Nobody whom we know vouches for the signer."),
    ),
    Overall.NONE: (
        "none",
        _("We found no papers. That does not say who made it."),
        _("Papers are lost when a picture is saved again or sent through many services. Absence proves nothing."),
    ),
    Overall.BROKEN: (
        "broken",
        _("Its papers do not hold."),
        _("The file or its papers were altered, or do not belong together. The answers below say which part."),
    ),
    Overall.WITHDRAWN: (
        "broken",
        _("The papers hold, but this piece was withdrawn."),
        _("It was taken back by its maker or by us. Do not use it before you know why."),
    ),
}
RECOVERED: tuple[str, Words, Words] = (
    "look",
    _("It has lost its papers, but it carries the mark of a piece of ours."),
    _("Somebody saved it again, cut it or turned it. What was changed we cannot say; compare it with the work itself."),
)
SAME_WORDS: tuple[str, Words, Words] = (
    "look",
    _("It has no papers, but these are the words of a text of ours."),
    _("Who copied them we cannot say. The text itself, with its papers, says how it was made."),
)
MARKED_WORDS: tuple[str, Words, Words] = (
    "look",
    _("It has no papers, but its words carry the watermark of our models."),
    _("So it was most likely written by one of them. Which text it is we cannot say, and the mark can be imitated."),
)
SUBJECTS: dict[Subject, tuple[Words, Words]] = {
    Subject.BYTES: (_("Bytes"), _("Same bytes as the file that was signed")),
    Subject.CREDENTIAL: (_("Credential"), _("The signed papers inside the file")),
    Subject.SIGNER: (_("Signer"), _("Who signed, and whether we know them")),
    Subject.INGREDIENTS: (_("Inputs"), _("Works that went into this one")),
    Subject.RECORD: (_("Record"), _("How the piece was made")),
    Subject.BUNDLE: (_("Bundle"), _("Whether its parts belong together")),
    Subject.OPENINGS: (_("Openings"), _("The sealed values, for the owner")),
    Subject.CERTIFICATE: (_("Certificate"), _("The licence that came with it")),
    Subject.LOG_INCLUSION: (_("Log"), _("Entered in the public log")),
    Subject.TREE_HEAD: (_("Tree head"), _("The log’s own signature")),
    Subject.TIME_STAMP: (_("Time-stamp"), _("Existed by this time, says an outside clock")),
    Subject.KEY: (_("Signing key"), _("Whether it is known to be in other hands")),
    Subject.WITHDRAWAL: (_("Withdrawal"), _("Taken back by its maker or by us")),
    Subject.LABELS: (_("Labels"), _("What the file says of itself, unsigned")),
    Subject.MARK: (_("Invisible mark"), _("What stays in the work when all papers are gone")),
    Subject.WORDS: (_("Words"), _("Whether a text of ours has the same")),
}
TAGS: dict[State, tuple[str, Words]] = {
    State.HOLDS: ("holds", _("Holds")),
    State.NOTE: ("look", _("Look")),
    State.FAILS: ("broken", _("Does not hold")),
    State.ABSENT: ("none", _("Not there")),
    State.NOT_CHECKED: ("none", _("Not checked")),
}
# "Holds" would be an odd word for a withdrawal.
WITHDRAWAL: dict[State, tuple[str, Words]] = {
    **TAGS,
    State.HOLDS: ("holds", _("Not withdrawn")),
    State.FAILS: ("broken", pgettext_lazy("verdict", "Withdrawn")),
}
REFUSALS: dict[str, Words] = {
    "file_too_large": _("The file is larger than 64 MiB. Check it on your own machine with the command below."),
    "picture_too_large": _("The picture has too many pixels to read here. Check it on your own machine."),
}


@dataclass(frozen=True, slots=True)
class Answer:
    name: Words
    about: Words
    tone: str
    words: Words
    sentence: str


@require_http_methods(["GET", "HEAD", "POST"])
def verify_file(request: HttpRequest) -> HttpResponse:
    """The form; on POST also what the file is. What cannot be read is said in a sentence, with 400 or 413."""
    if request.method != "POST":
        return render(request, "storefront/verify.html")
    if is_overlong(request.META.get("CONTENT_LENGTH")):
        return _refused(request, REFUSALS["file_too_large"], 413)
    upload = request.FILES.get("file")
    if not isinstance(upload, UploadedFile):
        return _refused(request, _("Choose a file first, or drop one here."), 400)
    if (upload.size or 0) > settings.VERIFY_MAX_BYTES:
        return _refused(request, REFUSALS["file_too_large"], 413)
    try:
        found = inquiry.look_into(upload, name=upload.name or "")
    except DomainError as error:
        return _refused(request, REFUSALS.get(error.code, error.detail), error.status)
    return render(request, "storefront/verify.html", _found(found))


def _refused(request: HttpRequest, words: Words, status: int) -> HttpResponse:
    return render(request, "storefront/verify.html", {"refusal": words}, status=status)


def _found(found: inquiry.Found) -> dict[str, Any]:
    report = found.report
    tone, headline, meaning = _outcome(found)
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    answers = [
        Answer(*SUBJECTS[verdict.subject], *_tag(verdict), verdict.sentence(language)) for verdict in report.verdicts
    ]
    return {
        "report": report,
        "tone": tone,
        "headline": headline,
        "meaning": meaning,
        "answers": answers,
        "work": _seen_again(found) or _work(report),
    }


def _outcome(found: inquiry.Found) -> tuple[str, Words, Words]:
    if found.trace is not None:
        return RECOVERED
    if found.same_words is not None:
        return SAME_WORDS
    return MARKED_WORDS if found.text_mark is not None else OUTCOMES[found.report.overall]


def _seen_again(found: inquiry.Found) -> Artwork | None:
    """The work on our walls that a file without papers was found to be."""
    piece_id = found.trace.piece_id if found.trace is not None else found.same_words
    return None if piece_id is None else _listed(str(piece_id))


def _tag(verdict: Verdict) -> tuple[str, Words]:
    return (WITHDRAWAL if verdict.subject is Subject.WITHDRAWAL else TAGS)[verdict.state]


def _work(report: Report) -> Artwork | None:
    """The work on our walls that the papers speak of, where those can be believed."""
    if report.overall not in (Overall.TRUSTED, Overall.WITHDRAWN) or not report.piece_id:
        return None
    return _listed(report.piece_id)


def _listed(piece_id: str) -> Artwork | None:
    return Artwork.objects.filter(piece_id=piece_id, listed_at__isnull=False).first()
