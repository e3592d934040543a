"""`manage.py serve`: the whole site from one command; what `make run` ends in."""

import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from coolpapers.administrators import has_administrator
from coolpapers.bootstrap import say
from coolpapers.children import Child
from coolpapers.preparing import prepare
from coolpapers.serving import (
    CannotServe,
    Site,
    StopRequests,
    Worker,
    check_port,
    in_url,
    lock_folder,
    own_name,
    reachable,
    status_of_home,
)
from coolpapers.settings import env, env_flag
from coolpapers.torch_install import torch_is_installed

CELERY = [sys.executable, "-m", "celery", "--app", "coolpapers.celery", "--quiet", "worker"]
ALONE = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO"]
WORKER_COMMAND = [*CELERY, "--beat", "--concurrency", "1", *ALONE]
# Harvesting waits for answers from outside, for minutes: nothing else waits with it, and no venue keeps arXiv waiting.
HARVESTER_COMMAND = [*CELERY, "--hostname", "harvester@%h", "--queues", "arxiv,venues", "--concurrency", "2", *ALONE]
ALL_QUEUES = ["--queues", "celery,arxiv,venues"]  # of the only worker where arXiv is not harvested
TORCH_COMMAND = [sys.executable, "-m", "coolpapers.torch_install"]


def whole_number(name: str, default: int, given: int | None = None) -> int:
    """A positive number: `given` on the command line, else from the environment."""
    value = env(name, str(default)) if given is None else str(given)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise CannotServe(f"{name} is {value!r}: use a number from 1 to 65535.")
    return int(value)


class Command(BaseCommand):
    help = "Serve the site: prepare what is missing, start the web server and the background workers, stop with Ctrl-C."
    requires_system_checks: list[str] = []  # run in `serve`, after the checks whose sentence comes sooner

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=None, help="address to listen on (HOST; 127.0.0.1)")
        parser.add_argument("--port", type=int, default=None, help="port to listen on (PORT; 8000)")
        parser.add_argument("--workers", type=int, default=None, help="web processes (WEB_WORKERS; 2)")
        parser.add_argument("--no-worker", action="store_true", help="without the background workers and the schedule")
        parser.add_argument("--no-torch", action="store_true", help="don't add torch in the background (NO_TORCH=1)")

    def handle(self, **options: Any) -> None:
        try:
            requests = StopRequests()
            host = options["host"] or env("HOST", "127.0.0.1")
            port = whole_number("PORT", 8000, options["port"])
            self.serve(self.make_site(host, port, requests, options), host, port)
        except KeyboardInterrupt:
            say("Stopped.")
        except (CannotServe, CommandError, ImproperlyConfigured) as error:
            sys.exit(str(error))
        except (DatabaseError, OSError) as error:
            sys.exit(f"The site can't start: {error}")

    def serve(self, site: Site, host: str, port: int) -> None:
        """Check, prepare, start, watch; on the way out stop what was started."""
        os.environ["DATA_DIR"] = str(settings.DATA_DIR)  # in full: the children start in the checkout
        os.chdir(settings.BASE_DIR)
        lock_folder(settings.DATA_DIR, site.address)
        check_port(host, port)
        self.check()
        prepare()
        connections.close_all()
        site.requests.raising = False
        try:
            site.web.start()
            site.wait_until_ready(lambda: status_of_home(host, port, own_name(settings.ALLOWED_HOSTS)))
            for worker in site.workers:
                worker.child.start()
            if site.torch is not None:
                say("Meaning search: adding torch in the background...")
                site.torch.start()
            if not has_administrator():
                say(f"`make admin` makes the first administrator of {site.address}/{settings.ADMIN_PATH}")
            if not site.requests.times:
                say(f"\nCool Papers is ready: {site.address}  (Ctrl-C stops it)\n")
            site.watch()
        finally:
            say("Stopping...")
            site.stop()
        say("Stopped.")

    def make_site(self, host: str, port: int, requests: StopRequests, options: dict[str, Any]) -> Site:
        """The programs to run, not started yet."""
        logs = Path(settings.DATA_DIR) / "logs"
        web = Child(self.web_command(in_url(host, port), options["workers"]), logs / "web.log")
        site = Site(f"http://{in_url(reachable(host), port)}", requests, web)
        if not options["no_worker"]:
            # SIGTERM lets the task under way end; SIGQUIT gives it back.
            command = WORKER_COMMAND if settings.ARXIV else [*WORKER_COMMAND, *ALL_QUEUES]
            site.workers.append(Worker("background worker", Child(command, logs / "worker.log", firm=signal.SIGQUIT)))
            if settings.ARXIV:
                harvester = Child(HARVESTER_COMMAND, logs / "harvester.log", firm=signal.SIGQUIT)
                site.workers.append(Worker("harvester", harvester))
        in_venv = sys.prefix != sys.base_prefix
        if in_venv and not (options["no_torch"] or env_flag("NO_TORCH") or torch_is_installed()):
            site.torch = Child(TORCH_COMMAND, logs / "torch.log", nice=15)
        return site

    def web_command(self, bind: str, workers: int | None) -> list[str]:
        """Gunicorn with threads: a reader's slow line holds one thread, not a process."""
        sizes = {"--workers": whole_number("WEB_WORKERS", 2, workers), "--threads": whole_number("WEB_THREADS", 4)}
        return [
            *(sys.executable, "-m", "gunicorn", "coolpapers.wsgi", "--bind", bind, "--worker-class", "gthread"),
            *(word for name, size in sizes.items() for word in (name, str(size))),
            *("--graceful-timeout", "4", "--no-control-socket"),
        ]
