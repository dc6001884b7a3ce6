// The connection to the agent: beats, silence, commands and their outcomes.
// Nothing is kept for later: a command that cannot leave now is lost, and says so.

const SILENT_AFTER_MS = 1000;
const GIVE_UP_AFTER_MS = 5000;
const ANSWER_WITHIN_MS = 4000;
const BACK_OFF_MS = [200, 500, 1000, 2000, 4000];
const TABLET_PROTOCOL = 1;

export class AgentLink {
  #socket = null;
  #heardAt = -Infinity;
  #openedAt = -Infinity;
  #attempts = 0;
  #retryTimer = 0;
  #pending = new Map();
  #touched = false;
  #language;
  #listeners;

  /** Listeners: welcome(message), staff(message), view(message), beat(message), talk(message), changed(), lost(), unpaired(). */
  constructor(listeners, language) {
    this.#listeners = listeners;
    this.#language = language;
    this.silent = true;
    this.farewell = [];
    setInterval(() => this.#watch(), 100);
    document.addEventListener("visibilitychange", () => this.#woken());
    for (const type of ["pointerdown", "keydown"]) {
      document.addEventListener(type, () => (this.#touched = true), { capture: true, passive: true });
    }
  }

  connect() {
    clearTimeout(this.#retryTimer);
    const socket = new WebSocket(`wss://${location.host}/socket`);
    this.#socket = socket;
    this.#openedAt = performance.now();
    socket.addEventListener("open", () => this.#hello(socket));
    socket.addEventListener("message", (event) => this.#heard(socket, event.data));
    socket.addEventListener("close", (event) => this.#closed(socket, event));
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Send a command; resolves to its outcome, or to `{lost: true}` if none came. */
  command(kind, fields = {}) {
    const command_id = crypto.randomUUID();
    if (!this.open) return Promise.resolve({ command_id, lost: true });
    const answer = new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle({ command_id, lost: true }), ANSWER_WITHIN_MS);
      this.#pending.set(command_id, { resolve, timer });
    });
    this.#socket.send(JSON.stringify({ kind, command_id, ...fields }));
    return answer;
  }

  #hello(socket) {
    socket.send(JSON.stringify({ kind: "tablet_hello", protocol: TABLET_PROTOCOL, language: this.#language() }));
  }

  #heard(socket, frame) {
    if (socket !== this.#socket) return;
    const message = JSON.parse(frame);
    this.#heardAt = performance.now();
    switch (message.kind) {
      case "tablet_beat":
        socket.send(JSON.stringify({ kind: "tablet_beat_echo", beat: message.beat, touched: this.#touched }));
        this.#touched = false;
        this.#listeners.beat(message);
        break;
      case "tablet_welcome":
        this.#attempts = 0;
        this.farewell = [];
        this.#listeners.welcome(message);
        break;
      case "tablet_staff":
        this.#listeners.staff(message);
        break;
      case "tablet_view":
        this.#listeners.view(message);
        break;
      case "talk_offered":
      case "talk_closed":
        this.#listeners.talk(message);
        break;
      case "outcome":
        this.#settle(message);
        break;
      case "farewell":
        this.farewell = message.findings;
        this.#heardAt = -Infinity;
        break;
    }
    this.#watch();
  }

  #settle(outcome) {
    const waiting = this.#pending.get(outcome.command_id);
    if (!waiting) return;
    this.#pending.delete(outcome.command_id);
    clearTimeout(waiting.timer);
    waiting.resolve(outcome);
  }

  #closed(socket, event) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#heardAt = -Infinity;
    this.#listeners.lost();
    for (const command_id of [...this.#pending.keys()]) this.#settle({ command_id, lost: true });
    this.#watch();
    if (event.code === 4401) return this.#listeners.unpaired();
    const wait = BACK_OFF_MS[Math.min(this.#attempts++, BACK_OFF_MS.length - 1)];
    this.#retryTimer = setTimeout(() => this.connect(), wait * (0.8 + 0.4 * Math.random()));
  }

  #watch() {
    const now = performance.now();
    const silent = now - this.#heardAt > SILENT_AFTER_MS;
    if (silent !== this.silent) {
      this.silent = silent;
      this.#listeners.changed();
    }
    const lastSign = Math.max(this.#heardAt, this.#openedAt);
    if (this.#socket && now - lastSign > GIVE_UP_AFTER_MS) this.#drop();
  }

  #drop() {
    const socket = this.#socket;
    this.#closed(socket, { code: 1006 });
    socket.close();
  }

  #woken() {
    if (document.visibilityState !== "visible" || this.#socket) return;
    this.#attempts = 0;
    this.connect();
  }
}
