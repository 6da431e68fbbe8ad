"""The one place that knows SQL. A module a subject; each function takes an open connection and one transaction is its
caller's. `tables` has the shape, `sealed` the encryption."""
