"""The grammar of the messages: tables of regular expressions over tagged text. Imports no other room."""
