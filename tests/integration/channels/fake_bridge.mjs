// The reference bridge with a phone that answers everything, in place of WhatsApp.

import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const { BridgeError, saveMedia, serve } = await import(pathToFileURL(process.argv[2]).href);
const CHAT = '447700900123@c.us';
let bridge;
let number = Date.now();

function receive(body, more = {}) {
  const about = { chatId: CHAT, fromMe: false, timestamp: Date.now() / 1000, senderName: 'Ana' };
  bridge.keep('new_message', { id: `in_${++number}`, body, type: 'chat', hasMedia: false, ...about, ...more });
}

const orders = {
  refuse: () => {
    throw new BridgeError('This number is not on WhatsApp.', 'no_such_number');
  },
  away: () => {
    throw new BridgeError('WhatsApp is not connected yet.', 'not_connected');
  },
  die: () => process.kill(process.pid, 'SIGKILL'),
  code: () => bridge.tell('qr_code', { qr: '2@from,the,phone' }),
  logout: () => bridge.tell('disconnected', { reason: 'LOGOUT' }),
  picture: () => {
    const mediaPath = saveMedia(Buffer.from('89504e470d0a1a0a', 'hex'), 'image/png');
    receive('Look', { type: 'image', hasMedia: true, mediaPath, mimeType: 'image/png' });
  },
};

await serve({
  start(given) {
    bridge = given;
    console.log('A library greets on its standard output.');
    if (fs.existsSync('broken')) throw new Error('The library is broken.');
    bridge.tell('ready', { phone: '351210000100' });
  },
  stop() {
    fs.writeFileSync('stopped', '');
  },
  async send_message({ chatId, message, quotedMessageId }) {
    orders[message]?.();
    receive(`${quotedMessageId ?? 'nothing'} was quoted, ${chatId} got: ${message}`);
    return { id: `out_${++number}` };
  },
});
