"""Who counts the portions of a box: this process, other processes of this machine, or a cluster."""
