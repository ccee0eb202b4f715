"""The doors of the marketplace to other programs: each view parses, authorises, calls one function and serialises."""
