"""Going out: every document that is shared is delivered, or shown as not delivered (design.md §8).

``naming`` says where a delivery goes, ``outbox`` makes and withdraws deliveries, ``dispatcher``
sends what is due, lane by lane, and ``desk`` holds what a person can do about one.
"""
