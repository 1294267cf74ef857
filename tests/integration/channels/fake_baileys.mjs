// What the adapter for Baileys uses of that library, with a far end that does as a test tells it in files.
// As in the library, a field of a message that is not set reads as an empty text, and not as undefined.

import { EventEmitter } from 'node:events';
import fs from 'node:fs';

class Message {}
Message.prototype.conversation = '';
const WRAPPERS = ['ephemeralMessage', 'viewOnceMessage', 'viewOnceMessageV2', 'viewOnceMessageV2Extension', 'editedMessage'];
const decoded = (set) => (set ? Object.assign(new Message(), set) : undefined);

export const jidNormalizedUser = (jid) => jid.replace(/:\d+@/, '@');
export const useMultiFileAuthState = async () => ({ state: {}, saveCreds: async () => {} });

export function normalizeMessageContent(content) {
  const wrapper = content && WRAPPERS.find((name) => content[name]);
  return wrapper ? normalizeMessageContent(decoded(content[wrapper].message)) : content;
}

export function getContentType(content) {
  const names = Object.keys(content ?? {}).filter((name) => name === 'conversation' || name.includes('Message'));
  return names.find((name) => name !== 'senderKeyDistributionMessage');
}

export async function downloadMediaMessage(one) {
  if (one.broken) throw new Error('The file is gone.');
  return Buffer.from('the content');
}

export function makeWASocket(config) {
  const ev = new EventEmitter();
  const user = { id: '351210000100:7@s.whatsapp.net' };
  let number = 0;
  setTimeout(() => ev.emit('connection.update', { connection: 'open' }), 0);
  return {
    ev,
    user,
    end: () => ev.emit('connection.update', { connection: 'close' }),
    logout: async () => {},
    async sendMessage(jid, content, { quoted } = {}) {
      fs.appendFileSync('sent.jsonl', JSON.stringify({ jid, content, quoted, own: config.emitOwnEvents }) + '\n');
      if (content.text === 'away') throw Object.assign(new Error('Connection Closed'), { output: { statusCode: 428 } });
      if (content.text === 'arrive') {
        const messages = JSON.parse(fs.readFileSync('arrive.json', 'utf8'));
        for (const one of messages) one.message = decoded(one.message);
        ev.emit('messages.upsert', { messages, type: 'append' });
      }
      const sent = { key: { remoteJid: jid, fromMe: true, id: `OUT${++number}` }, message: { conversation: 'x' } };
      return sent;
    },
  };
}
