// Reads a device's code with the camera, where the browser can. Without it one types.
(async () => {
  "use strict";
  const guid = /(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])/i;
  const formats = ["qr_code", "data_matrix"];
  const scan = document.getElementById("scan");
  if (!scan || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const usable = (await BarcodeDetector.getSupportedFormats()).filter((one) => formats.includes(one));
  if (usable.length === 0) return;

  const detector = new BarcodeDetector({ formats: usable });
  const camera = document.getElementById("camera");
  const video = document.getElementById("video");
  const said = document.getElementById("scanned");
  const device = document.getElementById("device");
  // Who scans one after the other need not say so each time.
  const again = "muster.scan";
  let stream = null;

  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    camera.hidden = true;
    scan.hidden = false;
  }

  async function look() {
    if (!stream) return;
    let codes = [];
    try {
      codes = await detector.detect(video);
    } catch {
      // The camera has no picture yet.
    }
    const found = codes.map((code) => code.rawValue.match(guid)).find((match) => match);
    if (found && stream) {
      device.value = found[0].toLowerCase();
      said.textContent = said.dataset.read;
      stop();
      const building = document.getElementById("building");
      if (building.value === "") {
        building.focus();
      } else {
        // The next of several in a row: its place is that of the one before, and looking it up changes nothing.
        sessionStorage.setItem(again, "yes");
        device.form.requestSubmit();
      }
      return;
    }
    if (codes.length > 0) said.textContent = said.dataset.noId;
    setTimeout(look, 150);
  }

  scan.addEventListener("click", async () => {
    said.textContent = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      said.textContent = said.dataset.noCamera;
      return;
    }
    scan.hidden = true;
    camera.hidden = false;
    video.srcObject = stream;
    await video.play();
    document.getElementById("stop").focus();
    look();
  });
  document.getElementById("stop").addEventListener("click", () => {
    sessionStorage.removeItem(again);
    stop();
    scan.focus();
  });
  window.addEventListener("pagehide", stop);
  scan.hidden = false;
  if (sessionStorage.getItem(again) && device.value === "") scan.click();
})();
