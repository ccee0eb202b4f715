"""The Celery application: `celery -A config worker -Q house` or `-Q generation`."""

import os
from pathlib import Path

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("vernissage")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

for name in ("data_folder_in", "control_folder"):
    if folder := (app.conf.broker_transport_options or {}).get(name):
        Path(folder).mkdir(parents=True, exist_ok=True)
