"""Whole sets of papers made by the real parts, for tests to take apart. No database."""

import dataclasses
import functools
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from common import merkle
from licensing.provenance import (
    bundle,
    canonical,
    commitments,
    credentials,
    encoding,
    keys,
    labels,
    record,
    statements,
    tree_heads,
)

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
WEIGHTS, MASTER, ROOT = "ab" * 32, "cd" * 32, "ef" * 32


def house(name: str = "Vernissage") -> keys.SigningKeys:
    """The keys of one house; another name is another house."""
    return _house(name)


@functools.cache
def _house(name: str) -> keys.SigningKeys:
    return keys.ensure(Path(tempfile.mkdtemp()) / "keys", organisation=name, log_origin=f"{name.lower()}.test/log")


def picture(seed: int = 1, side: int = 48) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(values).resize((side, side), Image.Resampling.BICUBIC)


def sealed(seed: int = 1) -> commitments.Sealed:
    return commitments.seal(seed=seed, prompt="夜の海", parameters={"width": 48, "warmth": "0.5"})


def parts(*, content: bytes, seed: int = 1, media_type: str = "image/png", side: int = 48) -> dict[str, Any]:
    """The arguments of `record.build`, each a real one."""
    return {
        "piece": record.Piece(
            id=f"019abcde-0000-7000-8000-{seed:012x}",
            kind="picture",
            media_type=media_type,
            content_sha256=canonical.sha256_hex(content),
            master_sha256=MASTER,
            width=side,
            height=side,
        ),
        "generation": record.Generation(
            engine=record.Engine(name="palette-field", version="1"),
            code_commit="",
            checkpoint=record.Checkpoint(slug="palette", version="1", weights_sha256=WEIGHTS, licence="CC0-1.0"),
            commitments=sealed(seed),
            inputs=(),
            profile={"device": "cpu", "dtype": "float32", "threads": 1, "slots": 8, "torch": "2.13"},
            requested_at=AT,
            started_at=AT,
            finished_at=AT,
        ),
        "training": record.Training(runs=(training_run(),)),
        "screening": record.Screening(detectors={}),
        "human_contribution": (record.HumanAct(act="wrote_prompt", at=AT, detail={}),),
        "labels": record.Labels(
            digital_source_type=labels.DIGITAL_SOURCE_TYPE,
            training_mining=labels.TRAINING_MINING,
            aigc=labels.aigc_fields(producer="Vernissage", produce_id=f"piece-{seed}", digest=MASTER),
        ),
        "recorded_at": AT,
    }


def training_run() -> record.TrainingRun:
    use = record.DatasetUse(
        slug="studio",
        version="1",
        merkle_root=ROOT,
        item_count=4000,
        licence_counts={"CC0-1.0": 4000},
        consent_basis="made by the project itself",
        opt_out_count=0,
    )
    return record.TrainingRun(
        name="palette-1",
        trainer="palette-field",
        code_commit="0123456789ab",
        seed="7",
        hyperparameters={"steps": 3000, "rate": "0.0025"},
        metrics={"kid": "0.02"},
        datasets=(use,),
        started_at=AT,
        finished_at=AT,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Papers:
    """A signed piece with everything around it; `others` are further leaves of the same log."""

    keys: keys.SigningKeys
    media_type: str
    content: bytes
    record: record.Record
    openings: dict[str, Any]
    file: bytes

    @property
    def leaf(self) -> bytes:
        return statements.Statement(
            type=statements.PAPERED,
            subject=self.record.document["piece"]["id"],
            record_sha256=self.record.sha256,
            content_sha256=canonical.sha256_hex(self.content),
            file_sha256=canonical.sha256_hex(self.file),
            at="2026-11-23T12:00:00.000Z",
        ).encode()

    def bundle(self, *, others: int = 4, **changed: Any) -> bundle.Bundle:
        leaves = [merkle.leaf_hash(self.leaf), *(merkle.leaf_hash(bytes([n])) for n in range(others))]
        head = tree_heads.TreeHead(origin=self.keys.log_public.name, size=len(leaves), root=merkle.root(leaves))
        made = bundle.Bundle(
            media_type=self.media_type,
            file=self.file,
            record=self.record.body,
            openings=canonical.encode(self.openings),
            leaf=self.leaf,
            inclusion=bundle.Inclusion(index=0, proof=tuple(merkle.inclusion_proof(0, leaves))),
            tree_head=tree_heads.sign(head=head, name=head.origin, key=self.keys.log_key),
            log_key=self.keys.log_public.text,
            root_pem=self.keys.root_pem,
            chain_pem=self.keys.chain_pem,
        )
        return dataclasses.replace(made, **changed)

    @property
    def zip(self) -> bytes:
        return bundle.pack(self.bundle())


def sign(content: bytes, body: bytes, *, media_type: str, by: keys.SigningKeys) -> bytes:
    made_with = [
        credentials.Ingredient(title="palette", data_type="c2pa.types.model.pytorch", descriptor={"weights": WEIGHTS}),
        credentials.Ingredient(title="studio", data_type="c2pa.types.dataset", descriptor={"merkle_root": ROOT}),
    ]
    return credentials.sign(
        content=content, media_type=media_type, title="Night sea", record=body, ingredients=made_with, keys=by, at=AT
    )


def papers(seed: int = 1, *, media_type: str = "image/png", by: str = "Vernissage") -> Papers:
    """A signed piece, made once per test run."""
    return _papers(seed, media_type, by)


@functools.cache
def _papers(seed: int, media_type: str, by: str) -> Papers:
    signer = house(by)
    aigc = labels.aigc_fields(producer="Vernissage", produce_id=f"piece-{seed}", digest=MASTER)
    written = labels.Labels(system="Vernissage palette-field", system_version="1", aigc=aigc)
    content = encoding.encode(picture=picture(seed), media_type=media_type, labels=written)
    given = parts(content=content, seed=seed, media_type=media_type)
    made = record.build(**given)
    opened = given["generation"].commitments
    return Papers(
        keys=signer,
        media_type=media_type,
        content=content,
        record=made,
        openings=commitments.openings_document(sealed=opened, record_sha256=made.sha256),
        file=sign(content, made.body, media_type=media_type, by=signer),
    )
