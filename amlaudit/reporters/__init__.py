"""Reports for people and machines: functions from `Report` to text or bytes."""
