"""Files that can be checked: formats, manifests, window snapshots."""
