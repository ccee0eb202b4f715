"""How near a picture comes to the works that its model learnt from: four detectors, calibrated for each dataset.

Knows files and pictures; no database and no torch. What the detectors cannot see is said in docs/memorisation.md.
"""
