"""What a credential says, drawn from the C2PA library's report on a file. Pure: knows the report, not the library."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["ASSERTION", "SOFT_BINDING", "Credential", "State", "understand"]

ASSERTION = "org.vernissage.provenance"
SOFT_BINDING = "c2pa.soft-binding"
_EXPIRED = frozenset({"signingCredential.expired", "claimSignature.outsideValidity"})
_UNKNOWN = frozenset({"signingCredential.untrusted"})


class State(StrEnum):
    TRUSTED = "trusted"
    UNKNOWN_SIGNER = "unknown_signer"
    EXPIRED = "expired"
    INVALID = "invalid"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Credential:
    """What a file's credential says. Nothing in it may be believed unless `state` is TRUSTED.

    `serial` is the serial number of the signer's certificate; `failures` and `ingredient_failures` are C2PA's own
    codes. `papers` is our assertion of the original signing, `copy` the assertion of the latest buyer's copy; both None
    where there is none. `soft_binding` names the invisible mark of the original: `alg`, and `value` in hexadecimal.
    """

    state: State
    signer: str = ""
    serial: str = ""
    failures: tuple[str, ...] = ()
    ingredient_failures: tuple[str, ...] = ()
    signed_at: str = ""
    time_stamped: bool = False
    papers: dict[str, Any] | None = None
    copy: dict[str, Any] | None = None
    soft_binding: dict[str, str] | None = None


def understand(report: dict[str, Any]) -> Credential:
    """The report of the C2PA library on one file, reduced to what this house asks."""
    results = report.get("validation_results") or {}
    active = results.get("activeManifest") or {}
    failures, successes = _codes(active, "failure"), _codes(active, "success")
    manifests = report.get("manifests") or {}
    newest = manifests.get(report.get("active_manifest")) or {}
    signature = newest.get("signature_info") or {}
    ours, original = _assertion(newest), _original(newest, manifests)
    is_copy = ours is not None and "grant" in ours
    return Credential(
        state=_state(report.get("validation_state"), failures, successes),
        signer=", ".join(filter(None, (signature.get("common_name"), signature.get("issuer")))),
        serial=str(signature.get("cert_serial_number") or ""),
        failures=tuple(failures),
        ingredient_failures=tuple(_ingredient_failures(results, manifests)),
        signed_at=signature.get("time") or "",
        time_stamped="timeStamp.trusted" in successes,
        papers=_assertion(original),
        copy=ours if is_copy else None,
        soft_binding=_soft_binding(original),
    )


def _state(validation: Any, failures: list[str], successes: list[str]) -> State:
    """A signature that verifies under a certificate past its time is not a broken one, but nobody vouches for it."""
    if validation == "Trusted" and not failures:
        return State.TRUSTED
    if "claimSignature.validated" not in successes or set(failures) - _EXPIRED - _UNKNOWN:
        return State.INVALID
    return State.EXPIRED if _EXPIRED.intersection(failures) else State.UNKNOWN_SIGNER


def _codes(results: dict[str, Any], kind: str) -> list[str]:
    return [str(entry.get("code")) for entry in results.get(kind) or []]


def _ingredient_failures(results: dict[str, Any], manifests: dict[str, Any]) -> list[str]:
    """The failures of every input at every depth: the file itself verifies even when an input work is broken."""
    found = []
    for delta in results.get("ingredientDeltas") or []:
        found += _codes(delta.get("validationDeltas") or {}, "failure")
    for manifest in manifests.values():
        for ingredient in manifest.get("ingredients") or []:
            found += _codes((ingredient.get("validation_results") or {}).get("activeManifest") or {}, "failure")
    return sorted(set(found) - _UNKNOWN - _EXPIRED)


def _assertion(manifest: dict[str, Any], label: str = ASSERTION) -> dict[str, Any] | None:
    for assertion in manifest.get("assertions") or []:
        if assertion.get("label") == label and isinstance(assertion.get("data"), dict):
            data: dict[str, Any] = assertion["data"]
            return data
    return None


def _original(manifest: dict[str, Any], manifests: dict[str, Any]) -> dict[str, Any]:
    """The manifest of the file that a copy was made from, through any number of copies of copies; empty if missing."""
    for _ in range(len(manifests)):
        if "grant" not in (_assertion(manifest) or {}):
            return manifest
        parents = [i for i in manifest.get("ingredients") or [] if i.get("relationship") == "parentOf"]
        manifest = manifests.get(parents[0].get("active_manifest")) or {} if len(parents) == 1 else {}
    return {}


def _soft_binding(manifest: dict[str, Any]) -> dict[str, str] | None:
    """Algorithm and value of the first block, where both are texts: other writers may put anything there."""
    told = _assertion(manifest, SOFT_BINDING) or {}
    blocks = told.get("blocks")
    first = blocks[0] if isinstance(blocks, list) and blocks and isinstance(blocks[0], dict) else {}
    alg, value = told.get("alg"), first.get("value")
    return {"alg": alg, "value": value} if isinstance(alg, str) and isinstance(value, str) else None
