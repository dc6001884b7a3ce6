// Dates, names and durations as people at the site write them.

import { currentLanguage, locale, t, word } from "./texts.js";


/** A DICOM person name for reading. */
export const personName = (name) => name.replace(/\^+/g, " ").trim();

/** A date of birth: the month in letters where day and month could be confused. */
export function birthDate(iso) {
  const month = currentLanguage() === "en" ? "short" : "2-digit";
  const format = new Intl.DateTimeFormat(locale(), { day: "2-digit", month, year: "numeric", timeZone: "UTC" });
  return format.format(new Date(`${iso}T00:00:00Z`));
}

export const clockTime = (moment) =>
  new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(moment);

/** The time, with its day unless that is today. */
export const dayAndTime = (moment, now = new Date()) =>
  moment.toDateString() === now.toDateString() ? clockTime(moment)
    : new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(moment);

export const number = (value, decimals = 1) =>
  new Intl.NumberFormat(locale(), { maximumFractionDigits: decimals }).format(value);

/** Seconds as m:ss. */
export function minutes(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const SEX_SIGNS = { F: "♀", M: "♂", O: "⚪" };

/** Who lies there, in one line; null where there is no exam. */
export function patientLine(exam) {
  if (!exam) return null;
  const sex = SEX_SIGNS[exam.band.sex];
  if (!exam.patient) return `${exam.band.label} · ${exam.band.birth_year} · ${sex}`;
  return `${personName(exam.patient.name)} · ${birthDate(exam.patient.birth_date)}\u00a0·\u00a0${sex}`;
}

export const patientName = (exam) => (exam.patient ? personName(exam.patient.name) : exam.band.label);

/** The side in words, or nothing where side does not matter. */
export const sideWords = (side) => (side === "none" ? "" : word("side", side));

export const bodyLine = (exam) =>
  exam.weight_kg === null || exam.height_cm === null
    ? t("positioning.no_data")
    : `${number(exam.weight_kg)} kg · ${number(exam.height_cm, 0)} cm · ${word("position", exam.position)}`;
