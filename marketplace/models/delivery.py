"""What a holder of a grant can fetch, and who fetched what."""

from django.db import models
from django.utils import timezone

from common.ids import new_id
from licensing.models import Grant


class Delivery(models.Model):
    """The files made for one grant, in the `masters` area: the bundle, and the certificate on its own."""

    grant = models.OneToOneField(Grant, primary_key=True, on_delete=models.PROTECT, related_name="delivery")
    holding = models.PositiveIntegerField(
        default=0, help_text="Of the grant: files of an earlier holder are not given out."
    )
    bundle_name = models.CharField(max_length=120)
    bundle_sha256 = models.CharField(max_length=64)
    bundle_bytes = models.PositiveBigIntegerField()
    picture_name = models.CharField(max_length=120)
    picture_media_type = models.CharField(max_length=60)
    certificate_name = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return str(self.grant_id)


class Download(models.Model):
    """One download: which file left, through which link, however many parts it took. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="downloads")
    what = models.CharField(max_length=20)
    file_sha256 = models.CharField(max_length=64, blank=True, help_text="Empty before this was kept.")
    link_sha256 = models.CharField(max_length=64, null=True, unique=True, help_text="A link counts once.")  # noqa: DJ001
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.what} of {self.grant_id}"
