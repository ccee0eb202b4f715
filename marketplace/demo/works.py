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
         "A flower of blue washes on pale paper, with ochre at the edges.",
         "浅色纸上，蓝色水墨晕成一朵花，边缘点着赭黄。", 20, 38000, 92000),
    Work("white-sun-range", "studio-lindqvist", _FIELD, "ridges", 213, 1024, 1280, "White Sun, Range", "白日山影",
         "A white sun beside an orange cloud, over sand and brown ridges.",
         "橙云旁一轮白日，照着沙色与褐色的山脊。", 50, 16000, 40000),
    Work("harbour-window", "ana-beltran", _FIELD, "glass", 200, 1024, 1280, "Harbour Window", "港窗",
         "Amber panes and a brown one between dark leads.", "深色铅条之间，琥珀色与褐色的玻璃。", 15, 26000, 64000),
    Work("copper-basin", "mei-tanaka", _PAINTING, "fields", 15, 1024, 1024, "Copper Basin", "铜盆",
         "A basin of turquoise brush strokes, framed in black and copper.",
         "黑与铜的框里，一盆青绿的笔触。", 12, 45000, 110000),
    Work("tide-lines", "mei-tanaka", _FIELD, "waves", 215, 1024, 1280, "Tide Lines", "潮线",
         "White lines of surf over sand and blue, an orange sun above.",
         "沙色与蓝色之上，白色的浪线；天上一轮橙日。", 100, 9000, 24000),
    Work("river-stone", "studio-lindqvist", _FIELD, "ink", 206, 1024, 1280, "River Stone", "河石",
         "One slate-grey stain of ink with a blush of rose, on white.",
         "白纸上一团石板灰的墨迹，边上一抹淡红。", 150, 7500, 18000),
    Work("harbour-at-low-water", "ana-beltran", _PAINTING, "nebula", 12, 1024, 1024, "Harbour at Low Water", "退潮的港",
         "Coral and slate-blue washes around an open white.", "珊瑚色与石板蓝围着一片留白。", 1, 62000, 160000),
    Work("rose-room", "mei-tanaka", _FIELD, "fields", 203, 1024, 1280, "Rose Room", "玫瑰室",
         "A pale field over one of rose, on dark plum.", "深梅紫底上，浅色色块在上，玫瑰色在下。", 80, 11000, 27000),
    Work("night-bloom", "ana-beltran", _FIELD, "rosette", 203, 1024, 1280, "Night Bloom", "夜放",
         "A coral heart in a wreath of midnight blue and gold, on cream.",
         "米白底上，珊瑚色花心围着午夜蓝与金色的花环。", 25, 21000, 52000),
    Work("pine-figure", "mei-tanaka", _FIELD, "cutouts", 213, 1024, 1280, "Pine Figure", "松影",
         "Cut shapes of pine green and olive on ivory.", "象牙白上，松绿与橄榄色的剪纸形状。", 60, 12000, 30000),
    Work("shore-meadow", "studio-lindqvist", _PAINTING, "waves", 13, 1024, 1024, "Shore Meadow", "岸边草地",
         "Layers of green and grey with a yellow crest.", "绿与灰的层次，顶上一抹黄。", 18, 34000, 78000),
    Work("distant-signal", "studio-lindqvist", _FIELD, "nebula", 200, 1024, 1280, "Distant Signal", "远方信号",
         "Pale clouds and a spark of light in the dark.", "黑暗中，浅色的云与一点光。", 40, 15000, 38000),
    Work("garden-stones", "mei-tanaka", _PAINTING, "glass", 11, 1024, 1024, "Garden Stones", "园石",
         "Rose, grey and sand stones between mossy lines.", "苔线之间，玫瑰、灰与沙色的石。", 30, 29000, 70000),
    Work("jade-shore", "ana-beltran", _FIELD, "waves", 218, 1024, 1280, "Jade Shore", "玉岸",
         "White lines over bands of jade and deep red.", "玉色与深红的层带之上，白色的线。", 25, 24000, 59000),
]  # fmt: skip
