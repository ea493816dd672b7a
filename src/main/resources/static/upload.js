// Drop a file anywhere on its field, or paste it on the page. Without this, choosing it works all the same.
(() => {
  "use strict";
  for (const zone of document.querySelectorAll("[data-drop]")) {
    const input = document.getElementById(zone.dataset.drop);
    const take = (files) => {
      if (files.length === 0) return;
      input.files = files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const over = (on) => zone.classList.toggle("over", on);
    zone.addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
    zone.addEventListener("dragleave", () => over(false));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      take(event.dataTransfer.files);
    });
    document.addEventListener("paste", (event) => take(event.clipboardData.files)); // text goes where it is pasted
  }
  // Forms have room for so much text only; files may be as large as they are.
  for (const text of document.querySelectorAll("textarea[data-too-much]")) {
    text.addEventListener("input", () =>
      text.setCustomValidity(text.value.length > Number(text.dataset.most) ? text.dataset.tooMuch : ""));
  }
})();
