"""The site's settings, with everything it writes in a private folder of this test run."""

import os
import tempfile

os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="vernissage-tests-")
os.environ.setdefault("DEMO", "1")
os.environ["BROKER_URL"] = os.environ.get("TEST_BROKER_URL", "filesystem://")

from config.settings import *  # noqa: F403
from config.settings import DATABASES, THROTTLE_RATES, VAR_DIR

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
OUTBOX_RAISES = True
THROTTLE_RATES.clear()
GENERATION_PIECES_PER_DAY = GENERATION_WAITING_SLOTS = 10**6
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, because threads of a race each need a connection of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    # A database of its own, so that two runs at once do not drop each other's.
    DATABASES["default"]["TEST"] = {"NAME": f"test_vernissage_{os.getpid()}"}
