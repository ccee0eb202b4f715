"""The papers of a piece: record, credential, log and bundle, and the verifier that needs nothing but the file.

Only `facts`, `lineage`, `log`, `publish` and the commands know of a database or of settings; all else is plain Python.
"""
