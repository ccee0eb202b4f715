import io
import json

import pytest
from PIL import Image

from licensing.provenance import encoding, labels
from tests.licensing.provenance.papers import picture

FIELDS = labels.aigc_fields(producer="001191110000MA01ABCD2E00000", produce_id="piece-1", digest="sha256:" + "ab" * 32)
WRITTEN = labels.Labels(system='Vernissage <"palette">', system_version="1", aigc=FIELDS)
BOTH = pytest.mark.parametrize("media_type", ["image/png", "image/jpeg"])


def encoded(media_type: str) -> bytes:
    return encoding.encode(picture=picture(), media_type=media_type, labels=WRITTEN)


@BOTH
def test_the_labels_are_where_readers_of_xmp_look(media_type: str) -> None:
    with Image.open(io.BytesIO(encoded(media_type))) as read:
        about = read.getxmp()["xmpmeta"]["RDF"]["Description"]

    assert about["DigitalSourceType"] == ("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia")
    assert about["AISystemUsed"] == 'Vernissage <"palette">'
    assert about["DataMining"] == "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"
    assert json.loads(about["AIGC"]) == FIELDS


def test_a_png_says_so_in_its_own_text_as_well() -> None:
    with Image.open(io.BytesIO(encoded("image/png"))) as read:
        assert isinstance(read, Image.Image)
        assert json.loads(read.info["AIGC"]) == FIELDS


@BOTH
def test_the_fields_are_read_back_from_the_bytes(media_type: str) -> None:
    assert labels.read_aigc(encoded(media_type)) == FIELDS


def test_a_png_keeps_every_pixel_and_encoding_is_repeatable() -> None:
    with Image.open(io.BytesIO(encoded("image/png"))) as read:
        assert read.tobytes() == picture().tobytes()
    assert encoded("image/png") == encoded("image/png")
    assert encoded("image/jpeg") == encoded("image/jpeg")


def test_the_seven_fields_of_a_first_generation() -> None:
    assert FIELDS == {
        "Label": "1",
        "ContentProducer": "001191110000MA01ABCD2E00000",
        "ProduceID": "piece-1",
        "ReservedCode1": "sha256:" + "ab" * 32,
        "ContentPropagator": "001191110000MA01ABCD2E00000",
        "PropagateID": "piece-1",
        "ReservedCode2": "sha256:" + "ab" * 32,
    }


@pytest.mark.parametrize("producer", ["画廊", 'quoted"', "back\\slash", "two words", "line\n"])
def test_characters_that_the_standard_excludes_are_refused(producer: str) -> None:
    with pytest.raises(labels.LabelRefused, match="ContentProducer"):
        labels.aigc_fields(producer=producer, produce_id="1", digest="")


@pytest.mark.parametrize(
    "data", [b"", b"<TC260:AIGC>", b"<TC260:AIGC>[</TC260:AIGC>", b"tEXtAIGC\0{}", b'tEXtAIGC\0{"Label":1}']
)
def test_damaged_labels_are_no_labels(data: bytes) -> None:
    assert labels.read_aigc(data) is None


def test_another_format_is_refused() -> None:
    with pytest.raises(encoding.CannotEncode, match="image/webp"):
        encoding.encode(picture=picture(), media_type="image/webp", labels=WRITTEN)
