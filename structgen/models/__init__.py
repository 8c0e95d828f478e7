"""Model names come in, models behind one small interface go out."""
