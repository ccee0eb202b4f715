"""The map of personal data is whole: no column that looks personal is missing, and nothing in it is made up."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db import models

from common import personal
from common.models import User

LOOKS = re.compile(
    r"(^|_)(e?mail|named?|contact|claimant|username|address|ip|phone|holder|prompt|parameters|brief|note|text|words|title|story|about|"
    r"reason|sentence|statement|message|answer|language|agent|body|detail|key|problem|description|steps|source)(_|$)"
)


def suspects() -> Iterator[str]:
    """Every column of every table that could hold something about a person."""
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            to_a_person = column.is_relation and column.related_model is User
            free = isinstance(column, (models.TextField, models.JSONField, models.EmailField))
            worded = isinstance(column, (models.CharField, models.GenericIPAddressField)) and LOOKS.search(column.name)
            if to_a_person or free or worded or isinstance(column, models.GenericIPAddressField):
                yield f"{model._meta.label}.{column.name}"


def known() -> set[str]:
    mapped = {f"{held.model}.{name}" for part in personal.parts() for held in part.held for name in held.personal}
    for part in personal.parts():
        for model, names in part.impersonal.items():
            columns = names or [column.name for column in apps.get_model(model)._meta.concrete_fields]
            mapped |= {f"{model}.{name}" for name in columns}
    return mapped


def test_every_column_that_looks_personal_is_in_the_map_or_said_not_to_be() -> None:
    assert sorted(set(suspects()) - known()) == []


def test_everything_in_the_map_exists_and_leads_to_a_person() -> None:
    for part in personal.parts():
        for held in part.held:
            columns = {column.name for column in held.table._meta.concrete_fields}
            assert {*held.personal, *held.beside, *held.secret} <= columns, held.model
            assert str(held.rows(User()).query), held.model
        for model, names in part.impersonal.items():
            assert set(names) <= {column.name for column in apps.get_model(model)._meta.concrete_fields}, model


def test_what_outlives_an_erasure_says_why_and_what_goes_is_not_said_to_stay() -> None:
    for part in personal.parts():
        for held in part.held:
            assert bool(held.kept) == bool(held.because), held.model
            assert not (held.deleted and (held.kept or held.blanked or held.changed)), held.model
            assert len(set(held.personal)) == len(held.personal), held.model
            assert held.personal, held.model
            assert bool(held.fields) == held.deleted, held.model


def test_areas_have_names_of_their_own() -> None:
    areas = [held.area for part in personal.parts() for held in part.held]
    assert len(set(areas)) == len(areas)
