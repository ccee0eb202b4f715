"""Why a checkpoint is not taken in, or not believed any more."""

from common.errors import Conflict, Unprocessable

__all__ = ["CheckpointRefused", "SlugTaken", "WeightsAltered"]


class CheckpointRefused(Unprocessable):
    """`missing` names what the card or the training run lacks."""

    code = "checkpoint_refused"
    title = "This checkpoint cannot be registered."


class WeightsAltered(Conflict):
    code = "weights_altered"
    title = "The weights are not those that were registered. Put the right file back, or import it under another slug."


class SlugTaken(Conflict):
    code = "slug_taken"
    title = "Another checkpoint has this slug. Give the new one another slug."
