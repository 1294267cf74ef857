"""Troubles thrown at a whole house while people write to it, and whether all that must hold still holds afterwards.

`python -m frontdesk.testing.chaos --minutes 30` does it again and again; `--seed N` throws the same troubles once more.
"""
