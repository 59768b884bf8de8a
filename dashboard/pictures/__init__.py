"""What all pictures of tables share: one drawing on the server, for the page, the API and `./pulse export` alike."""
