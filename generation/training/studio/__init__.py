"""The studio: training pictures that the project draws itself, each from a recipe that proves where it comes from.

Pure numpy; knows nothing of networks, of Django or of any database.
"""

from generation.training.studio.recipe import (
    EVALUATION_SEEDS,
    FAMILIES,
    FAMILIES_OF,
    SIZE,
    STUDIO_VERSION,
    TRAINING_SEEDS,
    VALIDATION_SEEDS,
    Pixels,
    Recipe,
    picture_sha256,
    render,
)

__all__ = [
    "EVALUATION_SEEDS",
    "FAMILIES",
    "FAMILIES_OF",
    "SIZE",
    "STUDIO_VERSION",
    "TRAINING_SEEDS",
    "VALIDATION_SEEDS",
    "Pixels",
    "Recipe",
    "picture_sha256",
    "render",
]
