"""Attribution that must stand wherever our figures are shown or copied, alerts included."""

from spark_app.store.licences import NOT_OFFICIAL, OF_SOURCE, REFERENCE, REUSE, attribution, of_recording

__all__ = ["NOT_OFFICIAL", "OF_SOURCE", "REFERENCE", "REUSE", "attribution", "of_recording"]
