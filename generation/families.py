"""Which checkpoints paint a picture from a family and a size alone: what forms may ask without knowing the engine."""

from django.db.models import QuerySet

from generation import parameters
from generation.models import Checkpoint
from generation.parameters import ParameterRefused

__all__ = ["newest", "offered"]

_ASKED = {"family", "width", "height"}


def offered() -> QuerySet[Checkpoint]:
    """Published picture checkpoints with families of which every other parameter may be left out, newest first."""
    published = Checkpoint.objects.filter(state=Checkpoint.State.PUBLISHED, kind="picture")
    fitting = [one.pk for one in published if _fits(one)]
    return Checkpoint.objects.filter(pk__in=fitting).order_by("-created_at", "-id")


def newest(engine: str = "palette-field") -> Checkpoint:
    """The newest of those with this engine. Raises Checkpoint.DoesNotExist where there is none."""
    found = offered().filter(engine=engine).first()
    if found is None:
        raise Checkpoint.DoesNotExist(f"No checkpoint of {engine} is published; `manage.py set_up` installs one.")
    return found


def _fits(checkpoint: Checkpoint) -> bool:
    if not checkpoint.architecture.get("families"):
        return False
    try:
        spec = parameters.spec(checkpoint)
    except ParameterRefused:
        return False
    return spec.fields.keys() >= _ASKED and not any(known.required for known in spec.inputs.values())
