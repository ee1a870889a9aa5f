"""`amlaudit checklist`: what to settle before a go-live: answering, showing and signing it."""
