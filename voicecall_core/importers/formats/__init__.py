"""The lines of programs, as files: which sentence is which concept. docs/imports.md says how one is written.

The `*.toml` beside this file are the built-in ones; a user's (`--format`) are of the same form and are asked first.
"""
