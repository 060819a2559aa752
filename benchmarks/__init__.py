"""Figures with their floor in the same run; each module is a script that prints a small table."""
