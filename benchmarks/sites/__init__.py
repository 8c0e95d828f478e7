"""How often the monitor of Python forbids what an author wrote, at arguments, closing parentheses and strings."""
