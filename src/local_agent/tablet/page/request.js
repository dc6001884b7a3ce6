// What somebody afar asks for: on which terms, what of it is allowed, and the answer.

import { h } from "./dom.js";
import { holdButton } from "./hold.js";
import { button } from "./parts.js";
import { duties, listDigest, openList } from "./responsibilities.js";
import { t, word } from "./texts.js";

const OPERATING = ["edit", "start", "patient"];
const operating = (privileges) => privileges.some((privilege) => OPERATING.includes(privilege));

/** A request may also come while somebody else has control. */
export const asked = (page) => (page.state.view.control.request_id === null ? null : request(page, page.state.view.control));

function request(page, control) {
  const refused = page.state.draft.refused?.[control.request_id] ?? [];
  const granted = control.requested.filter((privilege) => !refused.includes(privilege));
  const operates = operating(control.requested);
  return h("section", { key: "request", class: "card decide request", "data-card": "request" },
    h("h2", null, title(control, operates)),
    operates && duties(page),
    operates && h("p", null, t(`loss.${control.requested_link_loss_action ?? "finish_sequence"}`)),
    h("div", { class: "answer" }, offers(page, control, granted, refused), answers(page, control, granted)));
}

/** The name of whoever asks stands right above the card, unless another person has control. */
function title({ holder, requested_by: name }, operates) {
  const key = operates ? "request.title" : "request.title_watch";
  return holder ? t(key, { name }) : t(`${key}_alone`);
}

function offers({ draft }, { request_id: id, requested }, granted, refused) {
  const toggle = (privilege) => draft({
    refused: { [id]: refused.includes(privilege) ? refused.filter((p) => p !== privilege) : [...refused, privilege] },
  });
  return h("div", { class: "privileges", role: "group", "aria-label": t("request.privileges") }, requested.map((privilege) => {
    const on = granted.includes(privilege);
    return h("button", { key: privilege, type: "button", class: `privilege ${on ? "on" : ""}`, "aria-pressed": String(on), "data-privilege": privilege, onclick: () => toggle(privilege) },
      `${on ? "✓" : "✗"} ${word("privilege", privilege)}`);
  }));
}

/** Yes is held and acknowledges the list that is shown; no lies between it and STOP. */
function answers(page, control, granted) {
  const { state, act } = page;
  const read = operating(granted) ? listDigest(page) : null;
  const { request_id } = control;
  return [
    holdButton({
      id: "allow", kind: "compact", subject: JSON.stringify([request_id, control.requested, control.requested_link_loss_action, granted, read]),
      label: t("request.allow"), detail: [t("request.allow_detail", { scanner: state.card.name }), read && t("duties.allow_detail")].filter(Boolean).join(" · "),
      disabled: granted.length === 0 || state.busy.has("answer_request"),
      onHeld: (held_ms) => act("answer_request", { request_id, granted, held_ms, responsibilities: read }),
    }),
    h("div", { class: read ? "pair" : "" },
      button({ kind: "plain", name: "not-now", onclick: () => act("answer_request", { request_id, granted: [], held_ms: 0 }) }, t("request.not_now")),
      read && openList(page, "plain", t("duties.change"))),
  ];
}
