"""The record of a piece as W3C PROV (PROV-DM, in PROV-JSON): entities, activities and agents, and what joins them.

Pure: it says what the record says, and so can be made by anybody who has the record.
"""

from typing import Any

__all__ = ["prov_json"]

_PREFIXES = {"v": "urn:vernissage:", "xsd": "http://www.w3.org/2001/XMLSchema#"}
_HOUSE = "v:house"


class _Document:
    """Statements by kind; relations get a number each."""

    def __init__(self) -> None:
        self.statements: dict[str, dict[str, Any]] = {"prefix": dict(_PREFIXES)}

    def add(self, kind: str, name: str, **attributes: Any) -> str:
        self.statements.setdefault(kind, {})[name] = attributes
        return name

    def relate(self, kind: str, **ends: str) -> None:
        relations = self.statements.setdefault(kind, {})
        number = sum(len(each) for kind, each in self.statements.items() if kind != "prefix")
        relations[f"_:r{number}"] = {f"prov:{end}": name for end, name in ends.items()}


def prov_json(record: dict[str, Any], *, record_sha256: str) -> dict[str, Any]:
    """A document of PROV-JSON (W3C submission of 24 April 2013) over a record of version 1."""
    document = _Document()
    house = document.add("agent", _HOUSE, **{"prov:type": "prov:SoftwareAgent", "v:name": "Vernissage"})
    piece = _piece(document, record, record_sha256)
    made = record["generation"]
    making = document.add(
        "activity",
        f"v:generation/{record['piece']['id']}",
        **{
            "prov:startTime": made["started_at"],
            "prov:endTime": made["finished_at"],
            "v:engine": f"{made['engine']['name']} {made['engine']['version']}",
            "v:code_commit": made["code_commit"],
        },
    )
    document.relate("wasGeneratedBy", entity=piece, activity=making)
    document.relate("wasAssociatedWith", activity=making, agent=house)
    weights = _weights(document, made["checkpoint"])
    document.relate("used", activity=making, entity=weights)
    for put_in in made["inputs"]:
        work = document.add("entity", f"v:work/{put_in['sha256']}", **{"v:rights": put_in["rights"]})
        document.relate("used", activity=making, entity=work)
        document.relate("wasDerivedFrom", generatedEntity=piece, usedEntity=work)
    _training(document, record["training"]["runs"], weights, house)
    _people(document, record["human_contribution"], making)
    return document.statements


def _piece(document: _Document, record: dict[str, Any], record_sha256: str) -> str:
    told = record["piece"]
    piece = document.add(
        "entity",
        f"v:piece/{told['id']}",
        **{"prov:type": f"v:{told['kind']}", "v:media_type": told["media_type"], "v:sha256": told["content_sha256"]},
    )
    papers = document.add("entity", f"v:record/{record_sha256}", **{"prov:type": "v:provenance-record"})
    document.relate("wasDerivedFrom", generatedEntity=papers, usedEntity=piece)
    if record["previous"]:
        older = document.add("entity", f"v:record/{record['previous']}", **{"prov:type": "v:provenance-record"})
        document.relate("wasDerivedFrom", generatedEntity=papers, usedEntity=older)
    return piece


def _weights(document: _Document, checkpoint: dict[str, Any]) -> str:
    return document.add(
        "entity",
        f"v:weights/{checkpoint['weights_sha256']}",
        **{
            "prov:type": "v:checkpoint",
            "v:name": f"{checkpoint['slug']} {checkpoint['version']}",
            "v:licence": checkpoint["licence"],
        },
    )


def _training(document: _Document, runs: list[dict[str, Any]], weights: str, house: str) -> None:
    """The youngest run made the weights; each run before it is one that the next went on from or was a part of."""
    later = ""
    for run in runs:
        ended = {"prov:endTime": run["finished_at"]} if run["finished_at"] else {}
        training = document.add(
            "activity",
            f"v:training/{run['name']}",
            **{"prov:startTime": run["started_at"], "v:trainer": run["trainer"], "v:seed": run["seed"], **ended},
        )
        document.relate("wasAssociatedWith", activity=training, agent=house)
        if later:
            document.relate("wasInformedBy", informed=later, informant=training)
        else:
            document.relate("wasGeneratedBy", entity=weights, activity=training)
        for use in run["datasets"]:
            data = document.add(
                "entity",
                f"v:dataset/{use['slug']}/{use['version']}",
                **{
                    "prov:type": "v:dataset",
                    "v:merkle_root": use["merkle_root"],
                    "v:items": {"$": str(use["item_count"]), "type": "xsd:integer"},
                    "v:consent_basis": use["consent_basis"],
                },
            )
            document.relate("used", activity=training, entity=data)
        later = training


def _people(document: _Document, acts: list[dict[str, Any]], making: str) -> None:
    """What people did, without names: the record holds none."""
    if not acts:
        return
    person = document.add("agent", "v:person", **{"prov:type": "prov:Person"})
    for number, act in enumerate(acts):
        told = {"prov:type": f"v:{act['act']}", "prov:startTime": act["at"]}
        doing = document.add("activity", f"v:act/{number}", **told)
        document.relate("wasAssociatedWith", activity=doing, agent=person)
        if act["act"] in ("set_parameters", "wrote_prompt", "brought_works"):
            document.relate("wasInformedBy", informed=making, informant=doing)
