// The tablet page in Firefox, over WebDriver BiDi: paired, its sound switched on, microphone and camera opened.
//
//   node tablet.mjs FIREFOX URL PIN
//
// This Firefox lets nothing play but within a touch, and a muted microphone lets go of its device at once: so the sound
// is held back first, as on a slow tablet, and the page has to say it and to try again.
//
// One line of JSON when the remote operator was heard: {"energy": …}. It ends when its input is closed.

import puppeteer from "puppeteer-core";

const [executablePath, url, pin] = process.argv.slice(2);
const WITHIN = { timeout: 30_000 };
const NOTE_CONNECTIONS = () => {
  window.made = [];
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = function (how) {
    window.made.push(new Real(how));
    return window.made.at(-1);
  };
};
const ENERGY = async () => {
  let energy = 0;
  const stats = await window.made.at(-1).getStats();
  stats.forEach((of) => { if (of.type === "inbound-rtp" && of.kind === "audio") energy = of.totalAudioEnergy; });
  return energy;
};

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  headless: true,
  acceptInsecureCerts: true,
  extraPrefsFirefox: {
    "intl.accept_languages": "en",
    "media.autoplay.blocking_policy": 2,
    "media.getusermedia.microphone.off_while_disabled.delay_ms": 0,
    "media.navigator.permission.disabled": true,
    "media.navigator.streams.fake": true,
    "media.peerconnection.ice.loopback": true,
    "media.peerconnection.ice.obfuscate_host_addresses": false,
  },
});
try {
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(NOTE_CONNECTIONS);
  await page.goto(url);
  const touch = async (selector) => (await page.waitForSelector(`${selector}:not([disabled])`, WITHIN)).click();
  for (const digit of pin) await touch(`[data-key="${digit}"]`);
  await touch('[data-do="pair"]');
  await touch('[data-do="talk-on"]');
  await page.waitForFunction(() => document.querySelector(".talk").textContent.includes("touch the screen"), WITHIN);
  await touch('[data-do="talk-open"]');
  await touch('[data-do="talk-camera"]');
  await page.waitForFunction(() => document.querySelector("audio").currentTime > 0.3, WITHIN);
  let energy = 0;
  for (const until = Date.now() + WITHIN.timeout; !energy && Date.now() < until; ) energy = await page.evaluate(ENERGY);
  console.log(JSON.stringify({ energy }));
  for await (const _ of process.stdin);
} finally {
  await browser.close();
}
