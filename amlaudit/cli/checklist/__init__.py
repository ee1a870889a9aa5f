"""`amlaudit checklist`: what is to be settled before a go-live, answered, shown and signed."""
