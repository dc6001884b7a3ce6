// Step 6: the patient out, the images safe, the exam closed.

import { h } from "../dom.js";
import { patientName } from "../format.js";
import { holdButton } from "../hold.js";
import { needsExam, title } from "../parts.js";
import { isScanning } from "../steps.js";
import { t } from "../texts.js";
import { tableHold } from "./positioning.js";

export function finishTask(page) {
  const { state, act } = page;
  const { exam, status } = state.view;
  if (!exam) return needsExam();
  const busy = isScanning(state.view);
  return [
    title(t("finish.title"), t(busy ? "finish.running" : "finish.how")),
    h("ul", { class: "queue" }, exam.series.map((series) => h("li", { key: series.series_id },
      h("b", null, `${series.number} · ${series.description}`),
      h("span", { class: "dim" }, t("finish.images", { count: series.instance_count })),
      h("span", { class: `state ${series.complete ? "" : "incomplete"}` }, t(series.complete ? (series.stored ? "finish.stored" : "finish.storing") : "finish.incomplete"))))),
    exam.series.length === 0 && h("p", { class: "dim" }, t("finish.no_series")),
    status.room.table === "out" ? h("p", { key: "is-out", class: "clear" }, "✓ ", t("finish.table_out")) : tableHold(page, "out", { disabled: busy }),
    holdButton({
      id: "close-exam", subject: exam.exam_id, label: t("finish.close"), detail: `${patientName(exam)} · ${exam.accession} · ${state.card.name}`,
      disabled: busy || state.busy.has("close_exam"), onHeld: () => act("close_exam", { exam_id: exam.exam_id }),
    }),
  ];
}
