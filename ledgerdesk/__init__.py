"""LedgerDesk brings each client's documents to the right accounting package, once, with proof."""

__version__ = "0.1.0"
