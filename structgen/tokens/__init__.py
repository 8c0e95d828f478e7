"""A tokenizer comes in, vocabularies, bitmasks and matchers go out."""
