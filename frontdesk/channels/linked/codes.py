"""What a record of the spool is: the codes of the library's events, and our own above them."""

MESSAGE = 17
RECEIPT = 18
HISTORY = 13
JOINED = 21
GROUP_CHANGE = 22
CALL = 36
UNREADABLE = 44

SENT = 1001  # a send that WhatsApp took: {"our_id", "external_id", "timestamp"}
GROUP = 1002  # a group as it is now

LASTING = frozenset({MESSAGE, RECEIPT, HISTORY, JOINED, GROUP_CHANGE, CALL, UNREADABLE, SENT, GROUP})
