"""Opt-outs are seen wherever they are said: at the site, in the page, beside the file, and in the picture itself."""

from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generation import datasets
from generation.datasets import signals
from generation.training import frozen
from tests.generation.datasets.samples import asked, picture, text

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"><plus:DataMining>'
    "http://ns.useplus.org/ldf/vocab/{value}</plus:DataMining></rdf:Description></rdf:RDF></x:xmpmeta>"
)


@pytest.mark.parametrize(
    ("robots", "path", "closed"),
    [
        ("User-agent: GPTBot\nDisallow: /\n", "/a.png", True),
        ("User-agent: *\nDisallow: /art/\n", "/art/a.png", True),
        ("User-agent: *\nDisallow: /art/\n", "/notes/a.png", False),
        ("User-agent: *\nAllow: /\nContent-Signal: search=yes, ai-train=no\n", "/a.png", True),
        ("User-agent: *\nAllow: /\nContent-Usage: train-ai=n\n", "/a.png", True),
        ("User-agent: Googlebot\nDisallow: /\n", "/a.png", False),
    ],
)
def test_robots_txt(robots: str, path: str, closed: bool) -> None:
    assert frozen.reserved(signals.Site(robots=robots).signals(path)) is closed


@pytest.mark.parametrize(
    ("rules", "path", "closed"),
    [
        ("User-Agent: *\nDisallow: *.png\nAllow: *.txt\n", "/x/a.png", True),
        ("User-Agent: *\nDisallow: *.png\nAllow: *.txt\n", "/x/a.txt", False),
        ("User-Agent: *\nDisallow: /\nAllow: /open/\n", "/open/a.png", False),
        ("User-Agent: *\nDisallow: /\nAllow: /\n", "/a.png", True),
    ],
)
def test_ai_txt(rules: str, path: str, closed: bool) -> None:
    assert frozen.reserved(signals.Site(ai=rules).signals(path)) is closed


def test_tdmrep_the_longest_location_decides_and_what_cannot_be_read_is_reserved(tmp_path: Path) -> None:
    rules = '[{"location": "/", "tdm-reservation": 1}, {"location": "/free/*.png$", "tdm-reservation": 0}]'
    text(tmp_path / ".well-known" / "tdmrep.json", rules)
    site = signals.read_site(tmp_path)
    assert site.signals("https://a.example/art/a.png") == {"tdmrep.json": "reserved: tdm-reservation 1"}
    assert site.signals("/free/a.png") == {"tdmrep.json": "open"}
    text(tmp_path / ".well-known" / "tdmrep.json", "{broken")
    assert frozen.reserved(signals.read_site(tmp_path).signals("/free/a.png"))


def test_captured_headers_and_pages() -> None:
    captured = {"robots_meta": "noai, noimageai", "tdm_reservation": "0", "x_robots_tag": "noindex"}
    assert signals.of_captured(captured) == {
        "robots_meta": "reserved: noai, noimageai",
        "tdm_reservation": "open",
        "x_robots_tag": "open",
    }
    assert frozen.reserved(signals.of_page(b'<head><META content="noai" name=robots></head>'))
    assert frozen.reserved(signals.of_page(b"<meta name='tdm-reservation' content='1'>"))
    assert not frozen.reserved(signals.of_page(b'<meta name="robots" content="index, follow"><p>noai is a word</p>'))


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.png"])
@pytest.mark.parametrize(
    ("value", "closed"), [("DMI-PROHIBITED-AIMLTRAINING", True), ("DMI-PROHIBITED", True), ("DMI-ALLOWED", False)]
)
def test_what_a_picture_itself_says_of_data_mining(tmp_path: Path, name: str, value: str, closed: bool) -> None:
    packet = XMP.format(value=value)
    if name.endswith("png"):  # compressed, so that it does not stand in the file as it is
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet, zip=True)
        picture(tmp_path / "in" / name, pnginfo=info)
    else:
        picture(tmp_path / "in" / name, xmp=packet.encode())
    if closed:
        with pytest.raises(datasets.ItemsOptedOut, match=value) as refused:
            datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")
        assert list(refused.value.extra["items"]) == [name]
        assert not (tmp_path / "out").exists()
    else:
        read = datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")
        assert read.items[0]["opt_out"] == {"plus:DataMining": f"open: {value}"}


def test_all_items_that_opted_out_are_named_and_nothing_is_frozen(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / "in" / "art" / f"{number}.png", number)
    text(tmp_path / "in" / "robots.txt", "User-agent: CCBot\nDisallow: /art/0.png\nDisallow: /art/2.png\n")
    with pytest.raises(datasets.ItemsOptedOut, match=r"art/0\.png .*art/2\.png") as refused:
        datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")
    assert refused.value.code == "items_opted_out"
    assert set(refused.value.extra["items"]) == {"art/0.png", "art/2.png"}
    assert not (tmp_path / "out").exists()


def test_a_site_file_without_end_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "robots.txt").write_bytes(b"#" * (600 * 1024))
    with pytest.raises(datasets.DatasetTooLarge, match="512 KiB"):
        datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")


def test_signals_of_an_address_are_looked_up_by_its_path(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.png")
    text(tmp_path / "in" / "robots.txt", "User-agent: GPTBot\nDisallow: /private/\n")
    (tmp_path / "in" / "items.csv").write_text("file,source\na.png,https://a.example/private/a.png\n", encoding="utf-8")
    with pytest.raises(datasets.ItemsOptedOut, match="GPTBot"):
        datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")


def test_a_picture_without_metadata_says_nothing(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.png")
    with Image.open(tmp_path / "in" / "a.png") as opened:
        assert "xmp" not in opened.info
    assert "opt_out" not in datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out").items[0]
