"""What the repository ships: where the frozen dataset and the trained checkpoint lie."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATASET = ROOT / "datasets" / "studio-1"
CHECKPOINT = ROOT / "checkpoints" / "palette-field-1"
DATASET_2 = ROOT / "datasets" / "studio-2"
CHECKPOINT_3 = ROOT / "checkpoints" / "palette-field-3"
SOFT_FIELDS = ROOT / "checkpoints" / "soft-fields-1"
FORMS_DATASET = ROOT / "datasets" / "forms-1"
FORMS = ROOT / "checkpoints" / "forms-1"
