"""Makes the stranger's certificates for sign.mjs, good for ten years: `python certify.py KEY CHAIN`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from licensing.provenance import certificates

certificates._SIGNER_DAYS, certificates._ISSUING_YEARS = 3640, 10
root = certificates.make_root(organisation="Stranger")
issued = certificates.issue_signer(root=root, organisation="Stranger")
key, chain = map(Path, sys.argv[1:])
key.write_text(certificates.key_to_pem(issued.key))
chain.write_text(certificates.pem(*issued.chain))
Path(__file__).with_name("root.pem").write_text(certificates.pem(root.certificate))
