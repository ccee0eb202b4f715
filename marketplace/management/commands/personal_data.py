"""`manage.py personal_data`: the map of personal data as the page docs/privacy.md, which a test compares with it."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from marketplace.privacy import chart

OPENING = """# Personal data

What is held of people, why, for how long, and what an erasure does to it. This page is made by
`manage.py personal_data > docs/privacy.md` from `personal.py` and `people.py` of each app. A test walks every
column of every table and fails when one that looks personal is in neither the map nor the list of what only looks so.

- **A copy**: `POST /api/v1/me/export`, or the page `/my-data/`. A worker makes it; only that person can fetch it.
- **Erasure**: `POST /api/v1/me/erase`. It can be taken back for `ERASURE_DAYS`; then the account is closed, and passes
  over everything below go on until one finds nothing left. `GET` says before what is kept, and what has to end first.
- **By itself**: `marketplace.retain` lets go each hour of what is older than the `KEEP_…_DAYS` of the settings.
- Kept out of the map: backups (let them expire within the days that you promise), the web server's logs, and what the
  payment provider and the mail server hold; ask these separately.

| table | what | fields | why | how long | when erased |
|---|---|---|---|---|---|
"""


class Command(BaseCommand):
    help = "Print the map of personal data as Markdown."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(page(), ending="")


def page() -> str:
    """The whole page."""
    with translation.override("en"):
        return OPENING + "".join(_line(row) for row in chart.rows())


def _line(row: chart.Row) -> str:
    cells = [
        f"`{row.area}`",
        row.what,
        ", ".join(row.fields),
        row.why,
        row.until,
        f"{row.erased} {row.because}".strip(),
    ]
    return f"| {' | '.join(cells)} |\n"
