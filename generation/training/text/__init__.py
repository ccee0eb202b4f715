"""Texts to train on: read, cleaned step by step, split, and turned into tokens. Knows nothing of Django."""
