"""The registry of models: weights come in with card, architecture, data and training run, or not at all.

Knows nothing of how a model works; torch is not needed here. A checkpoint's folder holds `card.json` and

    weights.safetensors   weights that a trainer here wrote, with `architecture.json` and `training-run.json`, or
    method.json           a method without learnt weights, with `architecture.json`, or
    many files            a model from outside as its own library saves it (`weights_file` of the card: `folder`).
"""

from generation.checkpoints.cards import CardTaken, draft, write_draft
from generation.checkpoints.errors import CheckpointRefused, SlugTaken, WeightsAltered
from generation.checkpoints.hub import FetchFailed, HubRefused, fetch
from generation.checkpoints.registry import install, install_all, publish, retire, verify

__all__ = [
    "CardTaken",
    "CheckpointRefused",
    "FetchFailed",
    "HubRefused",
    "SlugTaken",
    "WeightsAltered",
    "draft",
    "fetch",
    "install",
    "install_all",
    "publish",
    "retire",
    "verify",
    "write_draft",
]
