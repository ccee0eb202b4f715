"""What generation keeps: training data, training runs, checkpoints, jobs with their slots, and finished pieces."""

from generation.models.checkpoint import Checkpoint
from generation.models.dataset import Dataset, DatasetItem, DatasetVersion
from generation.models.job import Job, Slot
from generation.models.piece import Piece
from generation.models.training import TrainingRun

__all__ = ["Checkpoint", "Dataset", "DatasetItem", "DatasetVersion", "Job", "Piece", "Slot", "TrainingRun"]
