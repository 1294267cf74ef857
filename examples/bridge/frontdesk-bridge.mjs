// The side of a bridge that speaks with Frontdesk: lines of JSON on standard input and output. It needs no packages.
//
// An adapter for a library of WhatsApp is an object of functions, by the name of the action that each does, such as
// `send_message({ chatId, message })`. What a function returns is the answer; what it throws is told as the error, with
// the `code` of the error where it has one. `start(bridge)` begins, `stop()` ends.
//
// What must not be lost is told with `bridge.keep(event, data)`: it stays in a file until Frontdesk says that it is
// stored, and is told again after a crash of either side. What matters now or never is told with `bridge.tell`.

import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

const COMPACT = 1000; // lines of the spool that are stored by now, after which it is written anew

/** An error whose code Frontdesk understands: not_connected, busy, doubt, logged_out. */
export class BridgeError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** Events that are not stored yet, in a file: one line for each, and one for each acknowledgement. */
export class Spool {
  constructor(file) {
    fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true, mode: 0o700 });
    this.file = file;
    this.waiting = new Map(); // seq -> line
    this.newest = 0;
    this.lines = 0;
    this.load();
    this.compact();
  }

  load() {
    const text = fs.existsSync(this.file) ? fs.readFileSync(this.file, 'utf8') : '';
    for (const line of text.split('\n')) {
      let kept;
      try {
        kept = JSON.parse(line);
      } catch {
        continue; // the last line of a crash
      }
      if (typeof kept.ack === 'number') {
        this.newest = Math.max(this.newest, kept.ack);
        this.forget(kept.ack);
      } else if (typeof kept.seq === 'number') {
        this.newest = Math.max(this.newest, kept.seq);
        this.waiting.set(kept.seq, kept);
      }
    }
  }

  /** Keep an event for sure; gives it with its number. */
  add(event) {
    const kept = { seq: ++this.newest, ...event };
    this.append(kept, true);
    this.waiting.set(kept.seq, kept);
    return kept;
  }

  /** Everything up to the number is stored. */
  ack(seq) {
    this.forget(seq);
    this.append({ ack: seq }, false);
    if (this.lines > COMPACT) this.compact();
  }

  forget(seq) {
    for (const number of this.waiting.keys()) {
      if (number <= seq) this.waiting.delete(number);
    }
  }

  append(line, surely) {
    fs.writeSync(this.open(), JSON.stringify(line) + '\n');
    if (surely) fs.fsyncSync(this.open());
    this.lines += 1;
  }

  open() {
    this.handle ??= fs.openSync(this.file, 'a', 0o600);
    return this.handle;
  }

  /** Write the file anew, without what is stored. The numbers go on. */
  compact() {
    const [oldest = this.newest + 1] = this.waiting.keys();
    const first = { ack: oldest - 1 };
    const text = [first, ...this.waiting.values()].map((line) => JSON.stringify(line) + '\n').join('');
    const part = `${this.file}.part`;
    const handle = fs.openSync(part, 'w', 0o600);
    fs.writeSync(handle, text);
    fs.fsyncSync(handle);
    fs.closeSync(handle);
    fs.renameSync(part, this.file);
    if (this.handle !== undefined) fs.closeSync(this.handle);
    this.handle = undefined;
    this.lines = this.waiting.size + 1;
  }
}

/** Speaks with Frontdesk on behalf of an adapter. `await run()` ends with the standard input. */
export class Bridge {
  constructor(adapter, { spool = 'spool.jsonl', input = process.stdin, output = process.stdout } = {}) {
    this.adapter = adapter;
    this.spool = new Spool(spool);
    this.input = input;
    this.output = output;
    this.state = { state: 'connecting' };
  }

  /** Tell something that need not be kept: a code, a state, that somebody types. */
  tell(event, data = {}) {
    if (event === 'ready') this.state = { state: 'connected', ...data };
    if (event === 'qr_code') this.state = { state: 'qr_pending', ...data };
    if (event === 'authenticated') this.state = { state: 'connecting' };
    if (event === 'disconnected' || event === 'auth_failure') this.state = { state: 'disconnected', ...data };
    this.write({ event, data, timestamp: Date.now() });
  }

  /** Tell something that must not be lost: a message, a report. */
  keep(event, data) {
    this.write(this.spool.add({ event, data, timestamp: Date.now() }));
  }

  async run() {
    for (const kept of this.spool.waiting.values()) this.write(kept);
    this.lines = readline.createInterface({ input: this.input, crlfDelay: Infinity });
    const ended = new Promise((resolve) => this.lines.once('close', resolve));
    this.lines.on('line', (line) => void this.heard(line));
    const begun = Promise.resolve(this.adapter.start(this)).catch((error) => this.failed(error));
    await ended; // Frontdesk wants the bridge to end
    await Promise.race([begun, pause(1000)]);
    await Promise.race([Promise.resolve(this.adapter.stop?.()).catch(() => {}), pause(5000)]);
  }

  failed(error) {
    console.error(error);
    process.exitCode = 1;
    this.lines.close();
  }

  async heard(line) {
    let asked;
    try {
      asked = JSON.parse(line);
    } catch {
      return;
    }
    if (typeof asked.ack === 'number') this.spool.ack(asked.ack);
    else if (typeof asked.action === 'string') await this.answer(asked);
  }

  async answer({ id, action, data }) {
    try {
      const given = await this.do(action, data ?? {});
      this.write({ id, success: true, data: given ?? {} });
    } catch (error) {
      this.write({ id, success: false, error: String(error?.message ?? error), code: error?.code });
    }
  }

  do(action, data) {
    if (action === 'get_status') return this.state;
    if (action === 'start' || action === 'stop' || !Object.hasOwn(this.adapter, action)) {
      throw new BridgeError(`This bridge does not know the action “${action}”.`, 'unknown_action');
    }
    return this.adapter[action](data);
  }

  write(line) {
    this.output.write(JSON.stringify(line) + '\n');
  }
}

/** What libraries print belongs to the standard error: the standard output is for Frontdesk alone. */
export function keepOutputClean() {
  for (const name of ['log', 'info', 'debug', 'warn']) console[name] = (...words) => console.error(...words);
}

/** Put a file that came in into the folder `media`; gives its path. */
export function saveMedia(content, mimeType, folder = 'media') {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ending = (mimeType ?? '').split(';')[0].split('/')[1]?.replace(/[^a-z0-9]/gi, '') || 'bin';
  const file = path.join(folder, `${Date.now()}_${Math.random().toString(36).slice(2, 10)}.${ending}`);
  fs.writeFileSync(file, content, { mode: 0o600 });
  return file;
}

/** Run an adapter until Frontdesk ends it. */
export async function serve(adapter, options) {
  keepOutputClean();
  process.on('SIGINT', () => {}); // Frontdesk ends the bridge, by ending its input
  await new Bridge(adapter, options).run();
  process.exit(process.exitCode ?? 0);
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
