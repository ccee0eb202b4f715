"""Paying makers."""
