import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from licensing.provenance import canonical, commitments, record
from tests.licensing.provenance.papers import AT, parts


def build(**changed: Any) -> record.Record:
    return record.build(**(parts(content=b"content") | changed))


def test_a_record_is_canonical_and_its_digest_is_of_exactly_its_bytes() -> None:
    made = build()

    assert canonical.encode(json.loads(made.body)) == made.body
    assert made.sha256 == canonical.sha256_hex(made.body)
    assert record.parse(made.body).document == made.document
    assert made.document["v"] == 1
    assert made.document["recorded_at"] == "2026-11-23T12:00:00.000Z"


def test_the_public_record_tells_neither_seed_nor_parameters_nor_prompt() -> None:
    given = parts(content=b"content", seed=987654321)
    made = record.build(**given)

    commitments_ = made.document["generation"]["commitments"]
    assert '"987654321"' not in made.body.decode()
    assert "夜の海" not in made.body.decode()
    assert set(commitments_["parameters"]) == {"width", "warmth"}
    assert all(len(digest) == 64 for digest in commitments_["parameters"].values())


def test_equal_values_are_committed_to_differently_each_time() -> None:
    one, two = commitments.Opening(value="7"), commitments.Opening(value="7")

    assert len(one.salt) == 32
    assert one.commitment != two.commitment


def test_a_commitment_is_the_digest_of_salt_and_canonical_value() -> None:
    import hashlib

    opening = commitments.Opening(value="7", salt=b"s" * 16)

    assert opening.commitment == hashlib.sha256(b"s" * 16 + b'"7"').hexdigest()


def opened() -> tuple[record.Record, dict[str, Any]]:
    given = parts(content=b"content")
    made = record.build(**given)
    sealed = given["generation"].commitments
    return made, commitments.openings_document(sealed=sealed, record_sha256=made.sha256)


def test_openings_open_every_commitment() -> None:
    made, openings = opened()

    names = commitments.check_openings(record=made.document, openings=json.loads(canonical.encode(openings)))

    assert set(names) == {"seed", "prompt", "parameters.width", "parameters.warmth"}
    assert openings["seed"]["value"] == "1"


def test_openings_without_the_destroyed_prompt_still_open_the_rest() -> None:
    made, openings = opened()

    names = commitments.check_openings(record=made.document, openings=openings | {"prompt": None})

    assert set(names) == {"seed", "parameters.width", "parameters.warmth"}


@pytest.mark.parametrize(
    "change",
    [
        lambda o: o["seed"].update(value="2"),
        lambda o: o["seed"].update(salt="AAAA"),
        lambda o: o["seed"].update(salt="not base64!"),
        lambda o: o.update(seed="1"),
        lambda o: o.update(parameters=["width"]),
        lambda o: o["parameters"].update(extra=o["seed"]),
        lambda o: o.update(record_sha256="0" * 64),
        lambda o: o.update(v=2),
    ],
)
def test_openings_that_do_not_fit_are_refused(change: Any) -> None:
    made, openings = opened()
    openings = json.loads(json.dumps(openings))
    change(openings)

    with pytest.raises(commitments.OpeningsInvalid):
        commitments.check_openings(record=made.document, openings=openings)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"previous": "abc"}, "previous"),
        ({"previous": "A" * 64}, "previous"),
        ({"screening": record.Screening(detectors={"x": "1" * 3000})}, "screening/detectors/x"),
        ({"human_contribution": (record.HumanAct(act="Wrote It", at=AT, detail={}),)}, "human_contribution/0/act"),
    ],
)
def test_what_breaks_the_schema_is_refused_with_its_place(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(record.RecordInvalid, match=where):
        build(**changed)


def test_a_fraction_is_refused_because_it_has_no_exact_form() -> None:
    with pytest.raises(canonical.NotCanonical, match="write it as text"):
        build(human_contribution=(record.HumanAct(act="chose", at=AT, detail={"weight": 0.5}),))


def test_text_is_composed_and_times_become_utc() -> None:
    act = record.HumanAct(
        act="edited", at=datetime(2026, 11, 23, 20, tzinfo=timezone(timedelta(hours=8))), detail={"tool": "cafe\u0301"}
    )

    written = build(human_contribution=(act,)).document["human_contribution"][0]

    assert written == {"act": "edited", "at": "2026-11-23T12:00:00.000Z", "detail": {"tool": "caf\u00e9"}}


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        canonical.instant(datetime(2026, 11, 23, tzinfo=UTC).replace(tzinfo=None))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"a": 1}',
        b'{"a":1,"a":1}',
        b'{"a":1.5}',
        b'{"a":NaN}',
        b'{"a":9007199254740993}',
        b'{"a":"\\ud800"}',
        b"[" * 5000,
        b'{"v":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_a_canonical_record_is_refused(body: bytes) -> None:
    with pytest.raises(record.RecordInvalid):
        record.parse(body)


def test_a_record_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(record.RecordInvalid):
        record.parse(canonical.encode(build().document | {"extra": 1}))
