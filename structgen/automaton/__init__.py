"""The byte-level runtime: control states and stacks come in as edges, steps and walks go out."""
