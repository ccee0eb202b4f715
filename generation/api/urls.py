"""Addresses under /api/v1/ of what generation answers."""

from django.urls import path

from generation.api import checkpoints, datasets, generations, pieces

urlpatterns = [
    path("checkpoints", checkpoints.Checkpoints.as_view(), name="checkpoints"),
    path("checkpoints/<slug:slug>", checkpoints.OneCheckpoint.as_view(), name="checkpoint"),
    path("datasets", datasets.Datasets.as_view(), name="datasets"),
    path("datasets/<slug:slug>", datasets.OneDataset.as_view(), name="dataset"),
    path("generations", generations.Generations.as_view(), name="generations"),
    path("generations/<uuid:job_id>", generations.OneGeneration.as_view(), name="generation"),
    path("generations/<uuid:job_id>/cancel", generations.Cancel.as_view(), name="generation-cancel"),
    path("pieces", pieces.Pieces.as_view(), name="pieces"),
    path("pieces/<uuid:piece_id>", pieces.OnePiece.as_view(), name="piece"),
]
