// The ways to use a page: with the mouse, and with the keyboard alone. Both have the same functions; an
// option of a list is named by how it begins.

/// Clicks, and counts the clicks.
export function mouse(page) {
  let clicks = 0;
  const click = async (locator) => {
    clicks += 1;
    await locator.click();
  };
  return {
    press: (name) => click(page.getByRole("button", { name, exact: true })),
    follow: (name) => click(page.getByRole("link", { name })),
    check: (name) => click(page.getByLabel(name)),
    fill: (label, text) => page.getByLabel(label).fill(text),
    fillPlaceholder: (placeholder, text) => page.getByPlaceholder(placeholder).fill(text),
    choose: async (label, start) => {
      const list = page.getByLabel(label);
      const options = await list.locator("option").allTextContents();
      await list.selectOption({ label: options.find((option) => option.startsWith(start)) });
    },
    clicks: () => clicks,
  };
}

/// Uses the keyboard alone: goes to an element with the tab key.
export function keyboard(page) {
  const go = async (locator) => {
    const target = await locator.elementHandle();
    for (let presses = 0; presses < 100; presses++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error("the tab key never reaches an element");
  };
  const key = async (locator, name) => {
    await go(locator);
    await page.keyboard.press(name);
  };
  const type = async (locator, text) => {
    await go(locator);
    await page.keyboard.insertText(text);
  };
  return {
    press: (name) => key(page.getByRole("button", { name, exact: true }), "Enter"),
    follow: (name) => key(page.getByRole("link", { name }), "Enter"),
    check: (name) => key(page.getByLabel(name), "Space"),
    fill: (label, text) => type(page.getByLabel(label), text),
    fillPlaceholder: (placeholder, text) => type(page.getByPlaceholder(placeholder), text),
    choose: async (label, start) => {
      const list = page.getByLabel(label);
      await go(list);
      // The letters of an option select it.
      await page.keyboard.type(start);
      const chosen = await list.evaluate((element) => element.selectedOptions[0].label);
      if (!chosen.startsWith(start)) throw new Error(`the keys select "${chosen}", not "${start}"`);
    },
    clicks: () => 0,
  };
}
