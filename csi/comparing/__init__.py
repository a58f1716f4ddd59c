"""Groups, waves and industries: what differs, and how sure that is."""
