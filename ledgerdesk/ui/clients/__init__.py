"""The dialogs of the page Clients: a client, its accounting software, many links at once, a list
out of a spreadsheet."""
