// A bridge with whatsapp-web.js, which drives WhatsApp Web in a browser of its own.

import whatsapp from 'whatsapp-web.js';

import { BridgeError, saveMedia, serve } from './frontdesk-bridge.mjs';

const { Client, LocalAuth, Location, MessageMedia } = whatsapp;
const ACKS = { '-1': 'failed', 1: 'sent', 2: 'delivered', 3: 'read', 4: 'played' };

const client = new Client({
  authStrategy: new LocalAuth({ dataPath: 'link' }),
  puppeteer: {
    headless: true,
    executablePath: process.env.PUPPETEER_EXECUTABLE_PATH,
    args: process.env.BRIDGE_NO_SANDBOX ? ['--no-sandbox'] : [],
  },
});

let stopping = false;

const chatOf = (message) => (message.fromMe ? message.to : message.from);

/** What the library cannot tell must not lose the rest. */
const tried = (asked) => Promise.resolve(asked).catch(() => undefined);

/** The phone number behind a hidden id, as far as WhatsApp tells it. */
async function phoneOf(id) {
  if (!id?.endsWith('@lid')) return undefined;
  return (await tried(client.getContactLidAndPhone([id])))?.[0]?.pn;
}

async function told(message, { withFile = true } = {}) {
  const chatId = chatOf(message);
  const inGroup = chatId.endsWith('@g.us');
  const given = {
    id: message.id._serialized,
    chatId,
    author: message.author,
    senderAlt: await phoneOf(inGroup ? message.author : chatId),
    body: message.body,
    timestamp: message.timestamp,
    fromMe: message.fromMe,
    type: message.type,
    hasMedia: message.hasMedia,
    isForwarded: message.isForwarded,
    mentionedIds: message.mentionedIds,
    vCards: message.vCards,
    location: message.location,
    senderName: message._data?.notifyName,
  };
  if (message.hasQuotedMsg) given.quotedMessageId = (await tried(message.getQuotedMessage()))?.id?._serialized;
  if (inGroup) given.groupName = (await tried(message.getChat()))?.name;
  if (message.hasMedia && withFile) await tried(addFile(given, message));
  return given;
}

const aboutOf = (message) => ({
  messageId: message.id._serialized,
  chatId: chatOf(message),
  author: message.author,
  fromMe: message.fromMe,
});

async function addFile(given, message) {
  const media = await message.downloadMedia();
  if (!media?.data) return;
  given.mediaPath = saveMedia(Buffer.from(media.data, 'base64'), media.mimetype);
  given.mimeType = media.mimetype;
  given.fileName = media.filename ?? undefined;
}

function sent(message) {
  if (!message?.id) throw new BridgeError('WhatsApp gave the message no id.', 'doubt');
  return { id: message.id._serialized };
}

/** The library does not come back by itself: the bridge ends, and Frontdesk starts it again. */
function ended(bridge, why) {
  if (!stopping) bridge.failed(new Error(why));
}

const adapter = {
  async start(bridge) {
    client.on('qr', (qr) => bridge.tell('qr_code', { qr, expires_at: Date.now() + 20_000 }));
    client.on('authenticated', () => bridge.tell('authenticated'));
    client.on('auth_failure', (reason) => bridge.tell('auth_failure', { reason }));
    client.on('ready', () => bridge.tell('ready', { phone: client.info.wid.user }));
    client.on('disconnected', (reason) => {
      bridge.tell('disconnected', { reason: String(reason) });
      ended(bridge, `WhatsApp Web was disconnected: ${reason}`);
    });
    client.on('message_create', async (message) => {
      if (!message.isStatus) bridge.keep('new_message', await told(message));
    });
    client.on('message_ack', (message, ack) => {
      if (!message.fromMe || !ACKS[ack]) return;
      bridge.keep('message_ack', { id: message.id._serialized, chatId: message.to, ack: ACKS[ack] });
    });
    client.on('message_edit', (message, body) => {
      bridge.keep('message_edited', { ...aboutOf(message), body });
    });
    client.on('message_revoke_everyone', (after) => {
      const { _serialized: messageId } = after.protocolMessageKey ?? after.id; // the first is of what was deleted
      bridge.keep('message_revoked', { ...aboutOf(after), messageId });
    });
    client.on('message_reaction', (reaction) => {
      bridge.keep('message_reaction', {
        messageId: reaction.msgId._serialized,
        chatId: reaction.msgId.remote,
        author: reaction.senderId,
        fromMe: reaction.id.fromMe,
        emoji: reaction.reaction,
        timestamp: reaction.timestamp,
      });
    });
    await client.initialize();
    client.pupBrowser?.once('disconnected', () => ended(bridge, 'The browser has ended.'));
  },

  async stop() {
    stopping = true;
    await client.destroy();
  },

  async logout() {
    stopping = true;
    await client.logout();
  },

  async pair_by_code({ phone }) {
    return { code: await client.requestPairingCode(phone) };
  },

  async send_message({ chatId, message, quotedMessageId }) {
    return sent(await client.sendMessage(await known(chatId), message, { quotedMessageId }));
  },

  async send_media({ chatId, path, mimeType, filename, media, caption, kind, asVoice, quotedMessageId }) {
    const file = media ? new MessageMedia(mimeType, media, filename) : MessageMedia.fromFilePath(path);
    if (mimeType) file.mimetype = mimeType;
    if (filename) file.filename = filename;
    const how = {
      caption: caption ?? undefined,
      quotedMessageId,
      sendAudioAsVoice: asVoice,
      sendMediaAsDocument: kind === 'document',
      sendMediaAsSticker: kind === 'sticker',
    };
    return sent(await client.sendMessage(await known(chatId), file, how));
  },

  async send_location({ chatId, latitude, longitude, name }) {
    const place = new Location(latitude, longitude, name ? { name } : undefined);
    return sent(await client.sendMessage(await known(chatId), place));
  },

  async send_reaction({ messageId, emoji }) {
    const message = await client.getMessageById(messageId);
    if (!message) throw new BridgeError('The message is not known any more.', 'gone');
    await message.react(emoji);
    return { id: `reaction_${messageId}_${Date.now()}` };
  },

  async get_chats() {
    const chats = await client.getChats();
    return { chats: chats.map((chat) => ({ id: chat.id._serialized, name: chat.name })) };
  },

  async get_chat_messages({ chatId, limit = 50 }) {
    const chat = await client.getChatById(chatId);
    const messages = await chat.fetchMessages({ limit });
    return { messages: await Promise.all(messages.map((message) => told(message, { withFile: false }))) };
  },
};

/** The id under which WhatsApp knows the chat; a number that is not there is refused before anything is sent. */
async function known(chatId) {
  if (!client.info) throw new BridgeError('WhatsApp is not connected yet.', 'not_connected');
  if (!chatId.endsWith('@c.us')) return chatId;
  const found = await client.getNumberId(chatId);
  if (!found) throw new BridgeError('This number is not on WhatsApp.', 'no_such_number');
  return found._serialized;
}

await serve(adapter);
