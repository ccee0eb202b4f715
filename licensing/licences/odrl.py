"""A licence in ODRL 2.2 (https://www.w3.org/TR/odrl-model/), which machines read: made from its template.

Names nobody: the parties are the maker and whoever holds the grant. Where two rules meet, the prohibition wins.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from licensing.licences import vocabulary
from licensing.licences.rights import RIGHTS, Right
from licensing.licences.vocabulary import word
from licensing.models import Grant, LicenceTemplate
from licensing.provenance import canonical

__all__ = ["agreement", "freeze", "offered"]

Rule = dict[str, Any]


def offered(template: LicenceTemplate) -> dict[str, Any]:
    """What a template gives, in whichever work it is granted: an ODRL set."""
    uid = f"{settings.SITE_URL}/api/v1/licences/{template.slug}/{template.version}/policy"
    limits = [_constraint("elapsedTime", "lteq", f"P{template.lasts_days}D", "duration")] if template.lasts_days else []
    target = {"@type": "AssetCollection", "uid": f"{uid}#works"}
    return _policy("Set", uid, _Terms(template, uid, target, limits))


def agreement(grant: Grant) -> dict[str, Any]:
    """What a grant gives: as it was frozen, or as its template says for one from before they were frozen."""
    return grant.policy or _agreement(grant)


def freeze(grant: Grant) -> tuple[dict[str, Any], str]:
    """What a new grant keeps, and the SHA-256 of its canonical form."""
    made = _agreement(grant)
    return made, canonical.sha256_hex(canonical.encode(made))


def _agreement(grant: Grant) -> dict[str, Any]:
    uid = f"{settings.SITE_URL}/api/v1/grants/{grant.pk}/policy"
    end = grant.expires_at
    limits = [_constraint("dateTime", "lt", canonical.instant(end), "dateTime")] if end else []
    parties = {"assigner": f"{uid}#maker", "assignee": f"{uid}#holder"}
    return _policy("Agreement", uid, _Terms(grant.template, uid, f"urn:uuid:{grant.piece_id}", limits, parties))


@dataclass(frozen=True)
class _Terms:
    """What the rules of one policy have in common. `limits` end every permission."""

    template: LicenceTemplate
    uid: str
    target: str | dict[str, str]
    limits: list[Rule]
    parties: dict[str, str] | None = None

    def permissions(self) -> Iterator[Rule]:
        for name, right in self._rights(given=True):
            goods = self.template.goods_limit if name == "print_on_goods" else None
            count = [_constraint("count", "lteq", str(goods), "integer")] if goods else []
            owed = right.duty and not self.template.terms.get("own_the_rights")  # who owns it owes nothing for it
            duty = {"duty": [self._duty(right.duty)]} if owed else {}
            for action in right.actions:
                yield self._rule(action, right, *count, *self.limits, **duty)

    def prohibitions(self) -> Iterator[Rule]:
        for _, right in self._rights(given=False):
            if right.forbidden:
                yield from (self._rule(action, right) for action in right.actions)
        yield self._rule("v:hideOrigin", Right())

    def obligations(self) -> Iterator[Rule]:
        """What the maker owes: here the maker is the one who has to act."""
        parties = self.parties or {}
        owed = {"assigner": parties["assignee"], "assignee": parties["assigner"]} if parties else {}
        for _, right in self._rights(given=True):
            if right.maker_must:
                yield {**self._rule(right.maker_must, Right()), **owed}

    def _rights(self, *, given: bool) -> list[tuple[str, Right]]:
        return [(name, right) for name, right in RIGHTS.items() if self.template.terms.get(name) is given]

    def _rule(self, action: str, right: Right, *limits: Rule, **more: Any) -> Rule:
        purpose = [_constraint("purpose", "eq", {"@id": word(right.purpose)})] if right.purpose else []
        constraints = {"constraint": [*purpose, *limits]} if purpose or limits else {}
        return {"target": self.target, "action": word(action), **(self.parties or {}), **constraints, **more}

    def _duty(self, action: str) -> Rule:
        """Whoever gets the work next is bound by the same policy."""
        return {"action": action, **({"target": self.uid} if action == "nextPolicy" else {})}


def _policy(kind: str, uid: str, terms: _Terms) -> dict[str, Any]:
    obligations = list(terms.obligations())
    return {
        "@context": "http://www.w3.org/ns/odrl.jsonld",
        "@type": kind,
        "uid": uid,
        "profile": vocabulary.address(),
        "conflict": "prohibit",
        "permission": list(terms.permissions()),
        "prohibition": list(terms.prohibitions()),
        **({"obligation": obligations} if obligations else {}),
    }


def _constraint(left: str, operator: str, value: str | dict[str, str], kind: str = "") -> Rule:
    typed = {"@value": value, "@type": f"xsd:{kind}"} if kind else value
    return {"leftOperand": left, "operator": operator, "rightOperand": typed}
