"""The works that the demo hangs: what is asked of the model, and the words beside the picture."""

from typing import Any, NamedTuple

__all__ = ["WORKS", "Work"]

_FIELD, _PAINTING = "palette-field-3", "studio-painting-1"


class Work(NamedTuple):
    """One planned work, found by trying seeds: one piece is made."""

    slug: str
    maker: str
    checkpoint: str
    family: str
    seed: int
    width: int
    height: int
    title: str
    title_zh: str
    alt: str
    alt_zh: str
    editions: int
    personal: int
    commercial: int
    further: dict[str, Any] = {}


WORKS = [
    Work("blue-bloom", "ana-beltran", _PAINTING, "rosette", 14, 1024, 1024, "Blue Bloom", "蓝花",
         "A flower of blue washes on pale paper.", "浅色纸上，蓝色水墨晕成一朵花。", 20, 38000, 92000),
    Work("red-sun-range", "studio-lindqvist", _FIELD, "ridges", 213, 1024, 1280, "Red Sun, Range", "红日山影",
         "A red sun in a blue sky over orange and green ridges.", "蓝天红日，照着橙色与绿色的山脊。", 50, 16000, 40000),
    Work("harbour-window", "ana-beltran", _FIELD, "glass", 200, 1024, 1280, "Harbour Window", "港窗",
         "Panes of coral, blue and sand between leads.", "黑色铅条之间，珊瑚、蓝与沙色的玻璃。", 15, 26000, 64000),
    Work("copper-basin", "mei-tanaka", _PAINTING, "fields", 15, 1024, 1024, "Copper Basin", "铜盆",
         "A dark basin filled with turquoise, rimmed in copper.", "暗色的盆，盛着青绿，镶着铜边。", 12, 45000, 110000),
    Work("tide-lines", "mei-tanaka", _FIELD, "waves", 215, 1024, 1280, "Tide Lines", "潮线",
         "Blue waves drawn in green under a yellow sky.", "黄色天空下，绿线勾出的蓝色波浪。", 100, 9000, 24000),
    Work("ember-stone", "studio-lindqvist", _FIELD, "ink", 206, 1024, 1280, "Ember Stone", "余烬石",
         "One coral-red stain of ink on white.", "白纸上一团珊瑚红的墨迹。", 150, 7500, 18000),
    Work("harbour-at-low-water", "ana-beltran", _PAINTING, "nebula", 12, 1024, 1024, "Harbour at Low Water", "退潮的港",
         "Slate-blue and coral washes around an open white.", "石板蓝与珊瑚色围着一片留白。", 1, 62000, 160000),
    Work("teal-room", "mei-tanaka", _FIELD, "fields", 203, 1024, 1280, "Teal Room", "青室",
         "A teal field over one of dark plum.", "青色色块在上，深梅紫在下。", 80, 11000, 27000),
    Work("night-bloom", "ana-beltran", _FIELD, "rosette", 203, 1024, 1280, "Night Bloom", "夜放",
         "A golden heart in a ring of pale petals, on black.", "黑底上，金色花心围着浅色花瓣。", 25, 21000, 52000),
    Work("carnival", "mei-tanaka", _FIELD, "cutouts", 213, 1024, 1280, "Carnival", "狂欢节",
         "Torn shapes of yellow, rose and black.", "黄、玫红与黑的撕纸形状。", 60, 12000, 30000),
    Work("shore-meadow", "studio-lindqvist", _PAINTING, "waves", 13, 1024, 1024, "Shore Meadow", "岸边草地",
         "Layers of green and grey with a yellow crest.", "绿与灰的层次，顶上一抹黄。", 18, 34000, 78000),
    Work("distant-signal", "studio-lindqvist", _FIELD, "nebula", 200, 1024, 1280, "Distant Signal", "远方信号",
         "An orange glow in pale dots on midnight blue.", "午夜蓝中，淡点之云里一团橙光。", 40, 15000, 38000),
    Work("garden-stones", "mei-tanaka", _PAINTING, "glass", 11, 1024, 1024, "Garden Stones", "园石",
         "Rose and sand stones between mossy lines.", "苔线之间，玫瑰色与沙色的石。", 30, 29000, 70000),
    Work("coral-sky", "ana-beltran", _FIELD, "waves", 218, 1024, 1280, "Coral Sky", "珊瑚天",
         "A coral sky over bands of violet and blue.", "珊瑚色的天空下，紫与蓝的层带。", 25, 24000, 59000),
]  # fmt: skip
