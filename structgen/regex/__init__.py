"""Patterns come in, lazy deterministic automata over characters and bytes go out."""
