// A WebSocket client (RFC 6455) over node:tls with client certificates: Node 20 has none of its own.
// Text and binary messages, fragments, ping, close; no extension, as docs/protocol.md asks.

import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:tls";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const OP = { more: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa };
const HEADER_LIMIT_BYTES = 16 * 1024;

export class WebSocketClosed extends Error {
  constructor(code, reason) {
    super(`closed: ${code} ${reason}`);
    this.code = code;
    this.reason = reason;
  }
}

/** Opens a connection; `tls` holds host, port, ca, cert and key (PEM). Trusts `ca` and nothing else. */
export function openWebSocket(tls, path, maxMessageBytes) {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...tls,
      minVersion: "TLSv1.3",
      rejectUnauthorized: true,
      checkServerIdentity: () => undefined, // the authority certifies only the site's own servers
    });
    const key = randomBytes(16).toString("base64");
    const expected = createHash("sha1").update(key + GUID).digest("base64");
    let received = Buffer.alloc(0);
    const fail = (error) => {
      socket.destroy();
      reject(error);
    };
    const onEnd = () => fail(new Error("the agent ended the connection before it answered"));
    const onData = (chunk) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) {
        if (received.length > HEADER_LIMIT_BYTES) fail(new Error("the HTTP answer is too long"));
        return;
      }
      const [status, ...lines] = received.subarray(0, end).toString("latin1").split("\r\n");
      const headers = new Map(lines.map((line) => [line.split(":")[0].toLowerCase(), line.replace(/^[^:]*:\s*/, "")]));
      if (!/^HTTP\/1\.1 101 /.test(status)) return fail(new Error(`the agent answered: ${status}`));
      if (headers.get("sec-websocket-accept") !== expected) return fail(new Error("the upgrade was not accepted"));
      if (headers.has("sec-websocket-extensions")) return fail(new Error("an extension nobody asked for"));
      socket.off("data", onData).off("end", onEnd).off("error", fail);
      resolve(new WebSocketConnection(socket, received.subarray(end + 4), maxMessageBytes));
    };
    socket.on("data", onData).on("end", onEnd).on("error", fail);
    socket.once("secureConnect", () => {
      socket.setNoDelay(true);
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${tls.host}:${tls.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      );
    });
  });
}

class WebSocketConnection {
  #socket;
  #buffer;
  #limit;
  #parts = [];
  #partsBytes = 0;
  #partsOp = null;
  #messages = [];
  #waiting = null;
  #closed = null;

  constructor(socket, first, maxMessageBytes) {
    this.#socket = socket;
    this.#buffer = first;
    this.#limit = maxMessageBytes;
    socket.on("data", (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#parse();
    });
    socket.on("error", (error) => this.#end(new WebSocketClosed(1006, error.message)));
    socket.on("close", () => this.#end(new WebSocketClosed(1006, "the connection was lost")));
    this.#parse();
  }

  sendText(text) {
    this.#sendFrame(OP.text, Buffer.from(text, "utf8"));
  }

  close(code = 1000) {
    if (this.#closed) return;
    const body = Buffer.alloc(2);
    body.writeUInt16BE(code);
    this.#sendFrame(OP.close, body);
    this.#socket.end();
    this.#end(new WebSocketClosed(code, ""));
  }

  /** The next message: a string, or a Buffer for a binary one. Throws WebSocketClosed. */
  next() {
    if (this.#messages.length) return Promise.resolve(this.#messages.shift());
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #end(error) {
    if (this.#closed) return;
    this.#closed = error;
    this.#socket.destroySoon();
    this.#waiting?.reject(error);
    this.#waiting = null;
  }

  #deliver(message) {
    if (this.#waiting) {
      this.#waiting.resolve(message);
      this.#waiting = null;
    } else this.#messages.push(message);
  }

  #parse() {
    while (!this.#closed && this.#buffer.length >= 2) {
      const masked = this.#buffer[1] & 0x80;
      let length = this.#buffer[1] & 0x7f;
      let at = 2;
      if (length === 126) {
        if (this.#buffer.length < 4) return;
        length = this.#buffer.readUInt16BE(2);
        at = 4;
      } else if (length === 127) {
        if (this.#buffer.length < 10) return;
        length = Number(this.#buffer.readBigUInt64BE(2));
        at = 10;
      }
      if (masked || this.#buffer[0] & 0x70) return this.#violated("a masked or extended frame");
      if (length > this.#limit) return this.#violated("a frame beyond the limit");
      if (this.#buffer.length < at + length) return;
      const payload = this.#buffer.subarray(at, at + length);
      const [final, op] = [Boolean(this.#buffer[0] & 0x80), this.#buffer[0] & 0x0f];
      this.#buffer = this.#buffer.subarray(at + length);
      this.#take(op, final, payload);
    }
  }

  #take(op, final, payload) {
    if (op === OP.ping) return this.#sendFrame(OP.pong, payload); // frames before it have been taken already
    if (op === OP.pong) return undefined;
    if (op === OP.close) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.#sendFrame(OP.close, payload.subarray(0, 2));
      return this.#end(new WebSocketClosed(code, payload.subarray(2).toString("utf8")));
    }
    const isFirst = op === OP.text || op === OP.binary;
    if (isFirst !== (this.#partsOp === null) || !(isFirst || op === OP.more)) {
      return this.#violated("fragments out of order");
    }
    if (isFirst) this.#partsOp = op;
    this.#parts.push(payload);
    this.#partsBytes += payload.length;
    if (this.#partsBytes > this.#limit) return this.#violated("a message beyond the limit");
    if (!final) return undefined;
    const whole = Buffer.concat(this.#parts);
    const isText = this.#partsOp === OP.text;
    [this.#parts, this.#partsBytes, this.#partsOp] = [[], 0, null];
    return this.#deliver(isText ? whole.toString("utf8") : whole);
  }

  #violated(why) {
    this.close(1002);
    this.#closed = new WebSocketClosed(1002, why);
  }

  #sendFrame(op, payload) {
    if (this.#closed) return;
    const mask = randomBytes(4);
    const head = [0x80 | op];
    if (payload.length < 126) head.push(0x80 | payload.length);
    else if (payload.length < 65536) head.push(0x80 | 126, payload.length >> 8, payload.length & 0xff);
    else throw new Error("nothing this client sends is so long");
    const body = Buffer.from(payload.map((byte, i) => byte ^ mask[i % 4]));
    this.#socket.write(Buffer.concat([Buffer.from(head), mask, body]));
  }
}
