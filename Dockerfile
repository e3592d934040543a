# One image for web, worker, beat and setup; compose.yaml says what each runs, docs/deploy.md how to get there.
FROM python:3.13-slim

ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data HF_HUB_OFFLINE=1
WORKDIR /app

# As `make run` installs: uv by its pinned hashes, then requirements.txt by its own, then torch (docs/decisions/0001-torch.md:
# its CPU build by version where that can be had, else requirements-torch.txt by hashes). NO_TORCH=1: without.
# Modules are compiled here: who runs them may not write there, and would compile torch at every start.
COPY requirements.txt requirements-torch.txt ./
COPY coolpapers/__init__.py coolpapers/bootstrap.py coolpapers/torch_install.py coolpapers/
ARG NO_TORCH=0
RUN export VENV=/venv UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1 PIP_NO_CACHE_DIR=1; \
    python -I coolpapers/bootstrap.py --only-install || { cat /venv/install.log; exit 1; }; \
    [ "$NO_TORCH" = 1 ] || python -m coolpapers.torch_install || { cat /venv/install.log; exit 1; }

COPY . .
RUN chmod -R go+rX . && python -m compileall -q coolpapers ingest search \
    && useradd --uid 10001 papers && install -d -o papers -g papers /data
USER papers
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "coolpapers.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "4", "--no-control-socket"]
