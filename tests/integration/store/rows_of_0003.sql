-- A house as the first version that was given to others kept it (migration 0003): rows in every table, written as that
-- version wrote them. Each statement ends with a line of its own, and both databases understand it.
INSERT INTO operators (id, login, name, role, password_hash, created_at, disabled_at, sees) VALUES
 ('opr_01', 'ines', 'Inês', 'admin', 'scrypt$16384$8$1$c2FsdA$aGFzaA', 1750000000000, NULL, 'all'),
 ('opr_02', 'tom', 'Tom O''Neil', 'operator', NULL, 1750000000001, 1750000500000, 'given')
;
INSERT INTO accounts (id, channel, name, owner_id, line_ref, phone, options, state, state_reason, from_settings,
 created_at, last_connected_at, last_disconnected_at, last_seen_at, blocked_until, deleted_at) VALUES
 ('acc_01', 'cloud', 'Clinic', 'opr_01', '106540352242922', '351912345678', '{"access_token": "v1:sealed"}', 'connected',
  NULL, TRUE, 1750000000010, 1750000000020, NULL, 1750000900000, NULL, NULL),
 ('acc_02', 'linked', 'Front desk', NULL, NULL, '447700900123', '{}', 'logged_out', 'unlinked', FALSE, 1750000000011,
  1750000000021, 1750000400000, 1750000400000, 1750000600000, 1750000700000)
;
INSERT INTO given_accounts (operator_id, account_id) VALUES ('opr_02', 'acc_01')
;
INSERT INTO sign_in_links (token_hash, operator_id, created_at, expires_at, used_at) VALUES
 ('5e884898da28', 'opr_02', 1750000000000, 1750086400000, NULL),
 ('6b86b273ff34', NULL, 1750000000000, 1750086400000, 1750000001000)
;
INSERT INTO sign_ins (token_hash, operator_id, created_at, expires_at) VALUES
 ('d4735e3a265e', 'opr_01', 1750000001000, 1752592001000)
;
INSERT INTO api_keys (id, name, key_hash, hint, scopes, created_at, last_used_at, revoked_at) VALUES
 ('key_01', 'till', '4e07408562be', 'fd_4e07', '["read", "write"]', 1750000000000, 1750000800000, NULL),
 ('key_02', 'old', '4b227777d4dd', 'fd_4b22', '["admin"]', 1750000000000, NULL, 1750000002000)
;
INSERT INTO personas (name, position, body, from_file, changed_at) VALUES
 ('Front desk', 0, '{"prompt": "You answer for Clinic Aurora.", "temperature": 0.7}', TRUE, 1750000000000)
;
INSERT INTO model_choices (place, model, temperature, max_tokens, base_url, changed_at) VALUES
 ('phone:351911111111', 'gemini:gemini-2.5-flash', 0.25, 500, NULL, 1750000000000),
 ('group:120363041234567890@g.us', NULL, NULL, NULL, 'http://127.0.0.1:11434', 1750000000001)
;
INSERT INTO contacts (id, account_id, name, given_name, username, created_at) VALUES
 ('con_01', 'acc_01', 'Ana Sofia 🌻', 'Ana', NULL, 1750000000100),
 ('con_02', 'acc_02', NULL, NULL, 'bea.w', 1750000000101)
;
INSERT INTO addresses (id, account_id, contact_id, kind, value, seen_at, origin) VALUES
 ('acc_01/phone:351911111111', 'acc_01', 'con_01', 'phone', '351911111111', 1750000000100, 'con_01'),
 ('acc_02/lid:87030044516519', 'acc_02', 'con_02', 'lid', '87030044516519', 1750000000101, NULL)
;
INSERT INTO groups (id, account_id, name, left_at) VALUES
 ('acc_02/group:120363041234567890@g.us', 'acc_02', 'Padel, Thursdays', NULL)
;
INSERT INTO group_members (group_id, position, addresses, name, admin) VALUES
 ('acc_02/group:120363041234567890@g.us', 0, '["lid:87030044516519", "phone:447700900456"]', 'Bea', TRUE),
 ('acc_02/group:120363041234567890@g.us', 1, '["lid:1"]', NULL, FALSE)
;
INSERT INTO chats (id, account_id, contact_id, group_ref, name, trusted, agent_mode, switched_by_hand, persona, state,
 labels, assigned_to, held_by, held_until, held_reason, cooldown_until, blocked_until, last_message_at, last_text,
 last_author, last_inbound_at, waiting_since, unread, read_up_to, created_at, missed_at, expires_after) VALUES
 ('cht_01', 'acc_01', 'con_01', NULL, 'Ana Sofia 🌻', TRUE, 'auto', TRUE, 'Front desk', 'open', '["new", "VIP"]', 'opr_01',
  'opr_01', 1750014400000, 'taken_over', 1750000300000, NULL, 1750000200000, 'Is 10:30 free?', 'contact', 1750000200000,
  1750000200000, 2, 1750000100000, 1750000000100, 1750000250000, 604800),
 ('cht_02', 'acc_02', NULL, '120363041234567890@g.us', 'Padel, Thursdays', FALSE, 'off', FALSE, NULL, 'closed', '[]', NULL,
  NULL, NULL, NULL, NULL, 1750000600000, 1750000200001, NULL, NULL, NULL, NULL, 0, NULL, 1750000000101, NULL, NULL)
;
INSERT INTO merged_chats (id, chat_id) VALUES ('cht_00', 'cht_01')
;
INSERT INTO threads (id, chat_id, persona, summary, summarised_up_to, started_at, last_at, expires_at) VALUES
 ('thr_01', 'cht_01', 'Front desk', 'Ana wants a check-up; mornings only.', 'msg_01', 1750000000100, 1750000200000, NULL)
;
INSERT INTO turns (id, chat_id, thread_id, persona, state, model, tokens_in, tokens_out, calls, sources,
 hand_over_reason, error, started_at, finished_at) VALUES
 ('trn_01', 'cht_01', 'thr_01', 'Front desk', 'answered', 'offline:', 812, 40, 1,
  '[{"id": "kno_01", "title": "Hours", "source": "hours.md", "score": 0.83}]', NULL, NULL, 1750000100000, 1750000100900),
 ('trn_02', 'cht_01', NULL, 'Front desk', 'failed', NULL, 0, 0, 0, '[]', 'asked for a person', 'The model was away.',
  1750000200000, NULL)
;
INSERT INTO messages (id, account_id, chat_id, contact_id, external_id, direction, author, operator_id, kind, text,
 content, reply_to, status, error_code, error, attempts, decision, gate_allowed, gate_reason, turn_id, idempotency_key,
 media_id, edited_at, revoked_at, waits_for, provider_time, created_at, send_after, handed_at, vanishes_at,
 vanished_at, address) VALUES
 ('msg_01', 'acc_01', 'cht_01', 'con_01', 'wamid.A1', 'inbound', 'contact', NULL, 'text', 'Olá! É possível amanhã?',
  NULL, NULL, 'received', NULL, NULL, 0, 'answered', TRUE, NULL, 'trn_01', NULL, NULL, NULL, NULL, NULL, 1750000100000,
  1750000100005, NULL, NULL, NULL, NULL, 'phone:351911111111'),
 ('msg_02', 'acc_01', 'cht_01', NULL, 'wamid.A2', 'outbound', 'agent', NULL, 'text', 'Yes: 100% possible; "10:30"?',
  '{"sources": ["kno_01"]}', 'wamid.A1', 'read', NULL, NULL, 1, NULL, NULL, NULL, 'trn_01', 'key-1', NULL, 1750000101000,
  NULL, NULL, 1750000100950, 1750000100950, 1750000100960, 1750000100970, 1750604900950, NULL, 'phone:351911111111'),
 ('msg_03', 'acc_01', 'cht_01', 'con_01', 'wamid.A3', 'inbound', 'contact', NULL, 'image', NULL, '{"w": 640, "h": 480}',
  NULL, 'received', NULL, NULL, 0, 'refused', FALSE, 'held', NULL, NULL, 'med_01', NULL, 1750000200500, NULL,
  1750000200000, 1750000200005, NULL, NULL, NULL, 1750000300000, NULL),
 ('msg_04', 'acc_02', 'cht_02', NULL, NULL, 'outbound', 'operator', 'opr_01', 'text', 'On my way', NULL, NULL, 'failed',
  '131047', 'More than 24 hours have passed.', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1750000200001,
  1750000200001, NULL, NULL, NULL, NULL, NULL),
 ('msg_05', 'acc_02', 'cht_02', 'con_02', '3EB0F1', 'inbound', 'contact', NULL, 'edit', 'Court 3', '{"target": "3EB0F0"}',
  NULL, 'received', NULL, NULL, 0, 'pending', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '3EB0F0', 1750000200001,
  1750000200002, NULL, NULL, NULL, NULL, NULL)
;
INSERT INTO media (id, account_id, message_id, state, remote, mime, sha256, size, name, voice, error, created_at,
 stored_at) VALUES
 ('med_01', 'acc_01', 'msg_03', 'stored', '{"id": "1003383421387256"}', 'image/png',
  '61efcce5cd7e05f9f2a8b29bc84e5b1d5e8aef6ce27dcdf7c5d15caeb8e12f2f', 5000000000, 'foot.png', FALSE, NULL, 1750000200005,
  1750000201000),
 ('med_02', 'acc_02', NULL, 'failed', NULL, NULL, NULL, NULL, NULL, TRUE, 'It is gone.', 1750000200005, NULL)
;
INSERT INTO waiting_receipts (id, account_id, external_id, our_id, status, error_code, error, at, received_at, chat_id)
 VALUES
 ('rec_01', 'acc_01', 'wamid.A9', 'msg_09', 'delivered', NULL, NULL, 1750000300000, 1750000300100, NULL),
 ('rec_02', 'acc_02', '3EB0F9', NULL, 'failed', '463', 'Refused.', NULL, 1750000300101, 'cht_02')
;
INSERT INTO knowledge (id, title, text, source, sample, created_at) VALUES
 ('kno_01', 'Hours', 'Open Monday to Friday, 9:00–18:00.', 'hours.md', FALSE, 1750000000000)
;
INSERT INTO knowledge_gaps (id, chat_id, question, asked_at, closed_at) VALUES
 ('gap_01', 'cht_01', 'Do you take dogs?', 1750000100000, NULL),
 ('gap_02', NULL, 'Is there parking?', 1750000100000, 1750000400000)
;
INSERT INTO alerts (id, account_id, chat_id, kind, severe, sentence, count, key, raised_at, last_at, acknowledged_at)
 VALUES
 ('alt_01', 'acc_02', NULL, 'line', TRUE, 'The line was logged out. Link it again.', 3, 'line:acc_02', 1750000400000,
  1750000500000, NULL),
 ('alt_02', NULL, 'cht_01', 'model', FALSE, 'The model did not answer.', 1, NULL, 1750000200000, 1750000200000,
  1750000300000)
;
INSERT INTO notices (id, account_id, field, content, received_at) VALUES
 ('ntc_01', 'acc_01', 'message_template_status_update', '{"event": "APPROVED"}', 1750000000500)
;
INSERT INTO dead_letters (id, channel, account_id, line_ref, reason, raw, digest, messages, count, received_at, last_at)
 VALUES
 ('dle_01', 'cloud', NULL, '999', 'no such line', '{"from": "351911111111"}', 'ef2d127de37b', 1, 2, 1750000000600,
  1750000000700)
;
INSERT INTO ledger (account_id, entry, count) VALUES ('acc_01', 'received', 2), ('-', 'dead_letter', 1)
;
INSERT INTO marks (name, value, number) VALUES ('started', '2025-06-15', 1750000000000.5), ('demo', 'no', NULL)
;
INSERT INTO told_words (target, account_id, word, at, told) VALUES ('7902699be42c', 'acc_02', 'stopped', 1750000400100, TRUE)
;
INSERT INTO jobs (id, kind, key, lock, queue, priority, state, payload, attempts, error, claimed_by, due_at, first_at,
 lease_until) VALUES
 ('job_01', 'run_turn', 'turn:cht_01', 'chat:cht_01', 'default', 5, 'queued', '{"chat_id": "cht_01"}', 0, NULL, NULL,
  1750000203000, 1750000200000, NULL),
 ('job_02', 'deliver', 'deliver:cht_02', 'outbox:cht_02', 'default', 7, 'failed', '{"chat_id": "cht_02"}', 5,
  'Refused for good.', 'old-house', 1750000200001, 1750000200001, 1750000260000)
;
