// Copies the token that is shown, or saves it as a file. It leaves the page in no other way.
(() => {
  "use strict";
  const token = document.getElementById("token");
  const copied = document.getElementById("copied");
  const copy = document.getElementById("copy");
  const save = document.getElementById("save");

  if (navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(token.value);
        copied.textContent = copied.dataset.copied;
      } catch {
        token.select();
        copied.textContent = copied.dataset.notAllowed;
      }
    });
  }

  save.hidden = false;
  save.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([token.value + "\n"], { type: "text/plain" }));
    link.download = document.getElementById("token-device").textContent + ".token";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    copied.textContent = copied.dataset.saved;
  });

  // A page that comes back from the browser's memory shows it no more.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.replace(document.querySelector("[data-back]").href);
  });
})();
