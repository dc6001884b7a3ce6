// Sound both ways with the remote operator: the tablet's microphone and loudspeaker, over WebRTC to the agent.
// The microphone is muted until it is touched open, and muted again whenever the connection is a new one.

import { h } from "./dom.js";
import { t } from "./texts.js";

const TRY_AGAIN_MS = 2000;
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 25 }, facingMode: { ideal: "environment" } };
const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Talk {
  #link;
  #changed;
  #connection = null;
  #microphone = null;
  #mediaId = null;
  #eye = null;
  #camera = null;
  #cameraAsked = 0;
  #timer = 0;
  #speaker = new Audio();

  constructor(link, changed) {
    this.#link = link;
    this.#changed = changed;
    document.body.append(this.#speaker);
    document.addEventListener("click", () => this.heldBack && void this.#play(), { capture: true });
    this.wanted = false;
    this.connected = false;
    this.open = false;
    /** Whether the site shows this tablet's camera to the other end, and whether it is on. */
    this.takesCamera = false;
    this.seen = false;
    this.cameraTrouble = false;
    /** The browser plays nothing before the screen is touched once more. */
    this.heldBack = false;
    /** Why one is not heard: "refused" by the person or the browser, "missing", or nothing. */
    this.trouble = "";
  }

  /** A finger asked for it: only then may a page listen and play. Who stops while a person is asked, stops. */
  async start() {
    if (this.wanted) return;
    this.wanted = true;
    await this.#openMicrophone();
    if (this.wanted) await this.#ask();
  }

  stop() {
    this.wanted = false;
    if (this.#mediaId) void this.#link.command("close_talk", { media_id: this.#mediaId });
    this.#hangUp();
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#microphone = null;
    this.#changed();
  }

  /** Be heard, or not. */
  setOpen(open) {
    this.open = open && this.#microphone !== null;
    for (const track of this.#microphone?.getAudioTracks() ?? []) track.enabled = this.open;
    this.#changed();
  }

  /** Be seen, or not: the camera runs only while it is. */
  async setCamera(on) {
    const asked = ++this.#cameraAsked;
    this.cameraTrouble = false;
    this.#camera?.stop();
    this.#camera = null;
    if (on && this.#eye) {
      try {
        const stream = await navigator.mediaDevices.getUserMedia({ video: PICTURE });
        const [camera] = stream.getVideoTracks();
        if (asked !== this.#cameraAsked) return camera.stop();
        this.#camera = camera;
      } catch {
        if (asked !== this.#cameraAsked) return;
        this.cameraTrouble = true;
      }
    }
    this.seen = this.#camera !== null && this.#eye !== null;
    if (!this.seen) this.#camera?.stop();
    await this.#eye?.replaceTrack(this.seen ? this.#camera : null);
    this.#changed();
  }

  /** What is paused at the site is not filmed either. */
  viewed({ sources }) {
    const own = sources.filter((source) => source.from_tablet);
    if (own.length && own.every((source) => source.state === "paused")) this.#endCamera();
  }

  /** The agent was lost, and its connections with it. */
  lost() {
    this.#hangUp();
  }

  /** The agent is here again. */
  welcome() {
    if (this.wanted) void this.#ask();
  }

  /** `talk_offered` or `talk_closed`. */
  async heard(message) {
    if (message.kind === "talk_offered") return this.#answer(message);
    if (message.media_id !== this.#mediaId) return;
    this.#hangUp();
    this.#againLater();
  }

  /** Also a camera that was asked for and has not come yet. */
  #endCamera() {
    if (this.seen) void this.setCamera(false);
    else this.#cameraAsked++;
  }

  async #openMicrophone() {
    this.trouble = "";
    if (this.#microphone) return;
    try {
      const microphone = await navigator.mediaDevices.getUserMedia({ audio: VOICE });
      if (!this.wanted || this.#microphone) return microphone.getTracks().forEach((track) => track.stop());
      this.#microphone = microphone;
    } catch (fault) {
      this.trouble = fault.name === "NotAllowedError" ? "refused" : "missing";
    }
    this.setOpen(false);
  }

  async #ask() {
    clearTimeout(this.#timer);
    const outcome = await this.#link.command("open_talk");
    if (!outcome.accepted && !outcome.lost) this.#againLater();
  }

  async #answer({ media_id, sdp, ice_servers, relay_only, takes_camera }) {
    this.#hangUp();
    if (!this.wanted) return void this.#link.command("close_talk", { media_id });
    const connection = new RTCPeerConnection({ iceServers: ice_servers, iceTransportPolicy: relay_only ? "relay" : "all" });
    this.#connection = connection;
    this.#mediaId = media_id;
    connection.ontrack = (event) => {
      this.#speaker.srcObject = new MediaStream([event.track]);
      void this.#play();
    };
    connection.onconnectionstatechange = () => this.#follow(connection);
    await connection.setRemoteDescription({ type: "offer", sdp });
    const [transceiver, eye] = connection.getTransceivers();
    this.takesCamera = takes_camera && Boolean(eye);
    if (this.takesCamera) eye.direction = "sendonly";
    this.#eye = this.takesCamera ? eye.sender : null;
    transceiver.direction = "sendrecv";
    await transceiver.sender.replaceTrack(this.#microphone?.getAudioTracks()[0] ?? null);
    await connection.setLocalDescription(await connection.createAnswer());
    await gathered(connection);
    if (connection === this.#connection) await this.#link.command("answer_talk", { media_id, sdp: connection.localDescription.sdp });
  }

  /** A browser may refuse, most of all one whose microphone is muted: then the next touch anywhere tries again. */
  async #play() {
    try {
      await this.#speaker.play();
      this.heldBack = false;
    } catch (fault) {
      this.heldBack = fault.name === "NotAllowedError";
    }
    this.#changed();
  }

  #follow(connection) {
    if (connection !== this.#connection) return;
    this.connected = connection.connectionState === "connected";
    if (connection.connectionState === "failed") {
      this.#hangUp();
      this.#againLater();
    }
    this.#changed();
  }

  #hangUp() {
    this.#connection?.close();
    this.#connection = this.#mediaId = this.#eye = null;
    this.takesCamera = false;
    this.#endCamera();
    this.connected = this.heldBack = false;
    this.setOpen(false);
  }

  #againLater() {
    clearTimeout(this.#timer);
    if (this.wanted) this.#timer = setTimeout(() => this.wanted && this.#ask(), TRY_AGAIN_MS);
  }
}

/** Every candidate is in the answer: there is no trickling. */
function gathered(connection) {
  return new Promise((done) => {
    const look = () => connection.iceGatheringState === "complete" && done();
    connection.onicegatheringstatechange = look;
    look();
  });
}

/** To switch sound on, to be heard, and who hears. Talk needs no camera. */
export function talkCard({ state, talk }) {
  if (!talk.wanted) {
    return h("section", { key: "talk", class: "talk" },
      h("button", { type: "button", class: "button plain", "data-do": "talk-on", onclick: () => talk.start() }, t("talk.on")));
  }
  const heard = talk.connected && talk.open;
  return h("section", { key: "talk", class: `talk ${heard ? "heard" : ""}`, "aria-live": "polite" },
    h("p", null, h("b", null, headline(talk)), whoHears(state.view.talkers, talk),
      talk.cameraTrouble && h("small", null, t("talk.no_camera"))),
    h("div", { class: "pair" },
      h("button", { type: "button", class: `button ${talk.open ? "primary" : "strong"}`, "aria-pressed": String(talk.open), disabled: !talk.connected || Boolean(talk.trouble), "data-do": "talk-open", onclick: () => talk.setOpen(!talk.open) },
        t(talk.open ? "talk.mute" : "talk.speak")),
      talk.takesCamera && h("button", { type: "button", class: `button ${talk.seen ? "primary" : "plain"}`, "aria-pressed": String(talk.seen), disabled: !talk.connected, "data-do": "talk-camera", onclick: () => talk.setCamera(!talk.seen) },
        t(talk.seen ? "talk.camera_off" : "talk.camera_on")),
      h("button", { type: "button", class: "button plain", "data-do": "talk-off", onclick: () => talk.stop() }, t("talk.off"))));
}

function headline(talk) {
  if (!talk.connected) return t("talk.connecting");
  if (talk.heldBack) return t("talk.held_back");
  if (talk.trouble) return t(`talk.${talk.trouble}`);
  return t(talk.open ? "talk.is_open" : "talk.is_muted");
}

function whoHears(talkers, talk) {
  if (!talk.connected) return null;
  return h("small", null, talkers.length ? t("talk.with", { names: talkers.join(", ") }) : t("talk.nobody"));
}
