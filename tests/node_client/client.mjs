// Follows one scanner's exam and prints each change as one JSON line. Written from docs/protocol.md alone.
//
//   node client.mjs --host H --port P --ca authority.pem --cert device.pem --key device.key --site NAME
//       --scanner ID [--ask view,talk] [--resume SEQ] [--fetch DIRECTORY]
//
// It ends when its standard input ends, or with status 1 and one line {"what": "ended", …} when the agent
// ends it. With --fetch it fetches the first stored series it may see.

import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openWebSocket } from "./websocket.mjs";

const PROTOCOL = 1;
const AGENT_LIMIT_BYTES = 1024 * 1024;
const IMAGE_LIMIT_BYTES = 16 * 1024 * 1024;
const HEADER_LIMIT_BYTES = 16 * 1024;

const text = { type: "string" };
const { values: options } = parseArgs({
  options: {
    ...{ host: text, port: text, ca: text, cert: text, key: text, site: text, scanner: text },
    ...{ ask: text, resume: text, fetch: text },
  },
});
const tls = {
  host: options.host,
  port: Number(options.port),
  ca: readFileSync(options.ca),
  cert: readFileSync(options.cert),
  key: readFileSync(options.key),
};

function print(what, rest = {}) {
  process.stdout.write(`${JSON.stringify({ what, ...rest })}\n`);
}

function end(why, status = 1) {
  process.stdout.write(`${JSON.stringify({ what: "ended", why })}\n`, () => process.exit(status));
}

/** Header and payload of a binary message. */
function takeApart(frame) {
  if (typeof frame === "string") throw new Error(words(JSON.parse(frame).findings).join(", "));
  const length = frame.length < 4 ? 0 : frame.readUInt32BE(0);
  if (length < 1 || length > HEADER_LIMIT_BYTES || frame.length < 4 + length) throw new Error("a broken header");
  return { header: JSON.parse(frame.subarray(4, 4 + length).toString("utf8")), payload: frame.subarray(4 + length) };
}

const words = (findings) => findings.map((f) => f.reason);

class Follower {
  #control;
  #answers = new Map();
  #steps = new Map();
  #mayView = false;
  #fetching = false;

  constructor(control) {
    this.#control = control;
  }

  async run() {
    const resume = options.resume ? { site: options.site, seq: Number(options.resume) } : null;
    const sites = [options.site];
    this.#send({ kind: "console_hello", protocol: PROTOCOL, program: "node-client 1", sites, resume });
    const hello = await this.#receive();
    if (hello.kind === "farewell") return end(words(hello.findings));
    if (hello.kind !== "agent_hello" || hello.protocol !== PROTOCOL) return end("no agent of this version");
    if (hello.site !== options.site) return end(`the agent is of ${hello.site}`);
    print("connected", { site: hello.site, you: hello.you, role: hello.role, seq: hello.seq, boot: hello.boot });
    if (options.ask) this.#askForControl();
    for (;;) {
      const message = await this.#receive();
      if (message.kind === "farewell") return end(words(message.findings));
      this.#hear(message);
    }
  }

  #hear(message) {
    if (message.kind === "beat") {
      // No person looks at this program, so it never renews a lease; it only watches.
      return this.#send({ kind: "beat_echo", beat: message.beat, renew: false });
    }
    if (message.command_id !== undefined) return this.#answered(message);
    if (message.kind === "timeline_added") {
      for (const entry of message.entries) {
        if (entry.scanner === options.scanner) print("timeline", { entry });
      }
      return undefined;
    }
    if (message.scanner !== options.scanner) return undefined;
    switch (message.kind) {
      case "scanner_status_changed":
        return print("status", { status: message.status });
      case "control_changed":
        return this.#controlChanged(message.control);
      case "standing_changed": {
        const open = message.standing.interlocks.filter((i) => i.state !== "closed").map((i) => i.interlock);
        return print("standing", { number: message.standing.number, open });
      }
      case "exam_changed":
        return this.#examChanged(message.exam);
      case "alarms_changed":
        return print("alarms", { alarms: message.alarms.map((a) => a.kind) });
      default:
        return undefined; // values this program does not show
    }
  }

  #controlChanged(control) {
    this.#mayView = control.privileges.includes("view");
    print("control", { phase: control.phase, holder: control.holder, privileges: control.privileges });
  }

  #examChanged(exam) {
    const shown = exam && { exam_id: exam.exam_id, patient: exam.patient?.patient_id ?? null, protocol: exam.protocol_name };
    print("exam", { exam: shown });
    for (const step of exam?.steps ?? []) {
      if (this.#steps.get(step.step_id) === step.state) continue;
      this.#steps.set(step.step_id, step.state);
      print("step", { step_id: step.step_id, name: step.name, state: step.state });
    }
    const stored = exam?.series.find((series) => series.stored);
    if (stored && options.fetch && !this.#fetching && this.#mayView) {
      this.#fetching = true;
      this.#fetch(stored.series_id).catch((error) => end(`the series was not fetched: ${error.message}`));
    }
  }

  #askForControl() {
    const request = {
      kind: "request_control",
      scanner: options.scanner,
      privileges: options.ask.split(","),
      link_loss_action: "finish_sequence",
    };
    this.#ask(request).then((outcome) => {
      print("asked", { accepted: outcome.accepted, reasons: words(outcome.findings) });
    });
  }

  /** Sends a command once and resolves with its answer. */
  #ask(command) {
    const command_id = randomUUID();
    return new Promise((resolve) => {
      this.#answers.set(command_id, resolve);
      this.#send({ ...command, command_id });
    });
  }

  #answered(message) {
    if (message.kind === "outcome" && message.start === "pending") return;
    this.#answers.get(message.command_id)?.(message);
    this.#answers.delete(message.command_id);
  }

  async #fetch(seriesId) {
    const ticket = await this.#ask({ kind: "open_bulk" });
    if (ticket.kind !== "bulk_ticket") throw new Error(words(ticket.findings).join(", "));
    const bulk = await openWebSocket(tls, "/bulk", IMAGE_LIMIT_BYTES);
    bulk.sendText(JSON.stringify({ kind: "bulk_hello", protocol: PROTOCOL, ticket: ticket.ticket }));
    bulk.sendText(JSON.stringify({ kind: "fetch_series", scanner: options.scanner, series_id: seriesId }));
    mkdirSync(options.fetch, { recursive: true });
    let count = 1;
    for (let index = 0; index < count; index += 1) {
      const { header, payload } = takeApart(await bulk.next());
      if (header.kind === "series_refused") throw new Error(words(header.findings).join(", "));
      if (header.kind !== "instance" || header.index !== index) throw new Error("a file came out of order");
      const sha256 = createHash("sha256").update(payload).digest("hex");
      if (sha256 !== header.sha256) throw new Error("a file was altered on its way");
      writeFileSync(join(options.fetch, `${String(index + 1).padStart(4, "0")}.dcm`), payload);
      count = header.count;
    }
    print("fetched", { series_id: seriesId, files: count });
    bulk.close();
  }

  #send(message) {
    this.#control.sendText(JSON.stringify(message));
  }

  async #receive() {
    const frame = await this.#control.next();
    if (typeof frame !== "string") throw new Error("control messages are text");
    return JSON.parse(frame);
  }
}

process.stdin.on("end", () => process.exit(0)).resume();
try {
  await new Follower(await openWebSocket(tls, "/control", AGENT_LIMIT_BYTES)).run();
} catch (error) {
  end(error.message);
}
