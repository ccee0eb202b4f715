"""The named scores for people: range, meaning and the word for a value. Read by the web process; needs no torch.

Msgids are English; `describe` answers in the language that is active. Where a score is a heuristic, it says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

__all__ = ["SCORES", "Score", "describe"]


@dataclass(frozen=True)
class Score:
    """A score from `low` to `high` (None: no bound). `bands` are (up to and including, word) in rising order."""

    meaning: str
    bands: tuple[tuple[float, str], ...] = ()
    low: float | None = 0.0
    high: float | None = 1.0
    heuristic: bool = True

    def word(self, value: float) -> str:
        """The msgid of the band in which a value lies; empty where the figure speaks for itself."""
        return next((word for up_to, word in self.bands if value <= up_to), self.bands[-1][1] if self.bands else "")


_ALL = float("inf")

SCORES: dict[str, Score] = {
    "score": Score(
        _("For sorting drafts of one request: puts what is flat, muddy, garish, broken or noisy last."),
        ((0.4, _("Weak")), (0.65, _("Fair")), (0.85, _("Good")), (_ALL, _("Very good"))),
    ),
    "technical": Score(
        _("Whether it is sharp, clean and well exposed."),
        ((0.5, _("Flawed")), (0.8, _("Sound")), (_ALL, _("Clean"))),
    ),
    "composition": Score(
        _("Whether it has a centre of interest, a good place for it, and calm beside it."),
        ((0.3, _("Loose")), (0.5, _("Even")), (_ALL, _("Composed"))),
    ),
    "colourfulness": Score(
        _("How far colours are from grey and from each other (Hasler and Süsstrunk)."),
        ((15, _("Muted")), (35, _("Quiet")), (70, _("Colourful")), (_ALL, _("Vivid"))),
        high=None,
        heuristic=False,
    ),
    "contrast": Score(
        _("The deviation of lightness."),
        ((0.08, _("Soft")), (0.2, _("Moderate")), (_ALL, _("Strong"))),
        high=0.5,
        heuristic=False,
    ),
    "edge_density": Score(
        _("The share of the picture in which lightness changes quickly."),
        ((0.03, _("Calm")), (0.2, _("Lively")), (_ALL, _("Busy"))),
    ),
    "harmony": Score(
        _("How well its hues fit a scheme of one, two or three directions."),
        ((0.5, _("Mixed hues")), (0.8, _("Related hues")), (_ALL, _("Harmonious"))),
    ),
    "balance": Score(
        _("Whether what stands out is spread around the middle."),
        ((0.6, _("Leaning")), (0.85, _("Balanced")), (_ALL, _("Centred"))),
    ),
    "sharpness": Score(
        _("How steep its steepest edges are."),
        ((0.04, _("Blurred")), (0.15, _("Soft edges")), (_ALL, _("Crisp"))),
    ),
    "noise": Score(
        _("Estimated noise in levels of 255."),
        ((1.5, _("No grain")), (6, _("Fine grain")), (_ALL, _("Noisy"))),
        high=255,
    ),
    "clipping": Score(
        _("The share that is all black or all white."),
        ((0.02, _("Well exposed")), (0.2, _("Some clipping")), (_ALL, _("Clipped"))),
        heuristic=False,
    ),
    "symmetry": Score(
        _("How alike it is to its own mirror image."),
        ((0.3, _("Asymmetric")), (0.75, _("Partly symmetric")), (_ALL, _("Symmetric"))),
        heuristic=False,
    ),
    "focus": Score(
        _("How much of what stands out is gathered in one place."),
        ((0.1, _("All over")), (0.4, _("Gathered")), (_ALL, _("One focus"))),
    ),
    "novelty": Score(
        _("How unlike the nearest piece of the house it is, by colours and busyness of its parts."),
        ((0.05, _("Nearly the same as another piece")), (0.3, _("Close to another piece")), (_ALL, _("New here"))),
    ),
    "novelty_training": Score(
        _("How unlike the nearest training picture it is, by colours and busyness of its parts."),
        ((0.05, _("Nearly a training picture")), (0.25, _("Close to its training")), (_ALL, _("Its own picture"))),
    ),
    "prompt_fit": Score(
        _("How near picture and words lie to each other for the model that compares them: a cosine."),
        ((0.2, _("Off the words")), (0.28, _("Near the words")), (_ALL, _("As the words say"))),
        low=-1.0,
    ),
    "distinct": Score(
        _("The share of neighbouring pairs of words or characters that occur for the first time."),
        ((0.6, _("Repeats itself")), (0.85, _("Some repetition")), (_ALL, _("Varied"))),
        heuristic=False,
    ),
    "fluency": Score(
        _("Takes off for stutter, loops, endless sentences and a broken-off end."),
        ((0.6, _("Halting")), (0.85, _("Readable")), (_ALL, _("Fluent"))),
    ),
    "plausibility": Score(
        _("How many of its neighbouring words stand together in the texts it learnt from; 1: as in other such texts."),
        ((0.6, _("Strange wording")), (0.85, _("Plausible wording")), (_ALL, _("Usual wording"))),
    ),
    "form": Score(
        _("Of verse, the share of lines that have the commonest length."),
        ((0.7, _("Free lines")), (0.99, _("Nearly regular lines")), (_ALL, _("Regular lines"))),
        heuristic=False,
    ),
    "facts": Score(
        _("The share of the facts asked for that the text holds word for word."),
        ((0.99, _("Facts missing")), (_ALL, _("All facts in it"))),
        heuristic=False,
    ),
    "valid": Score(
        _("1 for one closed surface around a positive volume."),
        ((0.5, _("Open or broken surface")), (_ALL, _("Closed surface"))),
        heuristic=False,
    ),
    "bodies": Score(
        _("Separate bodies; more than one fall apart."),
        ((1, _("One body")), (_ALL, _("Several bodies"))),
        low=1.0,
        high=None,
        heuristic=False,
    ),
    "detail": Score(
        _("How much more its surface turns than a sphere's."),
        ((0.15, _("Plain")), (0.5, _("Shaped")), (_ALL, _("Intricate"))),
    ),
    "printability": Score(
        _("Whether it can be printed: walls, overhangs, starts in the air, standing."),
        ((0.4, _("Hard to print")), (0.7, _("Printable with care")), (_ALL, _("Prints well"))),
    ),
    "overhang": Score(
        _("The share of its surface that needs support while it is printed."),
        ((0.05, _("Needs hardly any support")), (0.2, _("Needs some support")), (_ALL, _("Needs much support"))),
        heuristic=False,
    ),
    "thin_mm": Score(
        _("The wall, in millimetres, that only one probe in twenty met thinner."),
        ((1.0, _("Thin walls")), (2.0, _("Usual walls")), (_ALL, _("Thick walls"))),
        high=None,
    ),
    "stands": Score(
        _("How far inside its footprint the centre of mass lies; below 0 it falls."),
        ((0.0, _("Falls over")), (0.3, _("Stands")), (_ALL, _("Stands firmly"))),
        low=-1.0,
    ),
    "volume_cm3": Score(_("The volume that it encloses, in cubic centimetres."), high=None, heuristic=False),
    "thinnest_mm": Score(_("The thinnest wall that was met, in millimetres."), high=None),
    "triangles": Score(_("The triangles of its surface."), high=None, heuristic=False),
    "starts_in_air": Score(_("Places where printing would begin with nothing underneath."), high=None),
}


def describe(scores: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Name → value, range, meaning, words and whether it is a heuristic, in the order of SCORES.

    What is no named score, such as the descriptor that pieces are compared by, is left out.
    """
    return {
        name: {
            "value": scores[name],
            "range": [known.low, known.high],
            "meaning": gettext(known.meaning),
            "words": gettext(word) if (word := known.word(float(scores[name]))) else "",
            "heuristic": known.heuristic,
        }
        for name, known in SCORES.items()
        if isinstance(scores.get(name), int | float)
    }
