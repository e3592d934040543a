"""The site's own settings with everything that is written in a temporary folder."""

import os
import tempfile

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="coolpapers-test-"))
os.environ.setdefault("SEARCH_URL", "null://")

from coolpapers.settings import *  # noqa: F403
from coolpapers.settings import MIDDLEWARE

STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]  # no static files are collected here
