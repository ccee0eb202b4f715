"""`manage.py reindex`: every work's search document anew, for instance after a restore."""

from typing import Any

from django.core.management.base import BaseCommand

from marketplace import search
from marketplace.models import SearchDocument


class Command(BaseCommand):
    help = "Write the search documents of all works anew. Works stay found by their old ones meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        SearchDocument.objects.update(version=0)
        done = 0
        while written := search.sweep():
            done += written
            self.stderr.write(f"{done:,} works")
        self.stdout.write(f"{done:,} works are indexed.")
