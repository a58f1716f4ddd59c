"""Survey files by kind; `csi.files.read_file` chooses among them."""
