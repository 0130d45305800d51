"""A real browser on a real served society, for measuring and for pictures. Nothing here is installed with Subrosa."""
