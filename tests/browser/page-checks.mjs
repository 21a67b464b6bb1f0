// What every page of the issuer has to be, checked in a real browser at whatever address: accessible, usable with the keyboard alone,
// without JavaScript, and on a screen of 320 pixels. Each check gives the problems that it found, as sentences.

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { axeSource } from "./browser.mjs";

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 320, height: 640 };
/// What is left of 1280 by 1024 pixels at a zoom of 400 % (WCAG 1.4.10).
const ZOOMED = { width: 320, height: 256 };

/// How high a picture may be.
const HIGHEST = 5_000;

/// The rules that axe-core applies: all levels of WCAG 2.2 up to AA, and what it recommends.
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

/// Everything that can be wrong with the page at `url`. `visit` may do something on it first: fill a form, send it. Where `pictures` names a folder
/// and the page, pictures of it go there: NAME-320-light.png and so on.
export async function checkPage(browser, url, { visit = async () => {}, cookies = [], pictures } = {}) {
  let text;
  const problems = await onPage(browser, url, { viewport: WIDE, visit, cookies }, async (page) => {
    text = await page.evaluate(() => document.body.innerText);
    const found = await checkStructure(page);
    for (const viewport of [WIDE, NARROW]) {
      for (const colorScheme of ["light", "dark"]) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        const here = [...(await checkAccessibility(page)), ...(await checkWidth(page))];
        found.push(...here.map((problem) => `${viewport.width} pixels, ${colorScheme}: ${problem}`));
        if (pictures) await takePicture(page, pictures, `${viewport.width}-${colorScheme}`);
      }
    }
    found.push(...(await checkKeyboard(page)), ...(await checkZoom(page)));
    // This one comes last: it changes the page.
    return [...found, ...(await checkTextSpacing(page))];
  });
  return [...problems, ...(await checkWithoutJavaScript(browser, url, text, { visit, cookies }))];
}

/// Opens `url` in a context of its own, and calls `check` with the page. What the browser complains of is a problem, too.
async function onPage(browser, url, { visit, cookies, ...options }, check) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const complaints = [];
  try {
    await context.addCookies(cookies);
    const page = await context.newPage();
    page.on("console", (message) => {
      // A page's own status is its meaning, not its mistake.
      const status = /the server responded with a status of/.test(message.text()) && message.location().url === page.url();
      if (["error", "warning"].includes(message.type()) && !status) complaints.push(`the browser says: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`the browser says: ${error.message}`));
    page.on("dialog", (dialog) => {
      complaints.push(`a dialog opened: ${dialog.message()}`);
      dialog.dismiss();
    });
    await page.goto(url, { waitUntil: "load" });
    await visit(page);
    return [...(await check(page)), ...complaints];
  } finally {
    await context.close();
  }
}

/// No rule of axe-core is broken.
export async function checkAccessibility(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeSource);
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }),
    RULES,
  );
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}

/// Nothing has to be scrolled sideways, and nothing is cut off at a side.
export async function checkWidth(page) {
  return page.evaluate(() => {
    const problems = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) problems.push(`it is ${scrollWidth} pixels wide, and ${clientWidth} are there`);
    for (const element of document.querySelectorAll("body *:not(.unseen, .unseen *, [hidden], svg *)")) {
      const { left, right, width } = element.getBoundingClientRect();
      const name = `<${element.tagName.toLowerCase()}>`;
      if (width && (left < -0.5 || right > clientWidth + 0.5)) problems.push(`${name} goes over the edge: ${left} to ${right}`);
      if (element.tagName !== "INPUT" && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline")
        problems.push(`${name} has more in it than it can show: ${element.scrollWidth} over ${element.clientWidth}`);
    }
    return problems;
  });
}

/// At a zoom of 400 % it is as narrow, and a quarter as high.
export async function checkZoom(page) {
  await page.setViewportSize(ZOOMED);
  return (await checkWidth(page)).map((problem) => `at 400 %, ${problem}`);
}

/// What axe-core does not insist on.
export async function checkStructure(page) {
  return page.evaluate(() => {
    const problems = [];
    const count = (selector) => document.querySelectorAll(selector).length;
    if (count("h1") !== 1) problems.push(`it has ${count("h1")} headings of the first level`);
    for (const landmark of ["header", "main", "footer"]) {
      if (count(`body > ${landmark}`) !== 1) problems.push(`it has ${count(`body > ${landmark}`)} <${landmark}>`);
    }
    if (!/^\S.* – \S+$/.test(document.title)) problems.push(`its title is "${document.title}"`);
    if (document.compatMode !== "CSS1Compat") problems.push("it is shown in quirks mode");
    for (const element of document.querySelectorAll("[aria-describedby]")) {
      for (const id of element.getAttribute("aria-describedby").split(/\s+/)) {
        if (id && !document.getElementById(id)?.textContent.trim()) problems.push(`nothing describes it as "${id}"`);
      }
    }
    for (const form of document.forms) {
      if (form.method !== "post") problems.push("a form does not use POST");
      if (new URL(form.action).origin !== location.origin) problems.push(`a form goes to ${form.action}`);
    }
    return problems;
  });
}

/// All that can be operated is reached with the key Tab, in the order of the page and of the eye, and shows that it is.
export async function checkKeyboard(page) {
  const problems = [];
  const wanted = await page.evaluate(() => {
    const operable = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
    const shown = operable.filter((element) => element.checkVisibility() && !element.disabled && element.type !== "hidden");
    shown.forEach((element, number) => (element.dataset.number = number));
    return shown.length;
  });
  if (wanted === 0) return problems;
  const reached = [];
  // Where the focus begins may be in the middle, so two rounds show one whole.
  for (let presses = 0; presses < 2 * (wanted + 1) && reached.length < 2 * wanted; presses += 1) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const { top, bottom, height } = element.getBoundingClientRect();
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return {
        number: Number(element.dataset.number ?? -1),
        name: element.outerHTML.slice(0, 120),
        top: top + scrollY,
        height,
        inSight: bottom > 0 && top < innerHeight,
        outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
      };
    });
    if (found) reached.push(found);
  }
  const first = reached.findIndex(({ number }) => number === 0);
  const round = first < 0 ? [] : reached.slice(first, first + wanted);
  if (round.length !== wanted || round.some(({ number }, place) => number !== place)) {
    problems.push(`Tab reaches ${reached.map(({ number }) => number)} of ${wanted}`);
  }
  round.forEach(({ name, inSight, outlined, top, height }, place) => {
    if (!inSight) problems.push(`it has the focus out of sight: ${name}`);
    if (!outlined) problems.push(`nothing shows that it has the focus: ${name}`);
    if (place > 0 && top + height < round[place - 1].top) problems.push(`it comes before what stands above it: ${name}`);
  });
  problems.push(...(await checkFocusIsSeen(page, wanted)));
  return problems;
}

/// An element with the focus does not look as it does without: the pixels say so, whatever the style sheet does.
async function checkFocusIsSeen(page, count) {
  const problems = [];
  for (let number = 0; number < Math.min(count, 12); number += 1) {
    const element = page.locator(`[data-number="${number}"]`);
    await element.scrollIntoViewIfNeeded();
    const picture = async () => {
      const { x, y, width, height } = await element.boundingBox();
      const { width: most, height: highest } = page.viewportSize();
      const [left, top] = [Math.max(0, x - 6), Math.max(0, y - 6)];
      const clip = { x: left, y: top, width: Math.min(most - left, width + 12), height: Math.min(highest - top, height + 12) };
      return page.screenshot({ clip });
    };
    await page.evaluate(() => document.activeElement.blur());
    const before = await picture();
    await element.focus();
    if (before.equals(await picture())) problems.push(`element ${number} looks the same with the focus`);
  }
  return problems;
}

/// Readers who set wider spacing lose nothing (WCAG 1.4.12).
export async function checkTextSpacing(page) {
  await page.setViewportSize(WIDE);
  await page.evaluate(() => {
    for (const element of document.querySelectorAll("body, body *")) {
      element.style.setProperty("line-height", "1.5", "important");
      element.style.setProperty("letter-spacing", "0.12em", "important");
      element.style.setProperty("word-spacing", "0.16em", "important");
      if (element.tagName === "P") element.style.setProperty("margin-bottom", "2em", "important");
    }
  });
  return (await checkWidth(page)).map((problem) => `with wide spacing, ${problem}`);
}

/// The page has no JavaScript, and without a browser that would run it, it says the same as with one: `text`.
export async function checkWithoutJavaScript(browser, url, text, options) {
  return onPage(browser, url, { ...options, viewport: WIDE, javaScriptEnabled: false }, async (page) => {
    const { scripts, said } = await page.evaluate(() => {
      const attributes = [...document.querySelectorAll("*")].flatMap((element) => [...element.attributes]);
      const handlers = attributes.filter(({ name, value }) => name.startsWith("on") || /^\s*javascript:/i.test(value));
      return { scripts: document.scripts.length + handlers.length, said: document.body.innerText };
    });
    const problems = [];
    if (scripts > 0) problems.push("it has JavaScript");
    if (said !== text || !said.trim()) problems.push("without JavaScript it says something else, or nothing");
    return problems;
  });
}

/// As much of the page as a picture can hold.
async function takePicture(page, { folder, name }, view) {
  mkdirSync(folder, { recursive: true });
  const { width, height } = page.viewportSize();
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  const clip = { x: 0, y: 0, width, height: Math.min(Math.max(whole, height), HIGHEST) };
  await page.screenshot({ path: join(folder, `${name}-${view}.png`), fullPage: true, clip });
}
