"""What the marketplace holds of people: a maker's face, orders, commissions, files of licences, and their decisions."""

from collections.abc import Iterator

from django.conf import settings
from django.core.files.storage import storages
from django.utils.translation import gettext_lazy as _

from common.models import User
from common.personal import (
    BOOKS,
    CHUNK,
    FOR_CLAIMS,
    FOR_THE_BOOKS,
    PROOF,
    SERVICE,
    TEN_YEARS,
    UNTIL_ERASED,
    WITH_THE_WORK,
    Blocker,
    Held,
    Kept,
    Part,
)
from licensing.models import Grant, SignedFile
from marketplace import catalogue
from marketplace.models import Artwork, Commission, Delivery, Export, Order, PayoutAccount, Profile
from marketplace.payouts import books
from marketplace.search import forgetting

__all__ = ["PART", "blockers"]

_MASTERS = "masters"
_ENDED = (Commission.State.DELIVERED, Commission.State.DECLINED, Commission.State.CANCELLED)
_WORDS = _("The words until you have them erased, or some time after its end; the rest for ten years.")
_OWED = (Order.State.AWAITING_PAYMENT, Order.State.PAID)


def blockers(person: User) -> list[Blocker]:
    """What others still wait for, or the person themselves."""
    found = {
        "commissions_under_way": _("Commissions of yours are under way. Finish them or call them off first."),
        "orders_under_way": _("Something was bought that is not paid or delivered yet. It will be within minutes."),
        "earnings_under_way": _("Your earnings are on their way to you. They have to arrive first."),
        "is_staff": _("You work for this house. Have another administrator take your role first."),
    }
    theirs = Commission.objects.exclude(state__in=_ENDED)
    orders = Order.objects.filter(state__in=_OWED)
    stands = {
        "commissions_under_way": (theirs.filter(commissioner=person) | theirs.filter(maker=person.pk)).exists(),
        "orders_under_way": orders.filter(buyer=person).exists()
        or orders.filter(lines__artwork__maker=person.pk).exists(),
        "earnings_under_way": _will_be_paid(person),
        "is_staff": person.is_staff or person.is_superuser,
    }
    return [Blocker(code, detail) for code, detail in found.items() if stands[code]]


def _will_be_paid(person: User) -> bool:
    """Whether a payout is coming: what nobody can be paid, too little or without an account, holds nothing up."""
    if not PayoutAccount.objects.filter(maker=person.pk, active=True).exists():
        return False
    least = max(settings.PAYOUT_MINIMUM_MINOR, 1)
    return any(
        owed.sending_minor > 0 or owed.available_minor + owed.held_minor >= least for owed in books.owed_to(person.pk)
    )


def _take_works_down(person: User) -> int:
    listed = list(Artwork.objects.filter(maker=person.pk, state=Artwork.State.LISTED).order_by("pk")[:CHUNK])
    for work in listed:
        catalogue.unlist(artwork=work, actor=person)
    return len(listed)


def _rewrite_search(person: User) -> int:
    """What a work is found by has its maker's name in it, until the name is emptied."""
    return forgetting.rewrite(Artwork.objects.filter(maker=person.pk))


def _leave_the_wall(person: User) -> int:
    """A maker's address often is a name."""
    slug = f"erased-{person.pk.hex[-12:]}"
    return Profile.objects.filter(user=person).exclude(slug=slug).update(slug=slug, takes_commissions=False)


def _delete_delivered(person: User) -> int:
    """Files of licences name their holder: certificate, bundle, and the holder's own copy of the work."""
    held = list(Delivery.objects.filter(grant__holder=person).order_by("pk")[:CHUNK])
    for delivery in held:
        _delete_row(delivery, delivery.bundle_name, delivery.picture_name, delivery.certificate_name)
    return len(held)


def _delete_exports(person: User) -> int:
    made = list(Export.objects.filter(person=person).order_by("pk")[:CHUNK])
    for export in made:
        _delete_row(export, export.file_name)
    return len(made)


def _delete_row(row: Delivery | Export, *names: str) -> None:
    """Files first: after a crash in between, the row still leads to what is left of them."""
    for name in filter(None, names):
        if not SignedFile.objects.filter(name=name).exists():
            storages[_MASTERS].delete(name)
    row.delete()


def _files(person: User) -> Iterator[Kept]:
    live = Delivery.objects.filter(grant__holder=person, grant__state=Grant.State.LIVE).order_by("pk")
    for each in live.iterator(CHUNK):
        yield Kept(f"licences/{each.pk}/bundle.zip", _MASTERS, each.bundle_name)
        yield Kept(f"licences/{each.pk}/certificate.pdf", _MASTERS, each.certificate_name)


PART = Part(
    name="marketplace",
    held=(
        Held(
            model="marketplace.Profile",
            of=("user",),
            what=_("How you appear as a maker"),
            why=SERVICE,
            until=UNTIL_ERASED,
            kept=("user",),
            because=_("Works that were sold keep a maker, who then has no name."),
            blanked=("name", "name_zh", "about"),
            changed=("slug",),
            beside=("takes_commissions",),
        ),
        Held(
            model="marketplace.Artwork",
            of=("maker",),
            what=_("The works you show, with what you wrote about them"),
            why=SERVICE,
            until=WITH_THE_WORK,
            kept=("maker", "title", "title_zh", "alt_text", "alt_text_zh"),
            because=_("Licences that were sold name the work by its title."),
            blanked=("story", "story_zh"),
            beside=("slug", "piece", "state", "edition_size", "sold", "created_at", "listed_at"),
        ),
        Held(
            model="marketplace.SearchDocument",
            of=("artwork__maker",),
            what=_("The words by which your works are found"),
            why=SERVICE,
            until=WITH_THE_WORK,
            changed=("terms",),
            beside=("artwork",),
        ),
        Held(
            model="marketplace.Order",
            of=("buyer",),
            what=_("What you bought"),
            why=BOOKS,
            until=TEN_YEARS,
            kept=("buyer", "email", "language"),
            because=FOR_THE_BOOKS,
            beside=("purpose", "state", "total_minor", "currency", "created_at", "paid_at"),
        ),
        Held(
            model="marketplace.OrderLine",
            of=("order__buyer",),
            what=_("The lines of your orders"),
            why=BOOKS,
            until=TEN_YEARS,
            kept=("description",),
            because=FOR_THE_BOOKS,
            beside=("order", "price_minor", "currency"),
        ),
        Held(
            model="marketplace.Refund",
            of=("payment__order__buyer",),
            what=_("Money that went back to you"),
            why=BOOKS,
            until=TEN_YEARS,
            kept=("reason",),
            because=FOR_THE_BOOKS,
            beside=("payment", "state", "amount_minor", "currency", "created_at"),
        ),
        Held(
            model="marketplace.PayoutAccount",
            of=("maker",),
            what=_("Where your earnings go"),
            why=BOOKS,
            until=TEN_YEARS,
            kept=("maker", "provider_id", "requirements"),
            because=FOR_THE_BOOKS,
            blanked=("disabled_reason",),
            beside=("country", "active", "created_at"),
        ),
        Held(
            model="marketplace.Transfer",
            of=("maker",),
            what=_("Money that was paid to you"),
            why=BOOKS,
            until=TEN_YEARS,
            kept=("maker", "destination"),
            because=FOR_THE_BOOKS,
            beside=("state", "amount_minor", "currency", "created_at", "succeeded_at"),
        ),
        Held(
            model="marketplace.Commission",
            role="commissioner",
            of=("commissioner",),
            what=_("What you had made for you, and your briefs"),
            why=SERVICE,
            until=_WORDS,
            kept=("commissioner",),
            because=FOR_THE_BOOKS,
            blanked=("title", "brief"),
            beside=("maker", "state", "price_minor", "deposit_minor", "currency", "created_at"),
        ),
        Held(
            model="marketplace.Commission",
            role="maker",
            of=("maker",),
            what=_("What you were asked to make, and your quotes"),
            why=SERVICE,
            until=_WORDS,
            kept=("maker",),
            because=FOR_THE_BOOKS,
            blanked=("quote_note",),
            beside=("state", "price_minor", "deposit_minor", "currency", "created_at"),
        ),
        Held(
            model="marketplace.Draft",
            of=("commission__maker",),
            what=_("What you wrote beside your drafts"),
            why=SERVICE,
            until=_("Until you have it erased, or some time after the commission has ended."),
            blanked=("note",),
            beside=("commission", "number", "piece", "created_at", "sent_at"),
        ),
        Held(
            model="marketplace.CommissionNote",
            of=("author",),
            what=_("Your notes on drafts"),
            why=SERVICE,
            until=_("Until you have it erased, or some time after the commission has ended."),
            kept=("author",),
            because=FOR_CLAIMS,
            blanked=("text",),
            beside=("draft", "x", "y", "created_at"),
        ),
        Held(
            model="marketplace.Delivery",
            of=("grant__holder",),
            what=_("Files that were made for you, with your name in them"),
            why=SERVICE,
            until=UNTIL_ERASED,
            fields=("bundle_name", "picture_name", "certificate_name"),
            beside=("made_at",),
            deleted=True,
        ),
        Held(
            model="marketplace.Download",
            of=("grant__holder",),
            what=_("When files of your licences were fetched"),
            why=PROOF,
            until=_("Some years, to answer disputed payments."),
            kept=("what",),
            because=FOR_CLAIMS,
            beside=("grant", "at"),
        ),
        Held(
            model="marketplace.Export",
            of=("person",),
            what=_("Copies of your data that you asked for"),
            why=SERVICE,
            until=_("Some days."),
            fields=("person", "language", "file_name"),
            beside=("state", "byte_count", "asked_at", "expires_at"),
            deleted=True,
        ),
        Held(
            model="marketplace.Erasure",
            of=("person",),
            what=_("That you asked to be forgotten"),
            why=PROOF,
            until=_("For good; after an erasure it leads to nobody."),
            kept=("person", "language"),
            because=FOR_CLAIMS,
            beside=("state", "asked_at", "due_at", "done_at"),
        ),
        Held(
            model="marketplace.Consent",
            of=("person",),
            what=_("What you agreed to, and when"),
            why=PROOF,
            until=_("For good; after an erasure it leads to nobody."),
            kept=("person", "language"),
            because=FOR_CLAIMS,
            beside=("text", "version", "given", "how", "at"),
        ),
    ),
    impersonal={
        # Money moves under ids; what the provider knows of a payer stays with the provider.
        "marketplace.Account": (),
        "marketplace.Entry": (),
        "marketplace.Line": (),
        "marketplace.Payment": ("problem", "idempotency_key"),
        "marketplace.StripeEvent": (),
        "marketplace.Transfer": ("problem",),
        "marketplace.Reversal": ("problem",),
        "marketplace.Preview": (),
        "marketplace.Consent": ("text", "text_sha256"),
        # What is told to the operator's systems, and headings such as colour and price, name rows and never people.
        "marketplace.WebhookEndpoint": (),
        "marketplace.WebhookMessage": (),
        "marketplace.SearchDocument": ("facets",),
    },
    steps=(_take_works_down, _leave_the_wall, _rewrite_search, _delete_delivered, _delete_exports),
    files=_files,
    blockers=blockers,
)
