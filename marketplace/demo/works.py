"""The works that the demo hangs: what is asked of the model, and the words beside the work."""

from typing import Any, NamedTuple

__all__ = ["OTHER_KINDS", "WORKS", "Work"]

_FIELD, _PAINTING = "palette-field-3", "studio-painting-1"


class Work(NamedTuple):
    """One planned work, found by trying seeds: one piece is made."""

    slug: str
    maker: str
    checkpoint: str
    parameters: dict[str, Any]
    seed: int
    title: str
    title_zh: str
    alt: str
    alt_zh: str
    editions: int
    personal: int
    commercial: int


def _scene(family: str, width: int, height: int) -> dict[str, Any]:
    return {"family": family, "width": width, "height": height}


OTHER_KINDS = [
    Work("autumn-night", "mei-tanaka", "verse-zh-1", {"form": "seven-quatrain", "title": "秋夜"}, 8,
         "Autumn Night", "秋夜", "Four lines of Chinese verse on an autumn night.",
         "七言绝句《秋夜》。", 40, 4500, 12000),
    Work("folded-form", "studio-lindqvist", "forms-1", {}, 8, "Folded Form", "折形",
         "A sculpture of one smooth folded body.", "一件圆润而相折的雕塑。", 10, 52000, 130000),
    Work("slow-tide", "ana-beltran", "walk-1", {"seconds": 4}, 8, "Slow Tide", "缓潮",
         "A film of colours that wander and come home.", "色彩游走又归来的短片。", 30, 18000, 46000),
]  # fmt: skip
WORKS = [
    Work("blue-bloom", "ana-beltran", _PAINTING, _scene("rosette", 1024, 1024), 14,
         "Blue Bloom", "蓝花",
         "A flower of blue washes on pale paper, with ochre at the edges.",
         "浅色纸上，蓝色水墨晕成一朵花，边缘点着赭黄。", 20, 38000, 92000),
    Work("white-sun-range", "studio-lindqvist", _FIELD, _scene("ridges", 1024, 1280), 213,
         "White Sun, Range", "白日山影",
         "A white sun beside an orange cloud, over sand and brown ridges.",
         "橙云旁一轮白日，照着沙色与褐色的山脊。", 50, 16000, 40000),
    Work("harbour-window", "ana-beltran", _FIELD, _scene("glass", 1024, 1280), 200,
         "Harbour Window", "港窗",
         "Amber panes and a brown one between dark leads.", "深色铅条之间，琥珀色与褐色的玻璃。", 15, 26000, 64000),
    Work("copper-basin", "mei-tanaka", _PAINTING, _scene("fields", 1024, 1024), 15,
         "Copper Basin", "铜盆",
         "A basin of turquoise brush strokes, framed in black and copper.",
         "黑与铜的框里，一盆青绿的笔触。", 12, 45000, 110000),
    Work("tide-lines", "mei-tanaka", _FIELD, _scene("waves", 1024, 1280), 215,
         "Tide Lines", "潮线",
         "White lines of surf over sand and blue, an orange sun above.",
         "沙色与蓝色之上，白色的浪线；天上一轮橙日。", 100, 9000, 24000),
    Work("river-stone", "studio-lindqvist", _FIELD, _scene("ink", 1024, 1280), 206,
         "River Stone", "河石",
         "One slate-grey stain of ink with a blush of rose, on white.",
         "白纸上一团石板灰的墨迹，边上一抹淡红。", 150, 7500, 18000),
    Work("harbour-at-low-water", "ana-beltran", _PAINTING, _scene("nebula", 1024, 1024), 12,
         "Harbour at Low Water", "退潮的港",
         "Coral and slate-blue washes around an open white.", "珊瑚色与石板蓝围着一片留白。", 1, 62000, 160000),
    Work("rose-room", "mei-tanaka", _FIELD, _scene("fields", 1024, 1280), 203,
         "Rose Room", "玫瑰室",
         "A pale field over one of rose, on dark plum.", "深梅紫底上，浅色色块在上，玫瑰色在下。", 80, 11000, 27000),
    Work("night-bloom", "ana-beltran", _FIELD, _scene("rosette", 1024, 1280), 203,
         "Night Bloom", "夜放",
         "A coral heart in a wreath of midnight blue and gold, on cream.",
         "米白底上，珊瑚色花心围着午夜蓝与金色的花环。", 25, 21000, 52000),
    Work("pine-figure", "mei-tanaka", _FIELD, _scene("cutouts", 1024, 1280), 213,
         "Pine Figure", "松影",
         "Cut shapes of pine green and olive on ivory.", "象牙白上，松绿与橄榄色的剪纸形状。", 60, 12000, 30000),
    Work("shore-meadow", "studio-lindqvist", _PAINTING, _scene("waves", 1024, 1024), 13,
         "Shore Meadow", "岸边草地",
         "Layers of green and grey with a yellow crest.", "绿与灰的层次，顶上一抹黄。", 18, 34000, 78000),
    Work("distant-signal", "studio-lindqvist", _FIELD, _scene("nebula", 1024, 1280), 200,
         "Distant Signal", "远方信号",
         "Pale clouds and a spark of light in the dark.", "黑暗中，浅色的云与一点光。", 40, 15000, 38000),
    Work("garden-stones", "mei-tanaka", _PAINTING, _scene("glass", 1024, 1024), 11,
         "Garden Stones", "园石",
         "Rose, grey and sand stones between mossy lines.", "苔线之间，玫瑰、灰与沙色的石。", 30, 29000, 70000),
    Work("jade-shore", "ana-beltran", _FIELD, _scene("waves", 1024, 1280), 218,
         "Jade Shore", "玉岸",
         "White lines over bands of jade and deep red.", "玉色与深红的层带之上，白色的线。", 25, 24000, 59000),
    *OTHER_KINDS,
]  # fmt: skip
