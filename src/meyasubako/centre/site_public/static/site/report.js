/* What scripts add to the report form, which works without them: files can be dropped on their boxes, sizes are looked at
   before sending, one press sends once, and some work is done so that this reader may send more. */
"use strict";

(() => {
  const form = document.querySelector("form.report");
  if (!form) return;
  const going = form.querySelector(".going");
  const button = form.querySelector("button[type=submit]");
  const boxes = [...form.querySelectorAll("input[type=file]")];

  const trouble = document.getElementById("trouble");
  if (trouble) trouble.focus();

  for (const box of boxes) {
    const area = box.closest(".field");
    for (const kind of ["dragenter", "dragover"]) {
      area.addEventListener(kind, (event) => {
        event.preventDefault();
        box.classList.add("over");
      });
    }
    area.addEventListener("dragleave", () => box.classList.remove("over"));
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      box.classList.remove("over");
      const all = new DataTransfer();
      for (const file of [...box.files, ...event.dataTransfer.files]) all.items.add(file);
      box.files = all.files;
    });
  }

  const tooLarge = () => {
    const files = boxes.flatMap((box) => [...box.files]);
    const limit = Number(form.dataset.bodyBytes || Infinity) - 1000000;
    return files.reduce((sum, file) => sum + file.size, 0) > limit;
  };

  form.addEventListener("submit", (event) => {
    if (tooLarge()) {
      event.preventDefault();
      going.textContent = form.dataset.tooLarge;
      return;
    }
    going.textContent = form.dataset.sending;
    button.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    button.disabled = false;
    going.textContent = "";
  });

  const work = async () => {
    const token = form.elements.token.value;
    const encoder = new TextEncoder();
    const bits = Number(form.dataset.workBits);
    for (let number = 0; number < 5000000; number += 1) {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(`${token}:${number}`)));
      const head = ((digest[0] << 24) | (digest[1] << 16) | (digest[2] << 8) | digest[3]) >>> 0;
      if (head >>> (32 - bits) === 0) {
        form.elements.work.value = String(number);
        return;
      }
      if (number % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  if (globalThis.crypto && crypto.subtle) work();
})();
