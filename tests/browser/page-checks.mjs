// Checks of the issuer's pages in a real browser: accessible, usable with only the keyboard, without JavaScript, and on a screen of 320
// pixels. Each check returns the problems that it found, as sentences.

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { axeSource } from "./browser.mjs";

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 320, height: 640 };
/// The viewport of 1280 by 1024 pixels at a zoom of 400 % (WCAG 1.4.10).
const ZOOMED = { width: 320, height: 256 };

/// The largest height of a screenshot.
const HIGHEST = 5_000;

/// The rules that axe-core applies: all levels of WCAG 2.2 up to AA, and best practices.
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

/// Runs all checks of the page at `url`. `visit` can act on the page first, such as sending a form. `pictures` names a folder and the page
/// for screenshots, such as NAME-320-light.png.
/// With `scripts`, the page may do more with JavaScript than without. `locale` is the browser's language.
export async function checkPage(browser, url, { visit, cookies = [], pictures, scripts = false, locale = "en" } = {}) {
  let text;
  const problems = await onPage(browser, url, { viewport: WIDE, visit, cookies, locale }, async (page) => {
    text = await shownText(page);
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
    // This check is the last one, because it changes the page.
    return [...found, ...(await checkTextSpacing(page))];
  });
  return [...problems, ...(await checkWithoutJavaScript(browser, url, scripts ? undefined : text, { visit, cookies, locale }))];
}

/// Opens `url` in a new context, and calls `check` with the page. Warnings and errors of the browser are problems too.
async function onPage(browser, url, { visit, cookies, ...options }, check) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const complaints = [];
  try {
    await context.addCookies(cookies);
    const page = await context.newPage();
    page.on("console", (message) => {
      // The status of the page itself is intended.
      const status = /the server responded with a status of/.test(message.text()) && message.location().url === page.url();
      if (["error", "warning"].includes(message.type()) && !status) complaints.push(`the browser says: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`the browser says: ${error.message}`));
    page.on("dialog", (dialog) => {
      complaints.push(`a dialog opened: ${dialog.message()}`);
      dialog.dismiss();
    });
    await page.goto(url, { waitUntil: "load" });
    if (visit) {
      await visit(page);
      // What it sent may lead to another page, whose answer takes long on a busy machine.
      await page.waitForLoadState("networkidle");
    }
    return [...(await check(page)), ...complaints];
  } finally {
    await context.close();
  }
}

/// Checks the rules of axe-core.
export async function checkAccessibility(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeSource);
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }),
    RULES,
  );
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}

/// Checks that no content needs horizontal scrolling or is cut off at a side.
export async function checkWidth(page) {
  return page.evaluate(() => {
    const problems = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) problems.push(`the page is ${scrollWidth} pixels wide, and the window ${clientWidth}`);
    for (const element of document.querySelectorAll("body *:not(.unseen, .unseen *, [hidden], svg *)")) {
      const { left, right, width } = element.getBoundingClientRect();
      const name = `<${element.tagName.toLowerCase()}>`;
      if (width && (left < -0.5 || right > clientWidth + 0.5)) problems.push(`${name} goes over the edge: ${left} to ${right}`);
      if (!element.matches("input, .clipped") && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline")
        problems.push(`${name} cuts its content off: ${element.scrollWidth} over ${element.clientWidth}`);
    }
    return problems;
  });
}

/// The same check at a zoom of 400 %.
export async function checkZoom(page) {
  await page.setViewportSize(ZOOMED);
  return (await checkWidth(page)).map((problem) => `at 400 %, ${problem}`);
}

/// Rules of structure that axe-core does not check.
export async function checkStructure(page) {
  return page.evaluate(() => {
    const problems = [];
    const count = (selector) => document.querySelectorAll(selector).length;
    if (count("h1") !== 1) problems.push(`the page has ${count("h1")} headings of the first level`);
    for (const landmark of ["header", "main", "footer"]) {
      if (count(`body > ${landmark}`) !== 1) problems.push(`the page has ${count(`body > ${landmark}`)} <${landmark}>`);
    }
    if (!/^\S.* – \S.*$/.test(document.title)) problems.push(`the title is "${document.title}"`);
    if (document.compatMode !== "CSS1Compat") problems.push("the page is shown in quirks mode");
    for (const element of document.querySelectorAll("[aria-describedby]")) {
      for (const id of element.getAttribute("aria-describedby").split(/\s+/)) {
        if (id && !document.getElementById(id)?.textContent.trim()) problems.push(`no text has the id "${id}"`);
      }
    }
    for (const form of document.forms) {
      // A form that selects the rows of a list, or a search, changes nothing, and its result has an address.
      if (form.method !== "post" && !form.matches(".filter") && form.role !== "search") problems.push("a form does not use POST");
      // A field may have the name "action".
      const action = new URL(form.getAttribute("action"), location.href);
      if (action.origin !== location.origin) problems.push(`a form goes to ${action}`);
    }
    return problems;
  });
}

/// Checks that Tab reaches every control, in the order of the page and of the layout, and that the focus is visible.
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
  // The focus may begin in the middle, so two rounds contain a complete one.
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
    if (!inSight) problems.push(`the focus is out of sight: ${name}`);
    if (!outlined) problems.push(`the focus is not visible: ${name}`);
    if (place > 0 && top + height < round[place - 1].top) problems.push(`the focus comes too early: ${name}`);
  });
  problems.push(...(await checkFocusIsSeen(page, wanted)));
  return problems;
}

/// Compares the pixels of each element with and without the focus.
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

/// Checks that wider text spacing hides no content (WCAG 1.4.12).
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

/// Checks that the page has no JavaScript but the portal's script, and that it has the same text without JavaScript: `text`. Without `text`, checks
/// only that the page has a text and no JavaScript in its HTML.
export async function checkWithoutJavaScript(browser, url, text, options) {
  return onPage(browser, url, { ...options, viewport: WIDE, javaScriptEnabled: false }, async (page) => {
    const shown = await shownText(page);
    const scripts = await page.evaluate(() => {
      const attributes = [...document.querySelectorAll("*")].flatMap((element) => [...element.attributes]);
      const handlers = attributes.filter(({ name, value }) => name.startsWith("on") || /^\s*javascript:/i.test(value));
      const foreign = [...document.scripts].filter((script) => !/\/assets\/portal\.js\?/.test(script.src));
      return { files: foreign.length, inline: [...document.scripts].filter((script) => !script.src).length + handlers.length };
    });
    const problems = [];
    if (scripts.inline > 0 || (text !== undefined && scripts.files > 0)) problems.push("the page has JavaScript");
    if ((text !== undefined && shown !== text) || !shown.trim()) problems.push("without JavaScript the page has another text, or none");
    return problems;
  });
}

/// The text of the page, without what is another secret each time, and without what the portal's script changes.
function shownText(page) {
  return page.evaluate(() => {
    const changed = [...document.querySelectorAll(".added, time")];
    changed.forEach((element) => (element.style.display = "none"));
    const secrets = [...document.querySelectorAll(".copy")].map((element) => element.innerText);
    const text = secrets.reduce((text, secret) => text.replaceAll(secret, "…"), document.body.innerText);
    changed.forEach((element) => (element.style.display = ""));
    return text.replace(/\s+/g, " ");
  });
}

/// Takes a screenshot of the page, up to the largest height.
async function takePicture(page, { folder, name }, view) {
  mkdirSync(folder, { recursive: true });
  const { width, height } = page.viewportSize();
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  const clip = { x: 0, y: 0, width, height: Math.min(Math.max(whole, height), HIGHEST) };
  await page.screenshot({ path: join(folder, `${name}-${view}.png`), fullPage: true, clip });
}
