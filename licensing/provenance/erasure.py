"""Destroys what can open the sealed words of a person. The record keeps its commitment, which then opens to nobody."""

from typing import Any

from django.db import transaction

from common import audit
from common.models import User
from generation.models import Job
from generation.personal import TEXTS
from licensing.models import Openings

__all__ = ["TEXTS", "forget_prompts"]


def forget_prompts(person: User) -> int:
    """Destroy what opens the words that `person` wrote: value and salt; returns how many openings lost some.

    Cannot be undone. Seeds and other parameters stay: they are no personal text, and the owner of a piece needs them.
    """
    with transaction.atomic():
        theirs = Openings.objects.select_for_update(of=("self",)).filter(record__piece__slot__job__requested_by=person)
        lost = [(one, _without_texts(one.body)) for one in theirs]
        forgotten = [one for one, body in lost if body != one.body]
        for one in forgotten:
            one.body = _without_texts(one.body)
        Openings.objects.bulk_update(forgotten, ["body"], batch_size=500)
        prompts = Job.objects.filter(requested_by=person).exclude(prompt="").update(prompt="")
        if forgotten or prompts:
            audit.record(action="prompts.forgotten", subject=person, role="house", after=str(len(forgotten)))
    return len(forgotten)


def _without_texts(body: dict[str, Any]) -> dict[str, Any]:
    """The openings without anything that a person may have written, in a chain's steps too."""
    kept = {name: opening for name, opening in body["parameters"].items() if name not in TEXTS}
    steps = [step for step in body.get("steps", []) if TEXTS.isdisjoint(step["value"].get("parameters", {}))]
    return {**body, "prompt": None, "parameters": kept} | ({"steps": steps} if "steps" in body else {})
