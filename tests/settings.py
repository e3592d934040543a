"""The site's own settings with everything that is written in a temporary folder, a cache in memory, no limits
and no model."""

import os
import tempfile

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="coolpapers-test-"))
os.environ.setdefault("SEARCH_URL", "null://")
os.environ.setdefault("ARXIV", "0")  # also of the sites that tests start: nothing asks arXiv itself

from coolpapers.settings import *  # noqa: F403
from coolpapers.settings import DATABASES, LIMITS, MIDDLEWARE

STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]  # no static files are collected here
DATABASES = {name: options for name, options in DATABASES.items() if name != "cache"}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LIMITS = dict.fromkeys(LIMITS, 0)
EMBEDDING_MODEL = "off"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # signing in takes no half second
