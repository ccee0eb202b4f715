"""Whether the consent for something that a new checkpoint comes from was withdrawn before it was taken in."""

from generation.models import Checkpoint, DatasetItem, WithdrawnItem

__all__ = ["withdrawn"]


def withdrawn(checkpoint: Checkpoint) -> bool:
    """For its data, those of the runs that it was trained on from, or a component.

    Those rows stay locked to the end of the transaction: a withdrawal at the same moment comes before, and is seen, or
    after, and sees the checkpoint.
    """
    run = checkpoint.training_run
    while run is not None:
        versions = list(run.dataset_versions.select_for_update(of=("self",), no_key=True).order_by("pk"))
        gone = WithdrawnItem.objects.values("sha256")
        if DatasetItem.objects.filter(dataset_version__in=versions, sha256__in=gone).exists():
            return True
        run = run.parent
    components = list(checkpoint.components.select_for_update(of=("self",), no_key=True).order_by("pk"))
    return any(one.state == Checkpoint.State.WITHDRAWN for one in components)
