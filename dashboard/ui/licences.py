"""What must be said wherever our figures are shown or copied; the alerts say it, too."""

from spark_app.store.licences import NOT_OFFICIAL, OF_SOURCE, REFERENCE, REUSE, attribution, of_recording

__all__ = ["NOT_OFFICIAL", "OF_SOURCE", "REFERENCE", "REUSE", "attribution", "of_recording"]
