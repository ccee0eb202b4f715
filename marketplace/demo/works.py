"""The works that the demo hangs: what is asked of the model, and the words beside the picture."""

from typing import NamedTuple

__all__ = ["WORKS", "Work"]


class Work(NamedTuple):
    """One planned work. `seed` starts a small series from which the best-scored piece is chosen."""

    slug: str
    maker: str
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


WORKS = [
    Work("kiln-dusk", "mei-tanaka", "ridges", 1100, 1024, 1280, "Kiln Dusk", "窑暮",
         "Layered ridges under an evening sky.", "暮色天空下层叠的山脊。", 25, 28000, 68000),
    Work("low-tide", "studio-lindqvist", "waves", 2100, 1280, 960, "Low Tide", "低潮",
         "Bands of water below a pale sky.", "浅色天空下的层层水带。", 100, 9000, 24000),
    Work("lichen-map", "ana-beltran", "ink", 3100, 1024, 1280, "Lichen Map", "苔图",
         "Soft stains of ink on light paper.", "浅色纸上晕开的墨迹。", 30, 19000, 46000),
    Work("winter-rosette", "ana-beltran", "rosette", 4100, 1152, 1152, "Winter Rosette", "冬之玫瑰纹",
         "A flower-like figure around a centre.", "围绕中心展开的花形图案。", 1, 42000, 120000),
    Work("basalt-vein", "studio-lindqvist", "marble", 5100, 1024, 1024, "Basalt Vein", "玄武岩脉",
         "Veins of colour flowing through a dark ground.", "深色底上流动的彩色纹脉。", 20, 21000, 52000),
    Work("two-rooms", "mei-tanaka", "fields", 6100, 1024, 1344, "Two Rooms", "两间屋",
         "Large calm fields of colour.", "大块宁静的色域。", 12, 34000, 78000),
    Work("paper-garden", "mei-tanaka", "cutouts", 7100, 1280, 1024, "Paper Garden", "纸园",
         "Shapes like cut paper on a plain ground.", "素底上如剪纸般的形状。", 60, 12000, 30000),
    Work("pale-window", "ana-beltran", "glass", 8100, 1024, 1280, "Pale Window", "淡窗",
         "Panes of colour set against each other.", "彼此相接的彩色窗格。", 15, 26000, 64000),
    Work("ember-field", "studio-lindqvist", "nebula", 9100, 1344, 896, "Ember Field", "余烬之野",
         "Glowing clouds on a dark ground.", "深色背景上发光的云雾。", 40, 15000, 38000),
    Work("green-bar", "mei-tanaka", "poster", 10100, 1024, 1280, "Green Bar", "绿杠",
         "A few plain shapes, as on a poster.", "几个简洁的形状，如同海报。", 150, 7500, 18000),
    Work("second-ridge", "studio-lindqvist", "ridges", 11100, 1344, 896, "Second Ridge", "次岭",
         "A wide view of ridges fading into haze.", "渐隐于雾霭中的开阔山脊。", 50, 16000, 40000),
    Work("salt-flat", "ana-beltran", "fields", 12100, 1280, 960, "Salt Flat", "盐原",
         "A horizon between two fields of colour.", "两片色域之间的地平线。", 80, 11000, 27000),
]  # fmt: skip
