"""What generation keeps: training data, training runs, checkpoints, jobs with their slots, pieces, and the fleet."""

from generation.models.checkpoint import Checkpoint
from generation.models.dataset import Dataset, DatasetItem, DatasetVersion, WithdrawnItem
from generation.models.fleet import Account, Benchmark, Worker
from generation.models.inputs import InputWork, JobInput
from generation.models.job import Job, Slot
from generation.models.piece import Piece
from generation.models.training import TrainingJob, TrainingRun

__all__ = [
    "Account",
    "Benchmark",
    "Checkpoint",
    "Dataset",
    "DatasetItem",
    "DatasetVersion",
    "InputWork",
    "Job",
    "JobInput",
    "Piece",
    "Slot",
    "TrainingJob",
    "TrainingRun",
    "WithdrawnItem",
    "Worker",
]
