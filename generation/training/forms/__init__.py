"""Parametric forms: sculptures that the project writes as formulas, each from a recipe that proves its origin.

A form is a function of space that is negative inside. Pure numpy; knows nothing of networks, of Django or of files.
"""

from generation.training.forms.recipe import (
    EVALUATION_SEEDS,
    FAMILIES,
    FORMS_VERSION,
    TRAINING_SEEDS,
    Recipe,
    field_of,
    field_sha256,
)
from generation.training.forms.solids import Array, Field, distance

__all__ = [
    "EVALUATION_SEEDS",
    "FAMILIES",
    "FORMS_VERSION",
    "TRAINING_SEEDS",
    "Array",
    "Field",
    "Recipe",
    "distance",
    "field_of",
    "field_sha256",
]
