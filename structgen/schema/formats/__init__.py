"""A format's name and a draft come in, the language of its strings goes out."""

from structgen.schema.formats.catalog import Formats, language, outer

__all__ = ["Formats", "language", "outer"]
