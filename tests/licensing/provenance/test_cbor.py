import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licensing.provenance.cbor import Cbor, CborInvalid


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("00", 0),
        ("1864", 100),
        ("1b7fffffffffffffff", 2**63 - 1),
        ("29", -10),
        ("43010203", b"\x01\x02\x03"),
        ("6449455446", "IETF"),
        ("83010203", [1, 2, 3]),
        ("a26161016162820203", {"a": 1, "b": [2, 3]}),
        ("c074323031332d30332d32315432303a30343a30305a", "2013-03-21T20:04:00Z"),
        ("f6", None),
        ("fb3ff199999999999a", None),
        ("9f010203ff", [1, 2, 3]),
        ("bf616101ff", {"a": 1}),
        ("7f657374726561646d696e67ff", "streaming"),
        ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"),
    ],
)
def test_the_examples_of_the_standard(data: str, value: Any) -> None:
    """Appendix A of RFC 8949; floats and simple values are not told apart here."""
    reader = Cbor(bytes.fromhex(data))

    assert reader.item() == value
    assert reader.at == len(data) // 2


@pytest.mark.parametrize(
    "data",
    [
        *("", "ff", "18", "1c", "43", "7affffffff", "9bffffffffffffffff", "bf61", "bf6161ff", "a1", "df", "81" * 40),
        *("9f" * 40, "a14301020300", "a2616101616102", "7f41ff", "5f5fff", "1f", "fe", "82ff00"),
    ],
)
def test_what_is_cut_off_nested_or_ambiguous_is_refused(data: str) -> None:
    with pytest.raises(CborInvalid):
        Cbor(bytes.fromhex(data)).item()


def test_a_million_small_items_are_too_many() -> None:
    began = time.process_time()

    with pytest.raises(CborInvalid):
        Cbor(b"\x9a\x00\x0f\x42\x40" + b"\x00" * 1_000_000).item()
    assert time.process_time() - began < 2


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_either_an_item_or_invalid(data: bytes) -> None:
    reader = Cbor(data)
    try:
        reader.item()
    except CborInvalid:
        return
    assert 0 < reader.at <= len(data)
