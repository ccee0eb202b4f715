"""What a sculpture seems to be made of: its colour, its gloss, and the plinth and backdrop that suit it."""

from dataclasses import dataclass

__all__ = ["MATERIALS", "Material"]

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """Colours are linear light, 0 … 1. `metallic` and `roughness` are those of glTF."""

    name: str
    colour: Colour
    plinth: Colour
    backdrop: Colour
    metallic: float
    roughness: float

    @property
    def rgba(self) -> tuple[int, int, int, int]:
        """The colour as glTF keeps it by vertex: linear, eight bits."""
        return _bytes(self.colour)

    @property
    def plinth_rgba(self) -> tuple[int, int, int, int]:
        """The plinth's colour likewise."""
        return _bytes(self.plinth)


def _bytes(colour: Colour) -> tuple[int, int, int, int]:
    red, green, blue = (round(part * 255) for part in colour)
    return red, green, blue, 255


_PALE: Colour = (0.78, 0.75, 0.70)
_SAND: Colour = (0.72, 0.64, 0.54)
_GREY: Colour = (0.50, 0.52, 0.53)
_DUSK: Colour = (0.34, 0.37, 0.42)
_BLACK: Colour = (0.025, 0.025, 0.028)
_STONE: Colour = (0.42, 0.40, 0.37)

MATERIALS: dict[str, Material] = {
    material.name: material
    for material in (
        Material("plaster", (0.82, 0.79, 0.74), _BLACK, _PALE, 0.0, 0.8),
        Material("bronze", (0.36, 0.17, 0.065), _BLACK, _SAND, 0.7, 0.34),
        Material("terracotta", (0.52, 0.17, 0.085), _STONE, _PALE, 0.0, 0.75),
        Material("jade", (0.10, 0.28, 0.20), _BLACK, _PALE, 0.0, 0.28),
        Material("basalt", (0.055, 0.06, 0.068), _STONE, _PALE, 0.0, 0.45),
        Material("ivory", (0.78, 0.68, 0.50), (0.10, 0.045, 0.025), _GREY, 0.0, 0.42),
        Material("cobalt", (0.022, 0.075, 0.36), _PALE, _PALE, 0.0, 0.3),
        Material("gilded", (0.83, 0.50, 0.16), _BLACK, _DUSK, 0.85, 0.26),
    )
}
