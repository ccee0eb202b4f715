"""The certificate of a grant: one page to hang on a wall, and the signed statement that it is a picture of.

`gather` reads what it says from the rows, `make` draws and signs it without looking at anything else.
"""

from licensing.licences.certificates.facts import Facts, LogPlace, gather
from licensing.licences.certificates.making import Certificate, make
from licensing.licences.certificates.signing import statement, verify

__all__ = ["Certificate", "Facts", "LogPlace", "gather", "make", "statement", "verify"]
