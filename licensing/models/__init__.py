"""What licensing keeps: records and the log, reviews and findings, claims, licence templates and grants."""

from licensing.models.claim import Claim, ClaimEvidence
from licensing.models.licence import Grant, LicenceTemplate, RightsRegister
from licensing.models.mark import Fingerprint, Mark
from licensing.models.record import (
    HeadStamp,
    HumanAct,
    LogLeaf,
    LogNode,
    Openings,
    ProvenanceRecord,
    SignedFile,
    TreeHead,
)
from licensing.models.review import Finding, Review
from licensing.models.transfer import GrantTransfer
from licensing.models.withdrawal import Withdrawal, WithdrawalLetter, WithdrawnCheckpoint, WithdrawnPiece

__all__ = [
    "Claim",
    "ClaimEvidence",
    "Finding",
    "Fingerprint",
    "Grant",
    "GrantTransfer",
    "HeadStamp",
    "HumanAct",
    "LicenceTemplate",
    "LogLeaf",
    "LogNode",
    "Mark",
    "Openings",
    "ProvenanceRecord",
    "Review",
    "RightsRegister",
    "SignedFile",
    "TreeHead",
    "Withdrawal",
    "WithdrawalLetter",
    "WithdrawnCheckpoint",
    "WithdrawnPiece",
]
