"""Windows beside the main one: importing a table, predicting, help."""
