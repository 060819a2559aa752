"""Set-up: what a form asks (declarations) and the flow that owns the answers. No Qt here."""
