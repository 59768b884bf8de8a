"""The geocoder: from the words of a message to stations."""
