"""The labels inside a file that machines read: IPTC and PLUS in XMP, and the AIGC field of GB 45438-2025.

Text only: `encoding` writes them into files. Labels inform; they prove nothing.
"""

import json
import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr, unescape

from common.errors import BadRequest

__all__ = [
    "DIGITAL_SOURCE_TYPE",
    "TRAINING_MINING",
    "LabelRefused",
    "Labels",
    "aigc_fields",
    "as_json",
    "as_xmp",
    "read_aigc",
]

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
# CAWG training and mining: no use for any training, whatever the licence of the piece.
TRAINING_MINING = {
    "cawg.ai_generative_training": "notAllowed",
    "cawg.ai_training": "notAllowed",
    "cawg.ai_inference": "notAllowed",
    "cawg.data_mining": "notAllowed",
}
_DATA_MINING = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"
_TC260 = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_GB_NAMES = frozenset(
    ("Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2")
)
# The characters that the practice guide to GB 45438-2025 allows in a value: no space, quotation mark or backslash.
_GB_VALUE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]*\Z")
_LARGEST_FIELD = 8 * 1024
# Where a file states them: XMP, a PNG's text, a glTF's extras, the front matter of Markdown.
_PLACES = (
    (b"<TC260:AIGC>", b"</TC260:AIGC>", False),
    (b"tEXtAIGC\x00", b"}", True),
    (b'"AIGC":', b"}", True),
    (b"---\nAIGC: ", b"}", True),
)
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" \
xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" xmlns:TC260="{tc260}" \
Iptc4xmpExt:DigitalSourceType={source} Iptc4xmpExt:AISystemUsed={system} \
Iptc4xmpExt:AISystemVersionUsed={version} plus:DataMining={mining}>
<TC260:AIGC>{aigc}</TC260:AIGC>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


class LabelRefused(BadRequest):
    code = "label_refused"
    title = "A label holds characters that its standard does not allow."


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the file says of itself: the system that made it, and the seven AIGC fields."""

    system: str
    system_version: str
    aigc: dict[str, str]


def aigc_fields(*, producer: str, produce_id: str, digest: str) -> dict[str, str]:
    """The seven fields of a first generation: the producer also propagates; `digest` is the producer's own code.

    Label "1" states that the work is machine-made. Raises LabelRefused on characters that GB 45438-2025 excludes.
    """
    fields = {
        "Label": "1",
        "ContentProducer": producer,
        "ProduceID": produce_id,
        "ReservedCode1": digest,
        "ContentPropagator": producer,
        "PropagateID": produce_id,
        "ReservedCode2": digest,
    }
    for name, value in fields.items():
        if not _GB_VALUE.match(value):
            raise LabelRefused(f"{name} may hold printable ASCII only, without spaces, quotation marks or backslashes.")
    return fields


def as_json(labels: Labels) -> str:
    """The AIGC field as it stands in a file."""
    return json.dumps(labels.aigc, separators=(",", ":"))


def as_xmp(labels: Labels) -> str:
    """The XMP packet: where the picture comes from (IPTC), what may be done with it (PLUS), and the AIGC field."""
    return _XMP.format(
        tc260=_TC260,
        source=quoteattr(DIGITAL_SOURCE_TYPE),
        system=quoteattr(labels.system),
        version=quoteattr(labels.system_version),
        mining=quoteattr(_DATA_MINING),
        aigc=escape(as_json(labels)),
    )


def read_aigc(data: bytes) -> dict[str, str] | None:
    """The AIGC fields that a file states, or None. Nobody vouches for them; never raises."""
    for start, end, keep in _PLACES:
        field = _between(data, start, end, keep=keep)
        fields = _fields(field) if field is not None else None
        if fields is not None:
            return fields
    return None


def _between(data: bytes, start: bytes, end: bytes, *, keep: bool) -> bytes | None:
    at = data.find(start)
    stop = data.find(end, at, at + _LARGEST_FIELD) if at >= 0 else -1
    return data[at + len(start) : stop + (len(end) if keep else 0)] if stop >= 0 else None


def _fields(raw: bytes) -> dict[str, str] | None:
    try:
        fields = json.loads(unescape(raw.decode()))
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or set(fields) != _GB_NAMES:
        return None
    return fields if all(isinstance(value, str) for value in fields.values()) else None
