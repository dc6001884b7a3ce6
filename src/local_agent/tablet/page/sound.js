// Alarm sounds (IEC 60601-1-8): high 3+2 pulses twice, medium 3 pulses, low 1 pulse.
// Patient and room alarms sound at once; the others come to the local side after 10 s unacknowledged.

const AT_ONCE = new Set([
  "squeeze_bulb", "door_opened_during_scan", "scanner_fault", "late_acceptance_stopped", "wrong_patient", "local_operator_absent",
]);
const LATER_MS = 10_000;
const BURSTS = {
  high: { pitch: 880, length: 0.15, starts: [0, 0.3, 0.6, 1.0, 1.3, 2.1, 2.4, 2.7, 3.1, 3.4], everyMs: 8000 },
  medium: { pitch: 660, length: 0.2, starts: [0, 0.4, 0.8], everyMs: 12_000 },
  low: { pitch: 440, length: 0.25, starts: [0], everyMs: 20_000 },
};
const ORDER = ["high", "medium", "low"];

let audio = null;
let soundedAt = -Infinity;
let soundedPriority = null;

/** Browsers let a page sound only after a touch. */
export function unlockSound() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") void audio.resume();
}

/** Whether an alarm that should sound now cannot, because nobody has touched the page yet. */
export const soundIsBlocked = () => audio?.state !== "running";

/** The priority that must sound now at this side, or null. */
export function soundingPriority(alarms, agentNowMs) {
  const loud = alarms.filter(
    (a) => a.active && !a.acknowledged_by && (AT_ONCE.has(a.kind) || agentNowMs - Date.parse(a.since) >= LATER_MS),
  );
  return ORDER.find((priority) => loud.some((a) => a.priority === priority)) ?? null;
}

/** Call often: starts a burst when one is due. */
export function soundAlarms(alarms, agentNowMs) {
  const priority = soundingPriority(alarms, agentNowMs);
  const now = performance.now();
  const due = priority && (priority !== soundedPriority || now - soundedAt >= BURSTS[priority].everyMs);
  if (!priority) soundedPriority = null;
  if (!due || audio?.state !== "running") return;
  soundedAt = now;
  soundedPriority = priority;
  for (const start of BURSTS[priority].starts) pulse(BURSTS[priority], audio.currentTime + start);
}

function pulse({ pitch, length }, at) {
  const gain = new GainNode(audio, { gain: 0 });
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.4, at + 0.02);
  gain.gain.setValueAtTime(0.4, at + length - 0.03);
  gain.gain.linearRampToValueAtTime(0, at + length);
  const tone = new OscillatorNode(audio, { type: "triangle", frequency: pitch });
  tone.connect(gain).connect(audio.destination);
  tone.start(at);
  tone.stop(at + length);
}
