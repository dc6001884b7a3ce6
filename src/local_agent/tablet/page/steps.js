// How far the exam has come, from facts of the agent only.

export const STEPS = ["patient", "safety", "positioning", "ready", "scanning", "finish"];
const ENDED = new Set(["acquired", "images_ready", "stored", "stopped", "failed"]);

export const isScanning = (view) => ["preparing", "acquiring", "stopping"].includes(view.status.activity);

const SIGNING = ["screening_missing", "screening_second_signature", "screening_level_2", "screening_same_signer"];

/** Reasons of the agent why the signatures under the screening are not enough yet. */
export const signatureFindings = (view) =>
  view.standing.interlocks.filter((lock) => lock.interlock === "screening").flatMap((lock) => lock.findings).filter((f) => SIGNING.includes(f.reason));

/** Whether both signatures are there, or a physician's exception; the full stop may still be missing. */
export const isSigned = (view) =>
  view.checklist.screening_complete || Boolean(view.exam?.screening?.exception) || (view.checklist.screening_signed_by.length > 1 && signatureFindings(view).length === 0);

const allScanned = (view) => view.exam.steps.length > 0 && view.exam.steps.every((s) => ENDED.has(s.state));

export function stepDone(view, step) {
  const list = view.checklist;
  if (!view.exam) return false;
  switch (step) {
    case "patient":
      return list.identity_confirmed;
    case "safety":
      return list.screening_complete && list.full_stop;
    case "positioning":
      return list.patient_data && list.landmark_set && (["isocentre", null].includes(view.status.room.table) || allScanned(view));
    case "ready":
      return list.patient_ready || allScanned(view);
    case "scanning":
      return allScanned(view);
    default:
      return false;
  }
}

/** The first step that is not done; a running scan is always shown. */
export function currentStep(view) {
  if (view.exam && isScanning(view)) return "scanning";
  return STEPS.find((step) => !stepDone(view, step)) ?? "finish";
}
