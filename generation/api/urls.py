"""Addresses under /api/v1/ of what generation answers."""

from django.urls import path

from generation.api import (
    checkpoints,
    datasets,
    estimates,
    events,
    fleet,
    generations,
    inputs,
    parameters,
    pieces,
    quota,
    training_jobs,
    training_runs,
)

urlpatterns = [
    path("checkpoints", checkpoints.Checkpoints.as_view(), name="checkpoints"),
    path("checkpoints/recommend", checkpoints.Recommend.as_view(), name="checkpoints-recommend"),
    path("checkpoints/<slug:slug>", checkpoints.OneCheckpoint.as_view(), name="checkpoint"),
    path("checkpoints/<slug:slug>/parameters", parameters.Parameters.as_view(), name="checkpoint-parameters"),
    path("datasets", datasets.Datasets.as_view(), name="datasets"),
    path("datasets/<slug:slug>", datasets.OneDataset.as_view(), name="dataset"),
    path("datasets/<slug:slug>/versions/<int:version>/items", datasets.DatasetItems.as_view(), name="dataset-items"),
    path("generations", generations.Generations.as_view(), name="generations"),
    path("generations/estimate", estimates.Estimates.as_view(), name="generation-estimate"),
    path("generations/<uuid:job_id>", generations.OneGeneration.as_view(), name="generation"),
    path("generations/<uuid:job_id>/cancel", generations.Cancel.as_view(), name="generation-cancel"),
    path("generations/<uuid:job_id>/events", events.Events.as_view(), name="generation-events"),
    path("generation-queues", fleet.Queues.as_view(), name="generation-queues"),
    path("generation-workers", fleet.Workers.as_view(), name="generation-workers"),
    path("inputs", inputs.Inputs.as_view(), name="inputs"),
    path("inputs/<uuid:input_id>", inputs.OneInput.as_view(), name="input"),
    path("me/generation-quota", quota.GenerationQuota.as_view(), name="me-generation-quota"),
    path("pieces", pieces.Pieces.as_view(), name="pieces"),
    path("pieces/<uuid:piece_id>", pieces.OnePiece.as_view(), name="piece"),
    path("training-jobs", training_jobs.TrainingJobs.as_view(), name="training-jobs"),
    path("training-jobs/<uuid:job_id>", training_jobs.OneTrainingJob.as_view(), name="training-job"),
    path("training-jobs/<uuid:job_id>/cancel", training_jobs.CancelTrainingJob.as_view(), name="training-job-cancel"),
    path("training-runs", training_runs.TrainingRuns.as_view(), name="training-runs"),
    path("training-runs/<slug:name>", training_runs.OneTrainingRun.as_view(), name="training-run"),
]
