"""Questions to a database of a shop in, SQL out: free, held by the grammar, by names that exist, and by both."""
