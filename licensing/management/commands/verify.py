"""`manage.py verify FILE…`: the standalone verifier, which here also trusts this house and knows its works."""

import argparse
import sys
from dataclasses import replace
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
            further=inquiry.further,
        )
        sys.exit(ended)
