"""Messages in the words of each operator."""
