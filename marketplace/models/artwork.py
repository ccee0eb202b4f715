"""An artwork on sale: its editions, its offers and its previews. The database lists nothing without an approval."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.ids import new_id
from generation.models import Piece
from licensing.models import LicenceTemplate
from marketplace.models.order import OrderLine
from marketplace.models.profile import Profile


class Artwork(models.Model):
    """A piece as it hangs on the wall. `sold` and `held` count editions; both only change by conditional UPDATE.

    A trigger refuses `listed` while the piece's review is not approved, and takes the work down when it ceases to be.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        LISTED = "listed"
        UNDER_REVIEW = "under_review"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True, max_length=80)
    piece = models.OneToOneField(Piece, on_delete=models.PROTECT, related_name="artwork")
    maker = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="artworks")
    title = models.CharField(max_length=120)
    title_zh = models.CharField(max_length=120, blank=True)
    story = models.TextField(blank=True)
    story_zh = models.TextField(blank=True)
    alt_text = models.CharField(max_length=300)
    alt_text_zh = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    edition_size = models.PositiveIntegerField()
    sold = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    listed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(edition_size__gte=1, edition_size__lte=10_000), name="edition_size_sane"
            ),
            models.CheckConstraint(
                condition=Q(edition_size__gte=F("sold") + F("held")), name="editions_never_exceed_the_size"
            ),
            models.CheckConstraint(condition=~Q(state="listed") | Q(listed_at__isnull=False), name="listed_at_a_time"),
        ]
        indexes = [models.Index(fields=["state", "-listed_at", "-id"], name="wall")]

    def __str__(self) -> str:
        return self.title

    @property
    def left(self) -> int:
        """Editions that can still be bought now."""
        return self.edition_size - self.sold - self.held

    @property
    def is_unique(self) -> bool:
        return self.edition_size == 1


class Offer(models.Model):
    """A licence at a price."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artwork = models.ForeignKey(Artwork, on_delete=models.PROTECT, related_name="offers")
    template = models.ForeignKey(LicenceTemplate, on_delete=models.PROTECT, related_name="+")
    price_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["artwork", "template"], name="one_offer_per_licence"),
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="offer_has_a_price"),
        ]
        ordering = ["template__rank"]

    def __str__(self) -> str:
        return f"{self.price_minor} {self.currency}"


class Edition(models.Model):
    """A numbered edition that was sold."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artwork = models.ForeignKey(Artwork, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    order_line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="edition")
    sold_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["artwork", "number"], name="edition_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="edition_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.artwork_id} no. {self.number}"


class Preview(models.Model):
    """A small public picture of a piece, with the visible mark. `width` is one of previews.WIDTHS."""

    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="previews")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=40, default="image/webp")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["piece", "width"], name="one_preview_per_width")]
        ordering = ["width"]

    def __str__(self) -> str:
        return self.name
