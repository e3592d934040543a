"""The site's own settings for worker processes of tests; TEST_VISIBILITY_SECONDS is Redis's visibility timeout."""

import os

from coolpapers.settings import *  # noqa: F403
from coolpapers.settings import CELERY_BROKER_OPTIONS

if seconds := os.environ.get("TEST_VISIBILITY_SECONDS"):
    CELERY_BROKER_OPTIONS = CELERY_BROKER_OPTIONS | {"visibility_timeout": float(seconds)}
EMBEDDING_MODEL = "off"
