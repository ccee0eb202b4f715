"""The public list of a house's keys: roots, the log's keys and how they changed hands, and signers not to be believed.

Served under /.well-known/ and given to the verifier as a file. Pure.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

from common.errors import BadRequest
from licensing.provenance import canonical
from licensing.provenance.rotations import followed
from licensing.provenance.statements import Notice, StatementInvalid
from licensing.provenance.tree_heads import LogKey, NoteInvalid, parse_log_key

__all__ = ["KeyList", "TrustUnreadable"]

_TYPE = "vernissage.key-list"
_LARGEST = 1024 * 1024


class TrustUnreadable(BadRequest):
    code = "trust_unreadable"
    title = "The given certificates, key list or log key cannot be read."


@dataclass(frozen=True, kw_only=True)
class KeyList:
    """`log_keys` were trusted to begin with; `compromised` names signers by serial number and since when (RFC 3339)."""

    root_pem: str
    log_keys: tuple[LogKey, ...]
    rotations: tuple[Notice, ...] = ()
    compromised: dict[str, str] = field(default_factory=dict)

    @property
    def all_log_keys(self) -> tuple[LogKey, ...]:
        """Those that were trusted to begin with, and those that they handed over to."""
        return followed(self.log_keys, self.rotations)

    def encode(self) -> bytes:
        """As a file."""
        return canonical.encode(
            {
                "type": _TYPE,
                "v": 1,
                "root_pem": self.root_pem,
                "log_keys": [key.text for key in self.log_keys],
                "rotations": rotations_json(self.rotations),
                "compromised": self.compromised,
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "KeyList":
        """Read such a file. Raises TrustUnreadable."""
        try:
            document: Any = json.loads(body[:_LARGEST])
            if document["type"] != _TYPE or document["v"] != 1:
                raise ValueError("not a key list of version 1")
            x509.load_pem_x509_certificates(document["root_pem"].encode())
            return cls(
                root_pem=document["root_pem"],
                log_keys=tuple(parse_log_key(text) for text in document["log_keys"]),
                rotations=read_rotations(document["rotations"]),
                compromised={str(serial): str(since) for serial, since in document["compromised"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError, NoteInvalid, StatementInvalid) as error:
            raise TrustUnreadable(f"The key list cannot be read: {error}.") from error


def rotations_json(rotations: Sequence[Notice]) -> list[Any]:
    """The rotations as JSON values."""
    return [json.loads(notice.encode()) for notice in rotations]


def read_rotations(values: Sequence[Any]) -> tuple[Notice, ...]:
    """The rotations from JSON values. Raises StatementInvalid."""
    return tuple(Notice.parse(canonical.encode(value)) for value in values)
