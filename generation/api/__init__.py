"""The doors of generation to other programs: each view parses, authorises, calls one function and serialises."""
