"""What licensing keeps: records and the log, reviews and findings, licence templates and grants."""

from licensing.models.licence import Grant, LicenceTemplate, RightsRegister
from licensing.models.record import LogLeaf, Openings, ProvenanceRecord, SignedFile, TreeHead
from licensing.models.review import Finding, Review

__all__ = [
    "Finding",
    "Grant",
    "LicenceTemplate",
    "LogLeaf",
    "Openings",
    "ProvenanceRecord",
    "Review",
    "RightsRegister",
    "SignedFile",
    "TreeHead",
]
