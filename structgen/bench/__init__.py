"""Schemas with instances and engines come in; rows of measurements and a report of them go out.

The engines run side by side on the same cases, the same tokenizer and the same machine, each in processes of its own.
"""
