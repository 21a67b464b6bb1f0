// What the portal's pages have with JavaScript and can do without: a button that copies, and times in the time zone of the browser. The texts are
// attributes of this script's element.
"use strict";

const words = document.currentScript.dataset;

for (const code of document.querySelectorAll("code.copy")) {
  const copy = code.dataset.copy ?? words.copy;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "added";
  button.textContent = copy;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = words.copied;
    } catch {
      // The browser forbids it: the text is selected, so that the user can copy it.
      getSelection().selectAllChildren(code);
      button.textContent = words.selected;
    }
    setTimeout(() => (button.textContent = copy), 3000);
  });
  (code.closest("pre") ?? code).after(button);
}

const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime]")) {
  time.title = `${time.textContent} (${time.dateTime})`;
  time.textContent = format.format(new Date(time.dateTime));
}
