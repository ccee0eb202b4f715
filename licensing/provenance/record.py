"""The provenance record, version 1: typed parts in, canonical bytes and their digest out. Pure; knows no database.

Numbers that are not whole, seeds and money are text; times are aware and become UTC ending in `Z`; text is NFC.
"""

import functools
import json
from dataclasses import Field, dataclass, field, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema

from common.errors import Unprocessable
from licensing.provenance import canonical
from licensing.provenance.commitments import Sealed

__all__ = [
    "Checkpoint",
    "Cost",
    "DatasetUse",
    "Engine",
    "Generation",
    "HumanAct",
    "Input",
    "Labels",
    "Piece",
    "Record",
    "RecordInvalid",
    "Screening",
    "Step",
    "Training",
    "TrainingRun",
    "Weights",
    "build",
    "parse",
    "plain",
]

TYPE = "vernissage.provenance-record"
_SCHEMA = Path(__file__).with_name("schemas") / "provenance-record-1.json"
_LARGEST = 4 * 1024 * 1024
# Fields that came later: left out where they are empty, so that older records keep their form.
_OPTIONAL = {"optional": True}


class RecordInvalid(Unprocessable):
    code = "record_invalid"
    title = "This is not a provenance record of version 1."


@dataclass(frozen=True, kw_only=True)
class Piece:
    """`content_sha256`: the encoded file with its labels, before any credential; `master_sha256`: as generated.

    `width` and `height` in pixels, of what is seen; a text has none.
    """

    id: str
    kind: str
    media_type: str
    content_sha256: str
    master_sha256: str
    width: int | None = field(default=None, metadata=_OPTIONAL)
    height: int | None = field(default=None, metadata=_OPTIONAL)


@dataclass(frozen=True, kw_only=True)
class Engine:
    name: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    slug: str
    version: str
    weights_sha256: str
    licence: str


@dataclass(frozen=True, kw_only=True)
class Input:
    """A work that went into the piece, by digest, the right to use it, and the part that it played (style, content)."""

    sha256: str
    rights: str
    role: str = field(default="", metadata=_OPTIONAL)


@dataclass(frozen=True, kw_only=True)
class Weights:
    slug: str
    weights_sha256: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a chain. Its seed and parameters are sealed, in the order of the steps, as `commitments.steps`."""

    engine: Engine
    checkpoint: Weights
    inputs: dict[str, str]
    output_sha256: str


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the making took of the device, in decimals as text. `price_per_hour` is left out where it is not known."""

    device_seconds: str
    amount: str
    currency: str
    price_per_hour: str = field(default="", metadata=_OPTIONAL)


@dataclass(frozen=True, kw_only=True)
class Generation:
    """`profile` says where it ran: device, dtype, threads, slots, library versions. Equal ones give equal bytes."""

    engine: Engine
    code_commit: str
    checkpoint: Checkpoint
    commitments: Sealed
    inputs: tuple[Input, ...]
    profile: dict[str, str | int]
    requested_at: datetime
    started_at: datetime
    finished_at: datetime
    steps: tuple[Step, ...] = field(default=(), metadata=_OPTIONAL)
    cost: Cost | None = field(default=None, metadata=_OPTIONAL)


@dataclass(frozen=True, kw_only=True)
class DatasetUse:
    """A frozen dataset version: how many items, under which licences (SPDX → count), on which consent."""

    slug: str
    version: str
    merkle_root: str
    item_count: int
    licence_counts: dict[str, int]
    consent_basis: str
    opt_out_count: int


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    name: str
    trainer: str
    code_commit: str
    seed: str
    hyperparameters: dict[str, Any]
    metrics: dict[str, Any]
    datasets: tuple[DatasetUse, ...]
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Training:
    """Every run behind the checkpoint, the youngest first; `unknown` says in words what nobody recorded."""

    runs: tuple[TrainingRun, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Screening:
    """Detectors by name → version, the nearest training works and the findings, as the policy saw them."""

    detectors: dict[str, str]
    nearest: tuple[dict[str, Any], ...] = ()
    findings: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class HumanAct:
    """What a person did for the piece ("wrote_prompt", "chose", "edited") and when."""

    act: str
    at: datetime
    detail: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the file says of itself to machines; `marks` names the methods that find it when all that is gone."""

    digital_source_type: str
    training_mining: dict[str, str]
    aigc: dict[str, str]
    marks: tuple[str, ...] = field(default=(), metadata=_OPTIONAL)


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record in its one canonical form. `body` is what is hashed, stored, signed and sent."""

    body: bytes
    document: dict[str, Any]

    @property
    def sha256(self) -> str:
        return canonical.sha256_hex(self.body)


def build(
    *,
    piece: Piece,
    generation: Generation,
    training: Training,
    screening: Screening,
    human_contribution: tuple[HumanAct, ...],
    labels: Labels,
    recorded_at: datetime,
    previous: str | None = None,
) -> Record:
    """The record over these parts; `previous` is the digest of the record that this one corrects.

    Checked against the schema before it is hashed: raises RecordInvalid or NotCanonical.
    """
    parts = {
        "type": TYPE,
        "v": 1,
        "piece": piece,
        "generation": generation,
        "training": training,
        "screening": screening,
        "human_contribution": human_contribution,
        "labels": labels,
        "recorded_at": recorded_at,
        "previous": previous,
    }
    return parse(canonical.encode(plain(parts)))


def parse(body: bytes) -> Record:
    """Read canonical bytes. Raises RecordInvalid for anything but a version 1 record in exactly its canonical form."""
    if len(body) > _LARGEST:
        raise RecordInvalid("The record is larger than any record of version 1.")
    try:
        document = canonical.parse(body)
    except canonical.NotCanonical as error:
        raise RecordInvalid(error.detail) from error
    problem = jsonschema.exceptions.best_match(_validator().iter_errors(document))
    if problem is not None:
        where = "/".join(str(step) for step in problem.absolute_path) or "its top level"
        raise RecordInvalid(f"The record breaks its schema at {where[:200]}: {problem.message[:200]}.")
    return Record(body=body, document=document)


@functools.cache
def _validator() -> Any:
    schema = json.loads(_SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def plain(value: Any) -> Any:
    """A part of a record as JSON values, as it stands in the document."""
    if isinstance(value, Sealed):
        return value.commitments()
    if isinstance(value, datetime):
        return canonical.instant(value)
    if is_dataclass(value):
        named = {one.name: getattr(value, one.name) for one in fields(value) if _present(value, one)}
        return {name: plain(part) for name, part in named.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def _present(value: Any, one: Field[Any]) -> bool:
    return bool(getattr(value, one.name)) or not one.metadata.get("optional")
