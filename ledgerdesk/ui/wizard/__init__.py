"""Setting up an accounting package, changing one, signing in again: one wizard for all three."""
