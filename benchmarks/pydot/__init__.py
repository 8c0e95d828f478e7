"""PyDot: does a monitor's mask allow what the authors of real packages wrote?"""
