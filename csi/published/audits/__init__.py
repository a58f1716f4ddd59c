"""The audit of a printed table: settings that may be behind it, and slips of the pen."""
