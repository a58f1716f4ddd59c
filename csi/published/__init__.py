"""Printed numbers beside ours: reproduction of studies, audit of tables, specification curves."""
