"""The parts of the page Accounting packages: its card and its dialogs."""
