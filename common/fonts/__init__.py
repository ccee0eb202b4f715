"""The house's fonts as files, for whatever draws text: certificates, posters, films. Their licence lies beside them."""

from pathlib import Path

__all__ = ["FOLDER"]

FOLDER = Path(__file__).parent
