"""The checklist by itself: as a printable page, Markdown or a workbook, and as JSON."""
