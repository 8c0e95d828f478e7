"""structgen: language models write exactly what a schema, pattern or grammar allows, and faster than freely."""
