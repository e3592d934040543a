"""compose.yaml and Dockerfile: what they promise by themselves, and every service run as they say, but natively."""

import http.client
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from coolpapers.management.commands.serve import HARVESTER_COMMAND, WORKER_COMMAND, Command
from tests.compose import SECRETS, Here, Service, image_environment, read_services, run_config
from tests.elastic import OwnNode
from tests.instance import ROOT, environment, wait_for
from tests.programs import give_up, require_program

MANUAL = (ROOT / "docs" / "deploy.md").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PUBLIC = """\
ALLOWED_HOSTS=papers.example.org
HTTPS=1
BEHIND_PROXY=1
EMBEDDING_MODEL=off
ELASTIC_HEAP=512m
ADMIN_NAME=ada
ADMIN_PASSWORD='correct horse $battery'
"""


def manual_commands(heading: str, number: int = 0) -> str:
    """A shell block of docs/deploy.md below this heading."""
    section = MANUAL.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)[number]


def make_secrets(folder: Path) -> Path:
    """A .env by the manual's own command."""
    require_program("openssl")
    subprocess.run(["sh", "-c", manual_commands("First start")], cwd=folder, check=True)
    return folder / ".env"


@pytest.fixture(scope="module")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets and the settings of a public site."""
    path = make_secrets(tmp_path_factory.mktemp("env"))
    path.write_text(path.read_text() + PUBLIC)
    return path


@pytest.fixture(scope="module")
def services(env_file: Path) -> dict[str, Service]:
    """All services, as `docker compose config` prints them."""
    run = run_config(env_file)
    assert run.returncode == 0, run.stderr
    return read_services(run.stdout)


# --- By themselves -----------------------------------------------------------------------------------------------
def test_secrets_are_made_by_one_command_for_their_owner_only_and_never_anew(tmp_path: Path) -> None:
    path = make_secrets(tmp_path)
    pairs = dict(line.split("=") for line in path.read_text().splitlines())
    assert tuple(pairs) == SECRETS
    assert len(set(pairs.values())) == len(SECRETS)
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in pairs.values())
    assert path.stat().st_mode & 0o77 == 0
    again = subprocess.run(["sh", "-c", manual_commands("First start")], cwd=tmp_path, capture_output=True, check=False)
    assert again.returncode != 0
    assert dict(line.split("=") for line in path.read_text().splitlines()) == pairs


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_stops_it_with_a_sentence(missing: str, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("".join(f"{name}=x\n" for name in SECRETS if name != missing))
    run = run_config(path)
    assert run.returncode != 0
    assert f"{missing} is missing, see First start in docs/deploy.md" in run.stderr


def test_no_secret_stands_in_a_command(services: dict[str, Service], env_file: Path) -> None:
    values = re.findall(r"=([0-9a-f]{64})$", env_file.read_text(), re.MULTILINE)
    shown = [word for service in services.values() for word in service.command + service.health_check]
    assert len(values) == len(SECRETS)
    assert [word for word in shown if any(value in word for value in values)] == []


def test_images_are_plain_names_of_a_version(services: dict[str, Service]) -> None:
    images = {service.image for service in services.values()}
    assert images == {"coolpapers", "postgres:17", "redis:8", "elasticsearch:9.4.3"}
    assert re.findall(r"^FROM (.+)$", DOCKERFILE, re.MULTILINE) == ["python:3.13-slim"]


def test_only_web_has_a_port_and_only_on_this_machine(services: dict[str, Service]) -> None:
    published = {
        name: str(service.settings["ports"]) for name, service in services.items() if "ports" in service.settings
    }
    assert set(published) == {"web"}
    assert "127.0.0.1" in published["web"]
    assert [name for name, service in services.items() if "network_mode" in service.settings] == []


def test_j8_no_browser_reaches_elasticsearch(services: dict[str, Service]) -> None:
    networks = yaml.safe_load((ROOT / "compose.yaml").read_text())["networks"]
    assert {name for name, options in networks.items() if not options.get("internal")} == {"outside"}
    for name in ("elasticsearch", "postgres", "redis"):
        assert "outside" not in services[name].networks
    assert {name for name, service in services.items() if "search" in service.networks} == {
        *("elasticsearch", "harvester", "setup", "web", "worker")
    }


def test_every_service_is_watched_and_started_again(services: dict[str, Service]) -> None:
    lasting = {name: service for name, service in services.items() if name != "setup"}
    assert {service.settings["restart"] for service in lasting.values()} == {"unless-stopped"}
    assert [name for name, service in lasting.items() if not service.health_check] == []
    waited_for = {service.needs.get("setup") for name, service in lasting.items() if service.image == "coolpapers"}
    assert waited_for == {"service_completed_successfully"}


def test_every_setting_can_be_given_in_env(services: dict[str, Service]) -> None:
    read = r"\b(?:env|env_flag|env_list|env_number|env_text)\(\s*\"([A-Z][A-Z_]+)\""
    wanted = set(re.findall(read, (ROOT / "coolpapers" / "settings.py").read_text())) - {"DATA_DIR", "DEBUG"}
    for name in ("setup", "web", "worker", "harvester", "beat"):
        assert wanted - set(services[name].settings["environment"]) == set()


def test_only_setup_is_told_of_the_first_administrator(services: dict[str, Service]) -> None:
    assert services["setup"].environment["ADMIN_NAME"] == "ada"
    assert services["setup"].environment["ADMIN_PASSWORD"] == "correct horse $battery"
    assert "ADMIN_PASSWORD_FILE" in services["setup"].settings["environment"]
    told = {name for name, service in services.items() if "correct horse" in str(service.settings)}
    assert told == {"setup"}
    more = set(services["setup"].settings["environment"]) - set(services["web"].settings["environment"])
    assert more == {"ADMIN_NAME", "ADMIN_PASSWORD", "ADMIN_PASSWORD_FILE"}


def test_services_run_what_make_run_runs(services: dict[str, Service], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WEB_WORKERS", "WEB_THREADS"):
        monkeypatch.delenv(name, raising=False)
    web = ["python", *Command().web_command("0.0.0.0:8000", None)[1:]]
    worker = ["python", *(word for word in WORKER_COMMAND[1:] if word != "--beat")]
    assert services["web"].command == web
    assert services["worker"].command == worker
    assert services["harvester"].command == ["python", *HARVESTER_COMMAND[1:]]
    assert services["beat"].command == [*worker[: worker.index("worker")], "beat", "--loglevel=INFO"]
    shown = re.search(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)
    assert shown is not None
    assert yaml.safe_load(shown[1]) == web


# --- The image ---------------------------------------------------------------------------------------------------
def test_the_image_holds_no_secret_and_nobody_is_root_in_it() -> None:
    left_out = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".*", "var"} <= set(left_out)  # .env, .git, .venv; a site's data
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["papers"]
    assert image_environment()["DATA_DIR"] == "/data"


def test_the_image_installs_its_packages_from_what_it_copied_by_then(tmp_path: Path) -> None:
    app, venv = tmp_path / "app", tmp_path / "venv"
    before, after = DOCKERFILE.split("\nRUN ", 1)
    for names in re.findall(r"^COPY (.+)$", before, re.MULTILINE):
        *sources, target = names.split()
        for source in sources:
            copy = app / target / Path(source).name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / source).read_bytes())
    step = after.split("\n\n")[0].replace("\\\n", " ").replace("/venv", str(venv))
    own = environment(NO_TORCH="1", PATH=f"{venv / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    run = subprocess.run(["sh", "-c", step], cwd=app, env=own, capture_output=True, text=True, check=False)
    if run.returncode and "can't be reached" in run.stdout + run.stderr:
        give_up("no package index can be reached from here")
    assert run.returncode == 0, run.stdout + run.stderr
    imports = [venv / "bin" / "python", "-c", "import django, celery, psycopg, redis, gunicorn, tantivy"]
    subprocess.run(imports, check=True, capture_output=True)
    assert list((venv / "lib").rglob("django/__pycache__/*.pyc")), "its modules are not compiled"


# --- Every service, as it stands there, on this machine ----------------------------------------------------------
@pytest.fixture(scope="module")
def here(services: dict[str, Service], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """All of them, started in the order that they wait for each other."""
    for program in ("redis", "curl"):
        require_program(program)
    set_here = Here(services, tmp_path_factory.mktemp("compose"))
    try:
        for name in services:
            set_here.start(name)
        yield set_here
    finally:
        set_here.clean_up()


def get(here: Here, path: str, **headers: str) -> tuple[int, str, str | None]:
    """Status, text and what is missing from it, asked for as Caddy asks: by the site's name, from https."""
    sent = {"Host": "papers.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"} | headers
    with closing(http.client.HTTPConnection("127.0.0.1", here.ports["web"], timeout=30)) as connection:
        connection.request("GET", path, headers=sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers["Search-Degraded"]


def manage(here: Here, *words: str) -> str:
    """`docker compose run --rm setup python manage.py …`"""
    run = here.run(here.services["setup"], ["python", "manage.py", *words], text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_all_services_come_up_and_find_themselves_healthy(here: Here) -> None:
    assert set(here.running) == set(here.services) - {"setup"}
    for name in here.running:
        here.wait_until_healthy(name)


def test_the_first_administrator_is_there(here: Here) -> None:
    look = "from django.contrib.auth.models import User; ada = User.objects.get()"
    look += "; print(ada.username, ada.is_superuser, ada.check_password('correct horse $battery'))"
    assert manage(here, "shell", "--no-imports", "--command", look) == "ada True True\n"


def titles(page: str) -> list[str]:
    return re.findall(r'id="title-([^"]+)"', page)


def test_pages_and_searches_are_served_as_to_a_proxy(here: Here) -> None:
    assert get(here, "/", **{"X-Forwarded-Proto": "http"})[0] == 301
    for path in ("/arxiv/cs.CL", "/search?query=neural"):
        status, page, missing = get(here, path)
        assert (status, len(titles(page)), missing) == (200, 25, None)


def test_a_sick_service_is_noticed(here: Here) -> None:
    """By its health check, which says what it found."""
    for name, said in (("web", "Nothing answers on port"), ("worker", "did not answer within")):
        here.stop(name)
        check = here.run(here.services[name], here.services[name].health_check, text=True)
        assert check.returncode == 1
        assert said in check.stderr
        here.start(name)
        here.wait_until_healthy(name)
    old = time.time() - 3600
    for file in (here.folder / "papers").glob("beat-schedule*"):
        os.utime(file, (old, old))
    check = here.run(here.services["beat"], here.services["beat"].health_check, text=True)
    assert (check.returncode, check.stderr) == (1, "Nothing was sent for 3600 s.\n")


def test_beat_and_worker_index_a_paper_whose_message_was_lost(here: Here, tmp_path: Path) -> None:
    path = tmp_path / "paper.jsonl"
    path.write_text('{"id": "2601.00001", "title": "On xolotl", "authors": ["A"], "categories": ["cs.CL"]}')
    web = here.services["web"]
    lost = here.environment_of(web) | {"REDIS_URL": "redis://127.0.0.1:9/0"}
    command = [here.translate(word) for word in ("/venv/bin/python", "manage.py", "load_records", str(path))]
    subprocess.run(command, cwd=ROOT, env=lost, check=True, capture_output=True)
    wait_for("the sweep finds it", lambda: titles(get(here, "/search?query=xolotl")[1]) == ["2601.00001"], 60)


def test_searches_are_elasticsearchs_and_the_fallbacks_while_it_is_away(here: Here) -> None:
    node = here.running["elasticsearch"]
    assert isinstance(node, OwnNode)
    assert "Engine: elastic" in manage(here, "search_index", "status")
    assert node.request("/coolpapers*/_count")["count"] >= 2_900
    node.stop()  # `manage.py prepare` has built what stands in for it
    status, page, missing = get(here, "/search?query=neural")
    assert (status, len(titles(page))) == (200, 25)
    assert missing is not None
    node.start()
    wait_for("it is asked again", lambda: get(here, "/search?query=neural")[2] is None, 90)


def test_a_backup_brings_everything_back(here: Here, tmp_path: Path) -> None:
    """The manual's own lines, line by line."""
    before = get(here, "/arxiv/cs.CL")[1]
    for block in (0, 1):
        for line in manual_commands("Backup and restore", block).splitlines():
            words = shlex.split(line, comments=True)
            assert words[:2] == ["docker", "compose"]
            do(here, words[2:], tmp_path)
        if block == 0:
            assert (tmp_path / "papers.dump").stat().st_size > 1_000_000
    here.wait_until_healthy("web")
    assert titles(get(here, "/arxiv/cs.CL")[1]) == titles(before)
    assert len(titles(get(here, "/search?query=neural")[1])) == 25


def do(here: Here, words: list[str], folder: Path) -> None:
    """A line of the manual, without its `docker compose`, with files of this folder."""
    verb, *rest = words
    if verb == "stop":
        for name in rest:
            here.stop(name)
    elif verb == "up":
        for name in here.services:
            if name not in here.running:
                here.start(name)
    else:
        options = {"exec": ["-T"], "run": ["--rm"]}[verb]
        assert rest[: len(options)] == options
        name, *command = rest[len(options) :]
        source, target = (command[command.index(sign) + 1] if sign in command else None for sign in "<>")
        command = [word for word in command if word not in {"<", ">", source, target}]
        with (folder / source if source else Path(os.devnull)).open("rb") as given:
            run = here.run(here.services[name], command or here.services[name].command, stdin=given)
        assert run.returncode == 0, run.stderr
        if target:
            (folder / target).write_bytes(run.stdout)
