"""The doors to other computers: whatever leaves this one goes through here."""
