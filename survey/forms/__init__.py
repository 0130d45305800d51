"""Forms: what is asked, how answers become bytes, and records cells. Pure; imports no other room."""
