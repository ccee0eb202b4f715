"""What the house knows in the forms that other people's tools read: CycloneDX, W3C PROV, the summary of Article 53.

Croissant, for datasets, is written where they are frozen: `generation.datasets`.
"""
