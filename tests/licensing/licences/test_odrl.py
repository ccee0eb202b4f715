"""Licences for machines, read by another reader: rdflib, with W3C's own list of ODRL words.

The context stands in for the one at http://www.w3.org/ns/odrl.jsonld, which a test must not fetch.
"""

import inspect
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import ODRL2, RDF, SKOS

from licensing.licences import grants, odrl, terms, vocabulary
from licensing.models import Grant, LicenceTemplate
from licensing.provenance import canonical
from tests import factories

# rdflib's own JSON-LD reader uses a class that rdflib has deprecated.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")]

_LINKS = ("target", "assigner", "assignee", "permission", "prohibition", "obligation", "duty", "constraint", "profile")
_WORDS = ("action", "leftOperand", "operator", "conflict")
CONTEXT: dict[str, Any] = {
    "@vocab": str(ODRL2._NS),
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "uid": "@id",
    **{name: {"@id": str(ODRL2[name]), "@type": "@id"} for name in _LINKS},
    **{name: {"@id": str(ODRL2[name]), "@type": "@vocab"} for name in _WORDS},
}
OPERATORS = {"eq", "gt", "gteq", "lt", "lteq", "neq", "isA", "hasPart", "isPartOf", "isAllOf", "isAnyOf", "isNoneOf"}
# By the vocabulary's own appendix.
DEPRECATED = {
    "adHocShare", "append", "appendTo", "attachPolicy", "commercialize", "copy", "export", "extractChar", "lease",
    "lend", "license", "pay", "preview", "secondaryUse", "share", "shareAlike", "write", "writeTo",
}  # fmt: skip
RULES = (ODRL2.permission, ODRL2.prohibition, ODRL2.obligation)


def _sorts() -> dict[str, str]:
    """Each ODRL word → what it is, by how rdflib's list, made from W3C's file, groups them."""
    sorts, group = {}, ""
    for line in inspect.getsource(ODRL2).splitlines():
        if heading := re.fullmatch(r" *# http\S+[/#](\w+)", line):
            group = heading[1]
        elif entry := re.match(r" *(\w+): URIRef", line):
            word = entry[1]
            sort = {"Property": "Property", "Concept": "Action" if word[0].islower() else "Class"}.get(
                group, "LeftOperand"
            )
            sorts[str(ODRL2[word])] = "Operator" if word in OPERATORS else "Deprecated" if word in DEPRECATED else sort
    return sorts


def _graph(policy: dict[str, Any]) -> Graph:
    assert policy["@context"] == "http://www.w3.org/ns/odrl.jsonld"
    return Graph().parse(data=json.dumps({**policy, "@context": CONTEXT}), format="json-ld")


def _own() -> Graph:
    return Graph().parse(data=json.dumps(vocabulary.document()), format="json-ld")


def _rules(graph: Graph, *kinds: URIRef) -> list[Any]:
    return [rule for kind in kinds or RULES for rule in graph.objects(None, kind)]


def _check(policy: dict[str, Any], *, parties: int) -> None:
    """What the information model demands of a policy, and that each of its words is one."""
    graph, own, sorts = _graph(policy), _own(), _sorts()
    for predicate in set(graph.predicates()) - {RDF.type}:
        assert sorts[str(predicate)] == "Property", predicate
    for kind, sort in ((ODRL2.action, "Action"), (ODRL2.leftOperand, "LeftOperand"), (ODRL2.operator, "Operator")):
        for used in graph.objects(None, kind):
            ours = (used, RDF.type, ODRL2.Action) in own and (used, ODRL2.includedIn, ODRL2.use) in own
            assert sorts.get(str(used)) == sort or (sort == "Action" and ours), used
    assert _rules(graph)
    for rule in _rules(graph):
        assert len(list(graph.objects(rule, ODRL2.action))) == len(list(graph.objects(rule, ODRL2.target))) == 1
        for party in (ODRL2.assigner, ODRL2.assignee):
            assert len(list(graph.objects(rule, party))) == parties
    for constraint in graph.objects(None, ODRL2.constraint):
        for part in (ODRL2.leftOperand, ODRL2.operator, ODRL2.rightOperand):
            assert len(list(graph.objects(constraint, part))) == 1
        value = graph.value(constraint, ODRL2.rightOperand)
        if isinstance(value, URIRef):
            assert (value, RDF.type, SKOS.Concept) in own, value
        else:
            assert isinstance(value, Literal)
            assert value.toPython() != str(value), f"{value} is not of its type"


def _allowed(template: LicenceTemplate) -> set[str]:
    graph = _graph(odrl.offered(template))
    actions = (graph.value(rule, ODRL2.action) for rule in _rules(graph, ODRL2.permission))
    return {re.split(r"[/#]", str(action))[-1] for action in actions}


def _grant(template: LicenceTemplate) -> Grant:
    piece = factories.piece(factories.user())
    factories.review(piece)
    return grants.grant(
        piece=piece, template=template, holder=None, holder_email="hanna@example.org", work_title="Estuary",
        edition_number=1, edition_size=25, source=f"sale-{piece.pk}",
    )  # fmt: skip


def test_every_licence_that_ships_is_sound_odrl_as_offered_and_as_granted() -> None:
    for template in terms.install():
        _check(odrl.offered(template), parties=0)
        _check(odrl.agreement(_grant(template)), parties=1)


def test_the_reader_does_refuse_what_is_no_odrl() -> None:
    """The control: a word that is not W3C's, a rule without a target, a limit that is no number."""
    template = terms.install()[1]
    spoils: list[Callable[[dict[str, Any]], Any]] = [
        lambda rule: rule.update(action="hang"),
        lambda rule: rule.update(action="count"),
        lambda rule: rule.update(action="lend"),
        lambda rule: rule.pop("target"),
        lambda rule: rule.update(wish="peace"),
        lambda rule: rule["constraint"][0].update(operator="below"),
        lambda rule: rule["constraint"][0].update(rightOperand={"@id": "urn:unknown"}),
        lambda rule: rule["constraint"][0].update(rightOperand="five thousand"),
    ]
    for spoil in spoils:
        policy = json.loads(json.dumps(odrl.offered(template)))
        spoil(policy["permission"][0])
        with pytest.raises((AssertionError, KeyError)):
            _check(policy, parties=0)


def test_licences_differ_in_what_machines_may_conclude() -> None:
    rows = {row.slug: row for row in terms.install()}
    personal, commercial = _allowed(rows["personal"]), _allowed(rows["commercial"])
    assert personal == {"display", "print", "archive", "lend", "sell", "give"}
    assert commercial - personal == {"reproduce", "modify", "distribute"}
    assert _allowed(rows["commercial-extended"]) - commercial == {"grantUse"}
    assert _allowed(rows["editorial"]) == {"reproduce", "display", "distribute"}
    assert {"use", "train"} <= _allowed(rows["buy-out"])
    for slug, row in rows.items():
        forbidden = {rule["action"].split("#")[-1] for rule in odrl.offered(row)["prohibition"]}
        assert "hideOrigin" in forbidden
        assert ("train" in forbidden) is (slug != "buy-out")
        assert ("ensureExclusivity" in str(odrl.offered(row).get("obligation"))) is row.exclusive


def test_limits_are_told_as_numbers_and_times() -> None:
    rows = {row.slug: row for row in terms.install()}

    def limits(policy: dict[str, Any], operand: URIRef) -> list[Any]:
        graph = _graph(policy)
        found = graph.subjects(ODRL2.leftOperand, operand)
        return [graph.value(constraint, ODRL2.rightOperand).toPython() for constraint in found]  # type: ignore[union-attr]

    assert limits(odrl.offered(rows["commercial"]), ODRL2["count"]) == [5_000]
    assert limits(odrl.offered(rows["commercial-extended"]), ODRL2["count"]) == []
    assert {one.days for one in limits(odrl.offered(rows["editorial"]), ODRL2.elapsedTime)} == {1_095}
    made = _grant(rows["editorial"])
    ends = limits(odrl.agreement(made), ODRL2.dateTime)
    assert made.expires_at is not None
    assert len(ends) == 3
    for end in ends:
        assert abs(end - made.expires_at).total_seconds() < 0.001


def test_a_grant_keeps_what_it_was_given_under_and_names_nobody() -> None:
    template = next(row for row in terms.install() if row.slug == "commercial")
    made = _grant(template)
    assert made.policy_sha256 == canonical.sha256_hex(canonical.encode(made.policy))
    assert "hanna" not in json.dumps(made.policy)
    LicenceTemplate.objects.update(goods_limit=1)
    again = Grant.objects.get(pk=made.pk)
    assert odrl.agreement(again) == made.policy
    assert canonical.sha256_hex(canonical.encode(again.policy)) == again.policy_sha256


def test_a_grant_from_before_gets_what_its_template_says() -> None:
    made = _grant(terms.install()[0])
    frozen = made.policy
    Grant.objects.update(policy={}, policy_sha256="")
    assert odrl.agreement(Grant.objects.get()) == frozen


def test_who_buys_all_rights_owes_nothing_for_using_them() -> None:
    rows = {row.slug: row for row in terms.install()}
    assert "nextPolicy" in json.dumps(odrl.offered(rows["exclusive"]))
    assert "duty" not in json.dumps(odrl.offered(rows["buy-out"]))
    owed = odrl.agreement(_grant(rows["buy-out"]))["obligation"]
    assert {(rule["action"], rule["assignee"].split("#")[1]) for rule in owed} == {
        ("ensureExclusivity", "maker"),
        ("transfer", "maker"),
    }
