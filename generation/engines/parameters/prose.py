"""What can be asked of any engine of running text; the purposes say how a plain request becomes a prompt."""

from generation.engines.parameters.fields import Field, Flag, Fraction, Several, Whole, Words

__all__ = ["MAX_PROMPT", "prose_fields"]

MAX_PROMPT = 4000


def prose_fields(*, room: int, watermark: bool = True) -> dict[str, Field]:
    """`room` is how many tokens a model can look at.

    `top_k` 0 keeps all tokens; `lines` and `sentences` 0 do not stop the text. A text that lacks one of its `facts` is
    written again up to `attempts` times, the last time with what is missing put in; then it is refused.
    """
    most = max(1, min(2000, room - 1))
    fields: dict[str, Field] = {
        "prompt": Words(MAX_PROMPT, lines=True, default=""),
        "max_tokens": Whole(1, most, min(200, most)),
        "temperature": Fraction("0", "2", "0.8"),
        "top_p": Fraction("0.05", "1", "0.92"),
        "top_k": Whole(0, 1000, 0),
        "repetition_penalty": Fraction("0.5", "2", "1.1"),
        "stop": Several(Words(40, at_least=1), 4, default=[]),
        "lines": Whole(0, 200, 0),
        "sentences": Whole(0, 100, 0),
        "facts": Several(Words(120, at_least=1), 8, default=[]),
        "attempts": Whole(1, 10, 3),
    }
    return fields | ({"watermark": Flag(default=True)} if watermark else {})
