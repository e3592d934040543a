"""Where static files lie: under names that tell their content, compressed, and so kept by browsers for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's, which names what an ES module imports by its content, too: a new release is never half old."""

    support_js_module_import_aggregation = True
