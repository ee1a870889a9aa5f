"""The checklist on its own: for people as a page to print, Markdown or a workbook, and as JSON."""
