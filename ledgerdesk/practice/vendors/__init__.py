"""One strict stand-in per vendor: the practice world and the tests talk to these, never to vendors.

Each refuses what the real one refuses (unknown fields, wrong casing, an expired token), with the
real one's answer, as far as it is known (shared/facts). What it kept is the verdict on a delivery.
"""
