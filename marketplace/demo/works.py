"""The works that the demo hangs: what is asked of the model, and the words beside the picture."""

from typing import NamedTuple

__all__ = ["WORKS", "Work"]


class Work(NamedTuple):
    """One planned work, found by trying seeds. Two pieces are made, from `seed` on, and the first is kept."""

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
    Work("rust-vein", "ana-beltran", "marble", 103, 1024, 1280, "Rust Vein", "锈脉",
         "Rust-brown patches run down into a pale yellow ground.", "锈褐色块流入淡黄的底色。", 20, 21000, 52000),
    Work("blue-bowl", "studio-lindqvist", "poster", 102, 1024, 1024, "Blue Bowl", "蓝碗",
         "A pale round form held by a dark and a blue band.", "浅色圆形被深色与蓝色的带子托住。", 150, 7500, 18000),
    Work("first-light-range", "studio-lindqvist", "ridges", 101, 1280, 1024, "First Light, Range", "晨光山影",
         "A pale cloud rises over layers of blue.", "浅色的云升起在层层蓝色之上。", 50, 16000, 40000),
    Work("saffron-pane", "ana-beltran", "glass", 103, 1024, 1280, "Saffron Pane", "藏红窗",
         "Dark red shapes flow through saffron yellow.", "暗红的形状流过藏红花般的黄色。", 15, 26000, 64000),
    Work("lavender-hour", "mei-tanaka", "fields", 107, 1280, 1024, "Lavender Hour", "薰衣草时分",
         "A lavender field rests on dark green.", "薰衣草色块静卧于深绿之上。", 80, 11000, 27000),
    Work("violet-cloud", "studio-lindqvist", "nebula", 104, 1280, 1024, "Violet Cloud", "紫云",
         "A violet form glows before a dark ground.", "紫色的形体在深色背景前发光。", 40, 15000, 38000),
    Work("paper-garden", "mei-tanaka", "cutouts", 103, 1024, 1280, "Paper Garden", "纸园",
         "Orange, yellow and green shapes like torn paper.", "橙、黄、绿的形状，如撕开的纸。", 60, 12000, 30000),
    Work("night-bloom", "ana-beltran", "rosette", 107, 1152, 1152, "Night Bloom", "夜放",
         "A pale ring of petals around dark green, on black.", "黑底上，浅色花环围绕深绿。", 1, 42000, 120000),
    Work("blue-shelf", "studio-lindqvist", "waves", 101, 1280, 960, "Blue Shelf", "蓝色陆架",
         "Bands of blue and lilac below a pale sky.", "浅色天空下蓝紫相间的水带。", 100, 9000, 24000),
    Work("lichen-map", "ana-beltran", "ink", 104, 1024, 1280, "Lichen Map", "苔图",
         "Violet and green stains of ink on light paper.", "浅色纸上晕开的紫绿墨迹。", 30, 19000, 46000),
    Work("two-rooms", "mei-tanaka", "fields", 103, 1024, 1344, "Two Rooms", "两间屋",
         "A deep red field above a warm orange one.", "深红的色块在上，暖橙的在下。", 12, 34000, 78000),
    Work("coral-tide", "mei-tanaka", "waves", 103, 1280, 960, "Coral Tide", "珊瑚潮",
         "Coral and red bands under a pink sky.", "粉色天空下珊瑚与红色的层带。", 25, 24000, 59000),
    Work("reef-ring", "ana-beltran", "rosette", 101, 1152, 1152, "Reef Ring", "礁环",
         "A turquoise centre in a ring of pale and blue petals.", "浅色与蓝色花环中的青绿中心。", 18, 23000, 56000),
    Work("kiln-dusk", "mei-tanaka", "ridges", 104, 1024, 1280, "Kiln Dusk", "窑暮",
         "Grey ridges under a glowing orange sky.", "发光的橙色天空下灰色的山脊。", 25, 28000, 68000),
]  # fmt: skip
