"""The practice world: a firm that does not exist, its documents, and servers on loopback.

Everything here is fictional and made from a seed; the servers are real ones, in this process.
Only the demo and tests import this room, so its modules import their libraries at the top.
"""
