"""What works are found by: the terms of each, and every word that was ever indexed."""

from django.db import models

from marketplace.models.artwork import Artwork


class SearchDocument(models.Model):
    """The terms of one work. A generated column (PostgreSQL) or a full-text table (SQLite) stands over `terms`."""

    artwork = models.OneToOneField(Artwork, on_delete=models.CASCADE, related_name="search_document")
    terms = models.TextField(help_text="Each once, with spaces between.")
    facets = models.TextField(help_text="heading=value, with spaces between; each is among the terms as well.")
    version = models.PositiveSmallIntegerField(help_text="Of the code that made the terms.")

    def __str__(self) -> str:
        return str(self.artwork_id)


class SearchWord(models.Model):
    """A word that some work has, so that parts of it and slips of the finger lead to it."""

    word = models.CharField(max_length=40, primary_key=True)

    def __str__(self) -> str:
        return self.word
