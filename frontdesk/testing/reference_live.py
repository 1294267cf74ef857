"""What the reference says of each live event."""

from frontdesk.domain.live import LiveType

# What each live event says, and the keys of its payload.
LIVE: dict[LiveType, tuple[str, str]] = {
    LiveType.MESSAGE_ADDED: (
        "a message was stored, in either direction; `GET /api/v1/messages/{id}` has all of it",
        "`id`, `chat_id`, `account_id`, `direction`, `author`, `kind`, `text`, `status`",
    ),
    LiveType.MESSAGE_STATUS: ("a message that we sent came further, or failed", "`id`, `chat_id`, `status`, `error`"),
    LiveType.MESSAGE_CHANGED: ("a message got a verdict, a turn, an edit, or was revoked", "`id`, `chat_id`"),
    LiveType.MESSAGE_SCORED: ("a message was told how much it matters", "`id`, `chat_id`, `level`, `reason`, `by`"),
    LiveType.CHAT_ERASED: ("a chat was erased with its person", "`chat_id`"),
    LiveType.CHAT_MERGED: ("a chat went into another one, as both are with one person", "`chat_id`, `into`"),
    LiveType.CHAT_CHANGED: ("name, switches, hold, labels, counts or order of a chat changed", "`chat_id`"),
    LiveType.CONTACT_TYPING: (
        "a person writes, or has stopped; no news for 15 seconds means the same",
        "`chat_id`, `writing`, `recording`",
    ),
    LiveType.ACCOUNT_STATE: ("a line changed its state", "`account_id`, `state`, `sentence`"),
    LiveType.ACCOUNT_QR: (
        "a line shows another code to be linked with, or none any more; `GET /api/v1/accounts/{id}/status` gives it to "
        "those who may connect the line",
        "`account_id`, `has_qr`, `has_pairing_code`, `expires_at`",
    ),
    LiveType.TURN_STARTED: ("the agent began to write", "`turn_id`, `chat_id`"),
    LiveType.TURN_FINISHED: ("a turn ended", "`turn_id`, `chat_id`, `state`"),
    LiveType.MEDIA_CHANGED: ("a media file was stored, refused or lost", "`media_id`, `message_id`, `state`"),
    LiveType.ALERT_RAISED: ("something asks for the owner's attention", "`kind`, `sentence`, `severe`"),
    LiveType.ALERT_CHANGED: (
        "an alert was repeated, acknowledged or settled",
        "`id`, `key`, or none where all were acknowledged",
    ),
    LiveType.APPOINTMENT_CHANGED: ("an appointment was booked, moved, cancelled or noted", "`id`, `resource_id`"),
    LiveType.DIGEST_MADE: (
        "a digest was made; only the operator hears it whose it is, and programs",
        "`digest_id`, `issue_id`",
    ),
    LiveType.REMINDER_CHANGED: (
        "a reminder was made, changed, told, settled, or is gone",
        "`id`, `chat_id`, `state`",
    ),
    LiveType.AGENT_PAUSED: ("the agent was paused everywhere, or may answer again", "`paused`, `until`"),
    LiveType.PERSONAS_CHANGED: ("`frontdesk.toml` was read again", "`names`, `problem`"),
    LiveType.RELOAD: ("some events were missed: load the whole again", "none"),
}
