"""The checklist before a go-live, judged from a report and from what people answered."""
