"""What people want pieces for: data that the advisor reads. A new scenario is a new row."""

from dataclasses import dataclass

__all__ = ["SCENARIOS", "Scenario"]


@dataclass(frozen=True)
class Scenario:
    """What a checkpoint must be able to do, how large the result is, and how much quality counts beside cost.

    `fields` are parameters that its engine must know and `takes` an input that it must; `brings` are the inputs that
    somebody with this wish has at hand. `side` is the longer side in pixels, for pictures.
    """

    title: str
    kind: str
    quality_weight: float
    side: int | None = None
    fields: frozenset[str] = frozenset()
    takes: str | None = None
    brings: frozenset[str] = frozenset()


SCENARIOS: dict[str, Scenario] = {
    "wall-print": Scenario("A picture to hang on a wall", "picture", 0.85, side=2048),
    "poster": Scenario(
        "A poster with words", "picture", 0.7, 1754, frozenset({"headline"}), "picture", frozenset({"picture", "logo"})
    ),
    "advertising-set": Scenario(
        "One advertisement in several formats",
        "picture",
        0.6,
        1080,
        frozenset({"headline", "formats"}),
        "picture",
        frozenset({"picture", "logo"}),
    ),
    "product-picture": Scenario("A picture for a product or a page", "picture", 0.5, side=1024),
    "restyling": Scenario(
        "A picture of mine in another style",
        "picture",
        0.8,
        1024,
        takes="content",
        brings=frozenset({"content", "style"}),
    ),
    "enlarging": Scenario(
        "A picture of mine, larger", "picture", 0.7, 2048, frozenset({"factor"}), "content", frozenset({"content"})
    ),
    "verse": Scenario("A poem", "text", 0.85, fields=frozenset({"form"})),
    "news": Scenario("A short report that holds its facts", "text", 0.8, fields=frozenset({"prompt", "facts"})),
    "product-copy": Scenario("Words for a product", "text", 0.6, fields=frozenset({"prompt", "facts"})),
    "story": Scenario("A story", "text", 0.8, fields=frozenset({"prompt"})),
    "sculpture": Scenario("A sculpture to print or to show", "sculpture", 0.8),
    "film": Scenario("A short film", "motion", 0.6, side=1080, brings=frozenset({"picture"})),
}
