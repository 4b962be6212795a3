"""Vagrant without installing it: a tree of Debian to run it from, a box made
here, and namespaces that hold all of it and end with it."""
