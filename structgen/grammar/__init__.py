"""Grammars in any notation come in, pushdown automata over terminals, and through them over bytes, go out."""
