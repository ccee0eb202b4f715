"""A licence is an identifier of SPDX's list, an address that means one, or LicenseRef-NAME; nothing else."""

import pytest

from generation.datasets import licences


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("CC0-1.0", "CC0-1.0"),
        ("cc-by-4.0", "CC-BY-4.0"),
        (" mit ", "MIT"),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode", "CC-BY-NC-SA-4.0"),
        ("http://creativecommons.org/licenses/by/3.0/de/", "CC-BY-3.0-DE"),
        ("https://creativecommons.org/licenses/by/2.5", "CC-BY-2.5"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/deed.en", "CC-PDM-1.0"),
        ("https://spdx.org/licenses/Apache-2.0.html", "Apache-2.0"),
        ("https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),
        ("LicenseRef-studio-contract-7", "LicenseRef-studio-contract-7"),
    ],
)
def test_what_is_known(said: str, meant: str) -> None:
    assert licences.identifier(said) == meant


@pytest.mark.parametrize(
    "said",
    ["", "free", "MIT OR Apache-2.0", "CC-BY-9.9", "LicenseRef-", "LicenseRef-" + "a" * 60, "https://x.example/"],
)
def test_what_is_not(said: str) -> None:
    with pytest.raises(licences.LicenceUnknown):
        licences.identifier(said)
