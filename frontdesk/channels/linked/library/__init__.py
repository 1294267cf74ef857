"""The only place that knows neonize, the library of linked devices. It is loaded in the child process alone."""
