"""The go-live checklist, judged from a report and from people's answers."""
