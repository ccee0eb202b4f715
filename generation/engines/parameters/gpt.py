"""What can be asked of the house's own language models: poems in a form, or running text."""

from collections.abc import Mapping
from typing import Any

from generation.engines.parameters.fields import Choice, Field, Flag, Fraction, Several, Whole, Words
from generation.engines.parameters.prose import prose_fields
from generation.engines.parameters.spec import Spec

__all__ = ["spec"]


def spec(architecture: Mapping[str, Any]) -> Spec:
    """A checkpoint of `text` `verse` takes a form and what may be settled of the poem; any other takes a prompt.

    `rhyme` `auto` draws one as it comes in the training poems; `off` leaves the line ends free. `acrostic` is read
    down the lines' first characters; `facts` are words that the poem must contain. `repetition` is taken off the score
    of a character that stands in the poem already. With `script` `simplified`, titles and words are read as such too.
    """
    if architecture["text"] != "verse":
        return Spec(kind="text", fields=prose_fields(room=int(architecture["positions"])))
    forms = tuple(map(str, architecture["forms"]))
    fields: dict[str, Field] = {
        "form": Choice(forms, forms[0]),
        "title": Words(20),
        "author": Choice(tuple(map(str, architecture["authors"]))),
        "first_line": Words(16),
        "acrostic": Words(16),
        "facts": Several(Words(7, at_least=1), 4, default=[]),
        "rhyme": Choice(("auto", "off", *map(str, architecture["rhyme_names"])), "auto"),
        "script": Choice(("traditional", "simplified"), "traditional"),
        "temperature": Fraction("0.1", "2", "0.8"),
        "top_p": Fraction("0.05", "1", "0.9"),
        "top_k": Whole(0, 1000, 0),
        "repetition": Fraction("0", "20", "3"),
        "watermark": Flag(default=False),
    }
    return Spec(kind="text", fields=fields, shape=("form",))
