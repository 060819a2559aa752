"""Coming in: from sources and given files to documents that know what they are and whose."""
