// Words in the chosen language. A missing word shows its key, a missing figure a dash: never an error.

const LOCALES = { en: "en-GB", fr: "fr-CH", de: "de-CH" };
export const LANGUAGES = { en: "English", fr: "Français", de: "Deutsch" };
const STORE = "tablet-language";

let texts = { words: {}, reasons: {} };
let language = "en";

/** The language remembered, else the browser's, else English. */
export function preferredLanguage() {
  const wanted = localStorage.getItem(STORE) ?? navigator.language.slice(0, 2);
  return wanted in LANGUAGES ? wanted : "en";
}

export async function useLanguage(wanted, { remember = false } = {}) {
  const answer = await fetch(`/texts/${wanted}.json`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`texts of "${wanted}" cannot be read: HTTP ${answer.status}`);
  texts = await answer.json();
  language = wanted;
  document.documentElement.lang = wanted;
  if (remember) localStorage.setItem(STORE, wanted);
}

export const currentLanguage = () => language;
export const locale = () => LOCALES[language];

/** The words of a key, with its figures. */
export const t = (key, figures) => fill(texts.words[key] ?? key, figures ?? {});

/** The word for a value of this list, if it is one. */
export const knownWord = (list, value) => texts.words[`${list}.${value}`];

/** The word for one value of a closed list; the value itself where there is none. */
export const word = (list, value) => knownWord(list, value) ?? humanised(value);

/** A finding as sentences: what is the matter, what to do, and who can do it. */
export function explain(finding) {
  const entry = texts.reasons[finding.reason];
  if (!entry) return { text: humanised(finding.reason), remedy: "", who: "" };
  const figures = Object.fromEntries(
    Object.entries(finding.figures ?? {}).map(([name, value]) => [name, said(value)]),
  );
  return {
    text: fill(entry.text, figures),
    remedy: fill(entry.remedy, figures),
    who: word("party", entry.cleared_by),
    clearedBy: entry.cleared_by,
  };
}

/** English words of the agent that have a place for a figure, and the text that says the same. */
const KNOWN = [
  [/^start (?<step>.+)$/, "command.start"],
  [/^(?<step>.+) is running$/, "busy.running"],
  [/^The scanner is (?<activity>.+)$/, "busy.scanner"],
  [/^(?<sar>[\d.]+) W\/kg whole body, PNS (?<pns>\d+) %$/, "exposure.predicted"],
  [/^(?<sar>[\d.]+) W\/kg whole body$/, "exposure.sar"],
  [/^PNS (?<pns>\d+) %$/, "exposure.pns"],
  [/^no fresh word from (?<site>.+)$/, "missing.word"],
];

/** What the agent said in English, in the chosen language where it is known, else as it came. */
export function said(value) {
  for (const list of ["activity", "role", "table", "missing", "command", "outcome"]) {
    if (`${list}.${value}` in texts.words) return texts.words[`${list}.${value}`];
  }
  const event = `event.${String(value).replaceAll(" ", "_")}`;
  if (event in texts.words) return texts.words[event];
  for (const [pattern, key] of KNOWN) {
    const found = pattern.exec(value);
    if (found) return fill(texts.words[key], Object.fromEntries(Object.entries(found.groups).map(([k, v]) => [k, said(v)])));
  }
  const [, decimals] = /^\d+\.(\d+)$/.exec(value) ?? [];
  if (decimals) return new Intl.NumberFormat(locale(), { minimumFractionDigits: decimals.length, maximumFractionDigits: decimals.length }).format(Number(value));
  const parts = String(value).split(", ");
  return parts.length > 1 && parts.every((part) => `missing.${part}` in texts.words) ? parts.map(said).join(", ") : value;
}

/** In French the space before a mark belongs to it: no line begins with a question mark. Narrow before ? ! ; */
function fill(sentence, figures) {
  const filled = sentence.replace(/\{([a-z0-9_]+)\}/g, (_whole, name) => String(figures[name] ?? "–"));
  if (language !== "fr") return filled;
  return filled.replace(/ (?=[?!;])/g, "\u202f").replace(/ (?=[:»%](?:\W|$))|(?<=«) /g, "\u00a0");
}

const humanised = (value) => String(value ?? "").replaceAll("_", " ");
