"""What a checkpoint can be asked for: a form can be built from it, and what the form gives is accepted."""

import jsonschema
import pytest

from generation.models import Checkpoint
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db


def test_the_schema_describes_what_a_generation_takes() -> None:
    factories.checkpoint(slug="palette", architecture={"families": ["waves", "ink"]})
    body = client().get("/api/v1/checkpoints/palette/parameters").json()
    jsonschema.Draft202012Validator.check_schema(body["parameters"])
    properties = body["parameters"]["properties"]
    defaults = {name: one["default"] for name, one in properties.items() if one["default"] is not None}

    assert (body["kind"], body["queue"], body["most_pieces"], body["inputs"]) == ("picture", "pictures", 64, [])
    assert properties["family"]["enum"] == ["waves", "ink"]
    assert jsonschema.Draft202012Validator(body["parameters"]).is_valid(defaults)
    assert not jsonschema.Draft202012Validator(body["parameters"]).is_valid({"steps": 3})
    wish = {"checkpoint": "palette", "parameters": defaults}
    assert client(factories.user()).post("/api/v1/generations", wish).status_code == 202


def test_inputs_are_named_by_role() -> None:
    factories.checkpoint(slug="patches", engine="style-transfer", architecture={"swatches": ["ink"]})
    body = client().get("/api/v1/checkpoints/patches/parameters").json()

    assert body["inputs"] == [
        {"role": "content", "kind": "picture", "required": True},
        {"role": "style", "kind": "picture", "required": False},
    ]


def test_a_retired_or_unknown_checkpoint_can_be_asked_for_nothing() -> None:
    factories.checkpoint(slug="old", state=Checkpoint.State.RETIRED, architecture={"families": ["waves"]})
    for slug in ("old", "nobody"):
        refused(client().get(f"/api/v1/checkpoints/{slug}/parameters"), 404, "unknown_checkpoint")


def test_an_engine_that_nobody_here_knows_is_refused_and_no_fault() -> None:
    factories.checkpoint(slug="strange", engine="strange")

    refused(client().get("/api/v1/checkpoints/strange/parameters"), 400, "parameter_refused")
