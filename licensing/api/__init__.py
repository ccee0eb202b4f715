"""The doors of licensing to other programs: each view parses, authorises, calls one function and serialises."""
