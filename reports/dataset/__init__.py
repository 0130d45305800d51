"""What a release gives to researchers: typed tables, descriptions that tools read, and how to redo its figures."""
