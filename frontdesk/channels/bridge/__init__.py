"""Lines behind a process of their own: how it is spoken with, and how it is kept up."""
