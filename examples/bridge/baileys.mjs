// A bridge with Baileys, which speaks the protocol of WhatsApp Web without a browser.

import fs from 'node:fs';

import {
  downloadMediaMessage,
  getContentType,
  jidNormalizedUser,
  makeWASocket,
  normalizeMessageContent,
  useMultiFileAuthState,
} from 'baileys';

import { BridgeError, saveMedia, serve } from './frontdesk-bridge.mjs';

const LINK = 'link';
const ENDED = new Set([401, 403, 411, 440, 500]); // after these it makes no sense to connect again
const STATUS = { 0: 'failed', 2: 'sent', 3: 'delivered', 4: 'read', 5: 'played' };
const FILES = {
  imageMessage: 'image',
  videoMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
};
// What belongs to another message or to the library, and is no message of its own.
const SILENT = new Set([
  'protocolMessage',
  'pollUpdateMessage',
  'encReactionMessage',
  'pinInChatMessage',
  'keepInChatMessage',
]);
const NOT_SENT = new Set([408, 428, 503]); // the connection was lost before a message could go out
const KEPT = 2000; // newest messages that can be quoted, reacted to, and sent again to whom could not read them
const quiet = { level: 'silent', child: () => quiet };
for (const name of ['trace', 'debug', 'info', 'warn', 'error', 'fatal']) quiet[name] = () => {};

let socket;
let open = false;
let stopping = false;

/** `447700900123@c.us` is `447700900123@s.whatsapp.net` here. */
const jid = (chatId) => chatId.replace(/@c\.us$/, '@s.whatsapp.net');

/** The newest messages by their id. */
const kept = new Map();

function remember(one) {
  if (!one.key?.id || !one.message) return;
  kept.delete(one.key.id);
  kept.set(one.key.id, one);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
}

/** The message without what it is wrapped in: a disappearing one, one that is seen once, an edit. */
const unwrapped = (message) => normalizeMessageContent(message) ?? {};

// A field that is not set reads as '' here, so `??` would stop at it.
const textOf = (message, part) => message.conversation || message.extendedTextMessage?.text || part.caption || '';
const partOf = (message) => message[Object.keys(FILES).find((name) => message[name])] ?? {};

async function told(one) {
  const message = unwrapped(one.message);
  const kind = Object.keys(FILES).find((name) => message[name]);
  const part = message[kind] ?? message.extendedTextMessage ?? message.locationMessage ?? {};
  const given = {
    id: one.key.id,
    chatId: one.key.remoteJid,
    author: one.key.participant,
    senderAlt: one.key.participantAlt ?? one.key.remoteJidAlt ?? one.key.participantPn ?? one.key.senderPn,
    body: textOf(message, part),
    timestamp: Number(one.messageTimestamp),
    fromMe: one.key.fromMe === true,
    type: typeOf(message, kind, part),
    hasMedia: kind !== undefined,
    senderName: one.key.fromMe ? undefined : one.pushName,
    quotedMessageId: part.contextInfo?.stanzaId || undefined,
    mentionedIds: part.contextInfo?.mentionedJid,
    isForwarded: part.contextInfo?.isForwarded === true,
  };
  if (message.locationMessage) {
    given.location = { latitude: part.degreesLatitude, longitude: part.degreesLongitude, name: part.name };
  }
  if (message.contactMessage) given.vCards = [message.contactMessage.vcard];
  if (kind) await addFile(given, one, part).catch((error) => console.error(error));
  return given;
}

function typeOf(message, kind, part) {
  if (kind) return part.ptt ? 'ptt' : FILES[kind];
  if (message.locationMessage) return 'location';
  if (message.contactMessage) return 'vcard';
  return message.conversation || message.extendedTextMessage ? 'chat' : (getContentType(message) ?? 'protocol');
}

async function addFile(given, one, part) {
  const content = await downloadMediaMessage(one, 'buffer', {});
  given.mediaPath = saveMedia(content, part.mimetype);
  given.mimeType = part.mimetype;
  given.fileName = part.fileName || undefined;
}

async function take(bridge, one) {
  const message = unwrapped(one.message);
  const { protocolMessage, reactionMessage } = message;
  const about = {
    chatId: one.key.remoteJid,
    author: one.key.participant,
    fromMe: one.key.fromMe === true,
    timestamp: Number(one.messageTimestamp),
  };
  if (reactionMessage?.key) {
    bridge.keep('message_reaction', { ...about, messageId: reactionMessage.key.id, emoji: reactionMessage.text });
  } else if (protocolMessage?.key && protocolMessage.editedMessage) {
    const edited = unwrapped(protocolMessage.editedMessage);
    const body = textOf(edited, partOf(edited));
    bridge.keep('message_edited', { ...about, messageId: protocolMessage.key.id, body });
  } else if (protocolMessage?.key && !protocolMessage.type) {
    bridge.keep('message_revoked', { ...about, messageId: protocolMessage.key.id });
  } else if (getContentType(message) && !SILENT.has(getContentType(message))) {
    remember(one); // the key of a group may come along with its first message, and comes alone too: that is none
    bridge.keep('new_message', await told(one));
  }
}

async function connect(bridge) {
  const { state, saveCreds } = await useMultiFileAuthState(LINK);
  socket = makeWASocket({
    auth: state,
    logger: quiet,
    markOnlineOnConnect: false,
    syncFullHistory: false,
    emitOwnEvents: false, // what is sent here is told as the answer to its command
    getMessage: async ({ id }) => kept.get(id)?.message,
  });
  socket.ev.on('creds.update', saveCreds);
  socket.ev.on('connection.update', (update) => turn(bridge, update));
  socket.ev.on('messages.upsert', async ({ messages, type }) => {
    if (type !== 'notify' && type !== 'append') return;
    for (const one of messages) await take(bridge, one).catch((error) => console.error(error));
  });
  socket.ev.on('messages.update', (updates) => {
    for (const { key, update } of updates) {
      const ack = key.fromMe ? STATUS[update.status] : undefined;
      if (ack) bridge.keep('message_ack', { id: key.id, chatId: key.remoteJid, ack });
    }
  });
  socket.ev.on('presence.update', ({ id, presences }) => {
    for (const [author, { lastKnownPresence: now }] of Object.entries(presences)) {
      bridge.tell('typing', { chatId: id, author, writing: now === 'composing', recording: now === 'recording' });
    }
  });
}

async function turn(bridge, { connection, lastDisconnect, qr }) {
  if (qr) bridge.tell('qr_code', { qr });
  if (connection === 'connecting') open = false;
  if (connection === 'open') {
    open = true;
    bridge.tell('ready', { phone: jidNormalizedUser(socket.user.id) });
  }
  if (connection !== 'close' || stopping) return;
  open = false;
  const statusCode = lastDisconnect?.error?.output?.statusCode;
  if (statusCode !== 515) bridge.tell('disconnected', { statusCode, reason: String(statusCode ?? 'lost') });
  if (statusCode === 401 || statusCode === 500) fs.rmSync(LINK, { recursive: true, force: true });
  if (!ENDED.has(statusCode)) setTimeout(() => void connect(bridge), statusCode === 515 ? 0 : 3000);
}

/** The key of a message; of one that is not among the newest it is a guess, which holds in chats with one person. */
const keyOf = (chatId, id) => kept.get(id)?.key ?? { remoteJid: jid(chatId), id, fromMe: false };

async function send(chatId, content, quotedMessageId) {
  if (!open) throw new BridgeError('WhatsApp is not connected yet.', 'not_connected');
  const guessed = { key: keyOf(chatId, quotedMessageId), message: { conversation: '' } };
  const quoted = quotedMessageId ? (kept.get(quotedMessageId) ?? guessed) : undefined;
  const message = await socket.sendMessage(jid(chatId), content, { quoted }).catch(refused);
  if (!message?.key?.id) throw new BridgeError('WhatsApp gave the message no id.', 'doubt');
  remember(message);
  return { id: message.key.id };
}

function refused(error) {
  if (!NOT_SENT.has(error?.output?.statusCode)) throw error;
  throw new BridgeError('WhatsApp is not connected right now.', 'not_connected');
}

const adapter = {
  start: connect,

  async stop() {
    stopping = true;
    socket?.end(undefined);
  },

  async logout() {
    await socket?.logout();
    fs.rmSync(LINK, { recursive: true, force: true });
  },

  async pair_by_code({ phone }) {
    if (!socket) throw new BridgeError('The bridge has only just begun.', 'not_connected');
    return { code: await socket.requestPairingCode(phone.replace(/\D/g, '')) };
  },

  async send_message({ chatId, message, quotedMessageId }) {
    return send(chatId, { text: message }, quotedMessageId);
  },

  async send_media({ chatId, path, media, mimeType, filename, caption, kind, asVoice, quotedMessageId }) {
    const file = media ? Buffer.from(media, 'base64') : { url: path };
    const content = { [kind]: file, mimetype: mimeType, caption: caption ?? undefined };
    if (kind === 'document') content.fileName = filename ?? 'file';
    if (kind === 'audio') content.ptt = asVoice === true;
    return send(chatId, content, quotedMessageId);
  },

  async send_location({ chatId, latitude, longitude, name }) {
    return send(chatId, { location: { degreesLatitude: latitude, degreesLongitude: longitude, name } });
  },

  async send_reaction({ chatId, messageId, emoji }) {
    return send(chatId, { react: { text: emoji, key: keyOf(chatId, messageId) } });
  },
};

await serve(adapter);
