"""How many connections the vendors' HTTP clients hold."""

PER_CLIENT = 100  # calls that one client carries: its pool looks at every connection for every call
CLIENTS = 10  # of one model, opened as they are needed
MOST_AT_ONCE = PER_CLIENT * CLIENTS  # calls on the way to one vendor
