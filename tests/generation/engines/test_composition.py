"""Whatever the words, colours and formats: everything stands in its box, can be read, and comes out the same again."""

import itertools

import numpy as np
import pytest
from PIL import Image

from generation.engines import brand, composition, lettering, oklab, typesetting
from generation.engines.base import EngineError, Made, Picture, Pixels, Request
from generation.engines.layouts import Box, lay_out
from generation.engines.lettering import DISPLAY, TEXT, Block, Copy
from generation.engines.parameters import ParametersRefused
from generation.engines.parameters.composition import FORMATS, LAYOUTS
from tests.generation.engines import methods

WIDE = np.asarray(Image.fromarray(methods.scene(64, 2)).resize((1500, 800)))
PICTURE = methods.encoded(WIDE)
COPIES = [
    Copy("Light"),
    Copy("Light on the Harbour", "New paintings by the house, every day but Monday.", "See the pictures"),
    Copy("春日新作展", "二〇二六年五月一日起，每周二至周日开放；欢迎光临，门票免费。", "立即预约"),
    Copy("W" * 80, "m" * 160, "Q" * 24),
    Copy("永" * 80, "永，" * 80, "永" * 24),
    Copy("A\nB\nC", "Å Ñ ç “quoted” — (gjpqy)", "Go"),
    Copy("", "Only a line.", ""),
    Copy("", "", "Only a call", np.full((30, 200, 4), 90, np.uint8)),
]


def _picture(made: Made) -> Picture:
    assert isinstance(made.work, Picture)
    return made.work


def test_a_set_is_the_same_alone_and_among_others_and_has_its_formats() -> None:
    engine, spec = methods.loaded("poster-1")
    words = {"headline": "Light 光", "line": "Every day.", "call": "Go"}
    asked = words | {"formats": ["card", "banner", "card"], "colours": ["#10131F", "#F3E9D2", "#E0A030"]}
    request = spec.request(1, asked, {"picture": PICTURE, "logo": methods.encoded(methods.scene(40))})
    other = spec.request(2, {"formats": ["banner"]}, {"picture": PICTURE})
    alone, among = methods.made(engine, request)[0], methods.made(engine, other, request)[1]
    work = _picture(alone)
    assert work.encode() == among.work.encode()
    assert work.companions == among.work.companions
    assert methods.read(work.encode())[0].shape == (628, 1200, 3)
    assert list(work.companions) == ["banner"]
    assert methods.read(work.companions["banner"].data)[0].shape == (500, 1500, 3)


def test_without_words_the_picture_fills_the_format() -> None:
    engine, spec = methods.loaded("poster-1")
    work = _picture(methods.made(engine, spec.request(1, {"formats": ["banner"]}, {"picture": PICTURE}))[0])
    assert np.array_equal(work.pixels, composition.cropped(WIDE, 1500, 500))


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("form", FORMATS)
def test_words_are_never_clipped_and_never_overlap(name: str, form: str) -> None:
    width, height = FORMATS[form]
    for copy in COPIES:
        layout = lay_out(name, width, height, wordless=False)
        picture, words = layout.picture, layout.words
        for box in (picture, words):
            assert box.left >= 0
            assert box.top >= 0
            assert box.left + box.width <= width
            assert box.top + box.height <= height
        assert layout.veiled or not _meet(picture, words)
        _check(lettering.set_copy(copy, words, centred=layout.centred), words, copy)


def _meet(one: Box, other: Box) -> bool:
    beside = one.left + one.width <= other.left or other.left + other.width <= one.left
    above = one.top + one.height <= other.top or other.top + other.height <= one.top
    return not (beside or above)


def _check(block: Block, box: Box, copy: Copy) -> None:
    spans: list[tuple[float, float]] = []
    if block.logo:
        spans.append((block.logo[0].top, block.logo[0].top + block.logo[0].height))
    for paragraph in block.paragraphs:
        widths = [typesetting.measure(paragraph.face, paragraph.size)(line) for line in paragraph.lines]
        assert max(widths) <= box.width
        spans.append((paragraph.top, paragraph.top + paragraph.height))
    if block.button:
        frame, label = block.button
        assert typesetting.measure(TEXT, label.size)(label.lines[0]) < frame.width <= box.width
        spans.append((frame.top, frame.top + frame.height))
    assert spans[0][0] >= box.top - 1
    assert spans[-1][1] <= box.top + box.height + 1
    for (_, bottom), (top, _) in itertools.pairwise(spans):
        assert bottom <= top + 1
    said = "".join(line for paragraph in block.paragraphs for line in paragraph.lines)
    assert said.replace(" ", "") == (copy.headline + copy.line).replace(" ", "").replace("\n", "")


def test_chinese_lines_break_as_they_should() -> None:
    text = "他说：“春天来了，我们去看画展吧！”（周一休息）——欢迎光临；二〇二六年。"
    for width in range(130, 400, 20):
        lines = typesetting.wrapped(text, width, typesetting.measure(TEXT, 24))
        assert lines is not None
        assert "".join(lines) == text
        assert not any(line[0] in "，。；！”）：" or line[-1] in "“（" for line in lines)


def test_latin_words_stay_whole_until_they_must_be_cut() -> None:
    measured = typesetting.measure(TEXT, 20)
    assert typesetting.wrapped("one two-three four", 60, measured) == ["one", "two-", "three", "four"]
    assert typesetting.wrapped("incomprehensibilities", 60, measured) is None
    cut = typesetting.wrapped("incomprehensibilities", 60, measured, cut=True)
    assert cut is not None
    assert "".join(cut) == "incomprehensibilities"
    assert all(measured(line) <= 60 for line in cut)


def test_an_estimated_width_is_near_the_true_one() -> None:
    for face, size in itertools.product((DISPLAY, TEXT), (12, 40, 160)):
        true, near = (of(face, size)("Light 光 on the Harbour") for of in (typesetting.measure, typesetting.estimate))
        assert near == pytest.approx(true, rel=0.06)


def test_characters_that_no_font_has_are_named() -> None:
    engine, spec = methods.loaded("poster-1")
    request = spec.request(1, {"headline": "Light שלום 😀"}, {"picture": PICTURE})
    assert methods.refusal(engine, request) == "glyph_missing"
    with pytest.raises(EngineError, match=r"ש U\+05E9.*U\+1F600"):
        Copy("Light שלום 😀").check()
    Copy("二〇二六", "Łódź, Việt Nam, “quote”… €5").check()


def test_every_scheme_can_be_read() -> None:
    random = np.random.default_rng(0)
    for _ in range(300):
        picked = random.integers(0, 256, (int(random.integers(0, 5)), 3)).astype(np.uint8)
        scheme = brand.scheme([oklab.hexadecimal(colour) for colour in picked], methods.scene(16))
        pairs = ((scheme.ink, scheme.paper), (scheme.label, scheme.accent))
        assert all(_contrast(*pair) >= brand.READABLE for pair in pairs)
    brands = brand.scheme(["#FFFFFF", "#123456", "#C03020"], methods.scene(16))
    assert (brands.paper, brands.ink, brands.accent) == ("#FFFFFF", "#123456", "#C03020")


def _contrast(one: str, other: str) -> float:
    return oklab.contrast(oklab.parse_hexadecimal(one), oklab.parse_hexadecimal(other))


@pytest.mark.parametrize("colours", [["#FFFFFF", "#333333"], ["#808080"], ["#000000"]])
def test_words_on_a_veiled_picture_can_be_read_everywhere(colours: list[str]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    scheme = brand.scheme(colours, noise)
    words = Box(20, 180, 260, 100)
    veiled = np.asarray(composition._veiled(Image.fromarray(noise), words, scheme))
    ink = oklab.parse_hexadecimal(scheme.ink)
    under: Pixels = veiled[180:280:7, 20:280:7].reshape(-1, 3)
    assert min(oklab.contrast(colour, ink) for colour in under) >= brand.READABLE
    assert np.array_equal(veiled[0], noise[0])


def test_the_crop_keeps_what_tells_most() -> None:
    picture = np.full((100, 400, 3), 128, np.uint8)
    picture[30:70, 300:360] = methods.scene(60)[:40]
    assert np.ptp(composition.cropped(picture, 100, 100).astype(int)) > 60


def test_hostile_parameters_and_inputs_are_refused() -> None:
    engine, spec = methods.loaded("poster-1")
    wrongs: list[dict[str, object]] = [
        {"headline": "x" * 81},
        {"line": "a\x00"},
        {"colours": ["red"]},
        {"colours": ["#FFFFFF"] * 5},
        {"formats": []},
        {"formats": ["billboard"]},
        {"layout": "../band"},
    ]
    for wrong in wrongs:
        with pytest.raises(ParametersRefused):
            spec.request(1, wrong, {"picture": PICTURE})
    asked = spec.read({})
    assert methods.refusal(engine, Request(1, asked)) == "input_missing"
    assert methods.refusal(engine, Request(1, asked, {"picture": b""})) == "input_unreadable"
    assert methods.refusal(engine, Request(1, asked, {"picture": PICTURE, "logo": b"<svg/>"})) == "input_unreadable"
