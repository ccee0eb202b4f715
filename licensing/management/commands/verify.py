"""`manage.py verify FILE…`: the standalone verifier, which here also trusts this house, knows what was withdrawn,
and looks for what is left of works that lost their papers."""

import argparse
import sys
from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import BaseCommand

from licensing.provenance import house, inquiry, verify
from licensing.provenance.report import ExitCode


class Command(BaseCommand):
    help = "Say what a file is. Ends with 0 trusted, 1 broken, 2 nothing found, 3 unknown signer, 4 withdrawn."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verify.add_arguments(parser)

    def handle(self, *_args: Any, **given: Any) -> None:
        try:
            trust = verify.given_trust(anchors=given["anchors"], log_keys=given["log_key"], keys=given["keys"])
        except verify.TrustUnreadable as error:
            sys.stderr.write(f"{error.detail}\n")
            sys.exit(ExitCode.CANNOT_CHECK)
        # Whoever names roots of their own asks whether those vouch for the file, not whether this house does.
        if trust.anchors is None:
            ours = verify.listed_trust(house.key_list())
            trust = replace(ours, log_keys=trust.log_keys or ours.log_keys)
        ended = verify.run(
            given["files"],
            trust=trust,
            language=given["lang"],
            as_json=given["json"],
            withdrawn=inquiry.Withdrawn(),
            traces=_traces,
        )
        sys.exit(ended)


def _traces(data: bytes) -> dict[str, Any]:
    """What a picture or a text without papers still tells here, as JSON values: nothing where it tells nothing."""
    left = inquiry.traces(data)
    told: dict[str, Any] = {"same_words": str(left.same_words)} if left.same_words else {}
    if left.trace is not None:
        told["trace"] = {**asdict(left.trace), "piece_id": str(left.trace.piece_id)}
    if left.text_mark is not None:
        told["text_mark"] = asdict(left.text_mark)
    return told
