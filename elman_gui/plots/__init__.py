"""Views over the core's data types. They know neither session nor worker nor each other."""
