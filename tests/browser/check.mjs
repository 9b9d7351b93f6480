// Opens a page of densimeter in Chromium and looks for what a reader would stumble over.
//
//     node check.mjs CHROMIUM PAGE SHOTS [GOLDEN [--bless]]
//
// Prints one JSON document: { "faults": [...], "notes": [...] }. SHOTS receives screenshots; GOLDEN holds the few that
// are compared with those of the last accepted state.

import { mkdirSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";
import puppeteer from "puppeteer-core";

const [chromium, file, shots, golden, bless] = process.argv.slice(2);
const url = pathToFileURL(resolve(file)).href;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const faults = [];
const notes = [];
mkdirSync(shots, { recursive: true });

const WIDTHS = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };
// Share of pixels of a golden image that may differ: words set by another build of the browser, not a missing or moved box.
const TOLERANCE = 0.04;

// A machine that tests everything at once is slow; a browser that hangs is not waited for for ever.
const browser = await puppeteer.launch({
  executablePath: chromium,
  timeout: 120_000,
  protocolTimeout: 240_000,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none", "--hide-scrollbars"],
});

async function open({ script, scheme, size, media }) {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const name = `${script ? "script" : "no script"}, ${scheme}, ${size}${media ? ", " + media : ""}`;
  const fault = (text) => faults.push(`${name}: ${text}`);
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) fault(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => fault(`script: ${error.message}`));
  page.on("request", (request) => {
    const to = request.url();
    if (to !== url && !to.startsWith("data:")) fault(`asks for ${to}`);
  });
  await page.setJavaScriptEnabled(script);
  await page.setViewport({ ...WIDTHS[size], deviceScaleFactor: 1 });
  // A page that scrolls smoothly still moves when the pointer has arrived.
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  if (media) await page.emulateMediaType(media);
  await page.goto(url, { waitUntil: "load" });
  return { page, name, fault, media };
}

// What holds with and without a script.
async function read({ page, fault, media }) {
  const found = await page.evaluate(() => {
    const found = { wide: document.documentElement.scrollWidth - document.documentElement.clientWidth, meets: [], out: [], small: [] };
    found.h1 = document.querySelectorAll("h1").length;
    found.text = document.body.innerText.length;
    // Words of a chart may neither cover each other nor leave it; half a pixel is rounding.
    for (const chart of document.querySelectorAll("svg.chart")) {
      const frame = chart.getBoundingClientRect();
      // Twelve pixels at the chart's own size; a phone scrolls a wide chart rather than shrink its words.
      const size = (12 * frame.width) / chart.viewBox.baseVal.width;
      if (size < 11) found.small.push(`${chart.id || chart.querySelector("title").textContent}: ${size.toFixed(1)} px`);
      const words = [...chart.querySelectorAll(":scope text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
      words.forEach(([one, a], at) => {
        if (a.left < frame.left - 0.5 || a.right > frame.right + 0.5) found.out.push(one);
        for (const [other, b] of words.slice(at + 1)) {
          const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          // A line box is a little higher than the letters in it.
          const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) - 0.2 * Math.min(a.height, b.height);
          if (across > 0.5 && down > 0.5) found.meets.push(`${one} / ${other}`);
        }
      });
    }
    // On a screen that is not narrow the verdict, the last column of the index, is seen without scrolling.
    found.cut = [...document.querySelectorAll("table.reports")]
      .filter((table) => innerWidth > 1000 && table.scrollWidth > table.parentNode.clientWidth)
      .map((table) => `${table.caption.textContent}, ${table.scrollWidth} px`);
    return found;
  });
  if (found.wide > 0) fault(`is ${found.wide} px wider than the screen`);
  if (found.h1 !== 1) fault(`has ${found.h1} main headings`);
  if (found.text < 200) fault("shows hardly any text");
  if (!media) for (const chart of found.small.slice(0, 5)) fault(`words of a chart are small: ${chart}`);
  for (const table of found.cut) fault(`the index is wider than its box: ${table}`);
  for (const words of found.meets.slice(0, 5)) fault(`words cover each other: ${words}`);
  for (const words of found.out.slice(0, 5)) fault(`words leave their chart: ${words}`);
}

async function rules({ page, fault }) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const rule of result.violations) {
    const text = `axe ${rule.id} (${rule.impact}): ${rule.help}: ${rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`;
    if (["serious", "critical"].includes(rule.impact)) fault(text);
    else notes.push(text);
  }
}

// What a script adds.
async function use({ page, fault }) {
  const mark = await page.$("svg.chart g rect, svg.chart g circle");
  if (mark) {
    let words = "";
    // On a busy machine the page may still move under the pointer: then it leaves and comes again.
    for (let tries = 0; tries < 3 && !words; tries += 1) {
      await page.mouse.move(0, 0);
      await mark.scrollIntoView();
      await mark.hover();
      await page.waitForFunction(() => !document.querySelector(".tip").hidden, { timeout: 5_000 }).catch(() => {});
      words = await page.$eval(".tip", (tip) => (tip.hidden ? "" : tip.textContent));
    }
    if (!words) fault("no words on a mark under the pointer");
    await page.mouse.move(0, 0);
    await page.$eval("svg.chart[tabindex]", (chart) => chart.focus());
    const shows = (hidden) =>
      page
        .waitForFunction((wanted) => document.querySelector(".tip").hidden === wanted, { timeout: 10_000 }, hidden)
        .then(() => true)
        .catch(() => false);
    await page.keyboard.press("ArrowRight");
    if (!(await shows(false))) fault("the arrow keys show no mark");
    await page.keyboard.press("Escape");
    if (!(await shows(true))) fault("Escape does not hide the words");
  }
  const toggle = await page.$(".toggles input");
  if (toggle) {
    const gone = () => page.$$eval("[data-group].off", (parts) => parts.length);
    await toggle.click();
    if ((await gone()) === 0) fault("a switched-off class stays");
    await toggle.click();
    if ((await gone()) !== 0) fault("a switched-on class stays away");
  }
}

function compare(name, shot) {
  if (!golden) return;
  const path = join(golden, `${name}.png`);
  if (bless) {
    mkdirSync(golden, { recursive: true });
    writeFileSync(path, shot);
    return;
  }
  if (!existsSync(path)) {
    faults.push(`${name}: no golden image ${path}`);
    return;
  }
  const [old, now] = [PNG.sync.read(readFileSync(path)), PNG.sync.read(Buffer.from(shot))];
  if (old.width !== now.width || old.height !== now.height) {
    faults.push(`${name}: ${now.width}x${now.height} instead of ${old.width}x${old.height}`);
    return;
  }
  const picture = new PNG({ width: old.width, height: old.height });
  const differing = pixelmatch(old.data, now.data, picture.data, old.width, old.height, { threshold: 0.25 });
  const share = differing / (old.width * old.height);
  notes.push(`${name}: ${(100 * share).toFixed(2)} % of the pixels differ from the golden image`);
  if (share > TOLERANCE) {
    writeFileSync(join(shots, `${name}-difference.png`), PNG.sync.write(picture));
    faults.push(`${name}: ${(100 * share).toFixed(1)} % of the pixels differ from ${path}; see ${join(shots, name)}-difference.png`);
  }
}

try {
  for (const size of Object.keys(WIDTHS)) {
    for (const scheme of ["light", "dark"]) {
      for (const script of [false, true]) {
        const opened = await open({ script, scheme, size });
        await read(opened);
        if (script) {
          await opened.page.screenshot({ path: join(shots, `${size}-${scheme}.png`), fullPage: true });
          await rules(opened);
          await use(opened);
        }
        await opened.page.close();
      }
      // One font, half the size: what is compared is the picture, not this machine's type.
      const opened = await open({ script: false, scheme, size });
      await opened.page.setBypassCSP(true);
      await opened.page.reload();
      await opened.page.addStyleTag({ content: '* { font-family: "DejaVu Sans" !important; }' });
      await opened.page.setViewport({ ...WIDTHS[size], deviceScaleFactor: 0.5 });
      compare(`${size}-${scheme}`, await opened.page.screenshot());
      await opened.page.close();
    }
  }
  const printed = await open({ script: true, scheme: "dark", size: "desktop", media: "print" });
  await printed.page.setViewport({ width: 794, height: 1123 });
  await read(printed);
  await printed.page.screenshot({ path: join(shots, "print.png"), fullPage: true });
  await printed.page.pdf({ path: join(shots, "print.pdf"), format: "A4" });
  await printed.page.close();
} finally {
  await browser.close();
}
console.log(JSON.stringify({ faults, notes: [...new Set(notes)] }, null, 1));
