"""What goes wrong when files are damaged, processes are killed, and the machine fails: nothing should."""
