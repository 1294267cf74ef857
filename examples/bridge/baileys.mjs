// A bridge with Baileys, which speaks the protocol of WhatsApp Web without a browser.

import fs from 'node:fs';

import makeWASocket, { downloadMediaMessage, jidNormalizedUser, useMultiFileAuthState } from 'baileys';

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
const WRAPPERS = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'documentWithCaptionMessage',
  'deviceSentMessage',
];
const quiet = { level: 'silent', child: () => quiet };
for (const name of ['trace', 'debug', 'info', 'warn', 'error', 'fatal']) quiet[name] = () => {};

let socket;
let open = false;
let stopping = false;

/** `447700900123@c.us` is `447700900123@s.whatsapp.net` here. */
const jid = (chatId) => chatId.replace(/@c\.us$/, '@s.whatsapp.net');

function unwrapped(message) {
  const wrapper = WRAPPERS.find((name) => message?.[name]?.message);
  return wrapper ? unwrapped(message[wrapper].message) : (message ?? {});
}

async function told(one, { withFile = true } = {}) {
  const message = unwrapped(one.message);
  const kind = Object.keys(FILES).find((name) => message[name]);
  const part = message[kind] ?? message.extendedTextMessage ?? message.locationMessage ?? {};
  const given = {
    id: one.key.id,
    chatId: one.key.remoteJid,
    author: one.key.participant,
    senderAlt: one.key.participantAlt ?? one.key.remoteJidAlt ?? one.key.participantPn ?? one.key.senderPn,
    body: message.conversation ?? message.extendedTextMessage?.text ?? part.caption ?? '',
    timestamp: Number(one.messageTimestamp),
    fromMe: one.key.fromMe === true,
    type: typeOf(message, kind, part),
    hasMedia: kind !== undefined,
    senderName: one.key.fromMe ? undefined : one.pushName,
    quotedMessageId: part.contextInfo?.stanzaId,
    mentionedIds: part.contextInfo?.mentionedJid,
    isForwarded: part.contextInfo?.isForwarded === true,
  };
  if (message.locationMessage) {
    given.location = { latitude: part.degreesLatitude, longitude: part.degreesLongitude, name: part.name };
  }
  if (message.contactMessage) given.vCards = [message.contactMessage.vcard];
  if (kind && withFile) await addFile(given, one, part);
  return given;
}

function typeOf(message, kind, part) {
  if (kind) return part.ptt ? 'ptt' : FILES[kind];
  if (message.locationMessage) return 'location';
  if (message.contactMessage) return 'vcard';
  return message.conversation || message.extendedTextMessage ? 'chat' : (Object.keys(message)[0] ?? 'protocol');
}

async function addFile(given, one, part) {
  const content = await downloadMediaMessage(one, 'buffer', {}).catch(() => undefined);
  if (!content) return;
  given.mediaPath = saveMedia(content, part.mimetype);
  given.mimeType = part.mimetype;
  given.fileName = part.fileName;
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
  if (reactionMessage) {
    bridge.keep('message_reaction', { ...about, messageId: reactionMessage.key.id, emoji: reactionMessage.text });
  } else if (protocolMessage?.key && protocolMessage.editedMessage) {
    const edited = unwrapped(protocolMessage.editedMessage);
    const body = edited.conversation ?? edited.extendedTextMessage?.text ?? '';
    bridge.keep('message_edited', { ...about, messageId: protocolMessage.key.id, body });
  } else if (protocolMessage?.key && !protocolMessage.type) {
    bridge.keep('message_revoked', { ...about, messageId: protocolMessage.key.id });
  } else if (one.message && !protocolMessage && !message.senderKeyDistributionMessage) {
    bridge.keep('new_message', await told(one));
  } else if (one.message && (message.conversation || message.extendedTextMessage)) {
    bridge.keep('new_message', await told(one)); // a key came along with the first message in a group
  }
}

async function connect(bridge) {
  const { state, saveCreds } = await useMultiFileAuthState(LINK);
  socket = makeWASocket({ auth: state, logger: quiet, markOnlineOnConnect: false, syncFullHistory: false });
  socket.ev.on('creds.update', saveCreds);
  socket.ev.on('connection.update', (update) => turn(bridge, update));
  socket.ev.on('messages.upsert', async ({ messages, type }) => {
    if (type !== 'notify' && type !== 'append') return;
    for (const one of messages) await take(bridge, one);
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

async function send(chatId, content, quotedMessageId) {
  if (!open) throw new BridgeError('WhatsApp is not connected yet.', 'not_connected');
  const key = { remoteJid: jid(chatId), id: quotedMessageId, fromMe: false };
  const quoted = quotedMessageId ? { key, message: { conversation: '' } } : undefined;
  const message = await socket.sendMessage(jid(chatId), content, { quoted });
  if (!message?.key?.id) throw new BridgeError('WhatsApp gave the message no id.', 'doubt');
  return { id: message.key.id };
}

const adapter = {
  start: connect,

  async stop() {
    stopping = true;
    socket?.end(undefined);
  },

  async logout() {
    await socket.logout();
    fs.rmSync(LINK, { recursive: true, force: true });
  },

  async pair_by_code({ phone }) {
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
    const key = { remoteJid: jid(chatId), id: messageId, fromMe: false };
    return send(chatId, { react: { text: emoji, key } });
  },
};

await serve(adapter);
