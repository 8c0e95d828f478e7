"""JSON Schemas come in, canonical values and their pushdown automata go out."""
