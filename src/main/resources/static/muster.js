// Small conveniences; every page works without them.
(() => {
  "use strict";

  // A button that was pressed is not pressed again before the answer is there.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    setTimeout(() => {
      for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
    });
  });

  // Pages that come back from the browser's memory have their buttons again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const button of document.querySelectorAll("button[type=submit]:disabled")) button.disabled = false;
  });

  // On a phone the rows of a table are cards, which say in each line what it is.
  const roles = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };
  function label(table) {
    const titles = [...table.querySelectorAll("thead th")].map((th) => th.textContent.trim());
    for (const row of table.tBodies[0]?.rows ?? []) {
      [...row.cells].forEach((cell, at) => {
        cell.dataset.label = titles[at] ?? "";
        const holds = cell.textContent.trim() !== "" || cell.querySelector("progress, input, button") !== null;
        cell.classList.toggle("nothing", !holds);
      });
    }
    for (const one of [table, ...table.querySelectorAll("thead, tbody, tr, td, th")]) {
      one.setAttribute("role", roles[one.tagName] ?? (one.scope === "row" ? "rowheader" : "columnheader"));
    }
    table.classList.add("labelled");
  }
  function labelAll() {
    document.querySelectorAll(".table-wrap > table:not(.labelled)").forEach(label);
  }

  // There are more sections than a phone has room for: the one that one is at is in view.
  const here = document.querySelector(".sections [aria-current]");
  if (here !== null) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 48;

  // Times come in UTC, as in logs and reports. Here they are the reader's and say their zone, and
  // UTC is under the pointer.
  const language = document.documentElement.lang;
  const theirs = navigator.languages.find((one) => one.split("-")[0] === language); // with their country's ways
  const local = new Intl.DateTimeFormat(theirs ?? language, { dateStyle: "full", timeStyle: "long" });
  const brief = new Intl.DateTimeFormat(theirs ?? language, { dateStyle: "medium", timeStyle: "long" });
  const zone = local.resolvedOptions().timeZone;
  const elsewhere = zone && zone !== "UTC";
  function localTimes() {
    for (const time of document.querySelectorAll("time[datetime]:not([data-local])")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      time.dataset.local = "";
      if (elsewhere && time.textContent.endsWith(" UTC")) {
        time.title = time.textContent;
        time.textContent = brief.format(at);
      } else { // it says it otherwise: two hours ago
        time.title = (time.title ? time.title + ", " : "") + local.format(at);
      }
    }
  }
  const said = document.getElementById("zone");
  if (said !== null && elsewhere) said.textContent = said.dataset.with.replace("{zone}", zone);

  // Rows that are chosen, to do something with them together: they stay chosen when the list comes
  // anew, and one box chooses all.
  const several = document.getElementById("several");
  const chosen = new Set();
  const choices = () => [...several.elements].filter((one) => one.type === "checkbox" && one.name !== "");
  function countChosen() {
    const boxes = choices();
    for (const box of boxes) (box.checked ? chosen.add(box.value) : chosen.delete(box.value));
    const number = boxes.filter((box) => box.checked).length;
    const all = document.getElementById("choose-all");
    const count = document.getElementById("chosen");
    all.hidden = false;
    all.control.checked = number > 0 && number === boxes.length;
    all.control.indeterminate = number > 0 && number < boxes.length;
    count.textContent = number === 0 ? "" : count.dataset.words.replace("{n}", number);
    for (const button of several.querySelectorAll("button")) button.disabled = number === 0;
    several.hidden = boxes.length === 0;
  }
  if (several !== null) {
    document.addEventListener("change", (event) => {
      if (event.target === document.getElementById("choose-all").control) {
        for (const box of choices()) box.checked = event.target.checked;
      }
      if (event.target.form === several) countChosen();
    });
    document.addEventListener("htmx:afterSwap", () => {
      for (const box of choices()) box.checked = chosen.has(box.value);
      countChosen();
    });
    window.addEventListener("pageshow", countChosen);
    countChosen();
  }

  function dress() {
    labelAll();
    localTimes();
  }
  dress();
  document.addEventListener("htmx:afterSwap", localTimes); // before anybody has seen them otherwise
  document.addEventListener("htmx:afterSettle", dress);

  // A session that has ended: the page is loaded again, which signs in. What is gone says so on its page.
  document.addEventListener("htmx:responseError", (event) => {
    if ([401, 404].includes(event.detail.xhr.status)) window.location.reload();
  });
})();
