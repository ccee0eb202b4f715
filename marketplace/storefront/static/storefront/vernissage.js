// Small comforts. Every page works without this file; what it adds is named by data-* attributes in the templates.
(() => {
  "use strict";

  // The light: change it at once, and let the server remember it for the next page.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-theme-form]") || !event.submitter) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    document.documentElement.dataset.theme = event.submitter.value;
    fetch(form.action, { method: "POST", body, redirect: "manual" });
    form.querySelector(`button:not([value="${event.submitter.value}"])`)?.focus();
  });

  // A button that was pressed says so and cannot be pressed twice.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.defaultPrevented || !button?.dataset.busy) return;
    button.setAttribute("aria-busy", "true");
    button.querySelector("[data-words]").textContent = button.dataset.busy;
    setTimeout(() => { button.disabled = true; });
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("[aria-busy='true']")) location.reload();
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const words = button.querySelector("[data-words]");
    const before = words.textContent;
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  });

  // A filter answers as soon as it is touched, where there is room to see the answer.
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("[data-filters]");
    if (form && matchMedia("(min-width: 61.25rem)").matches) form.requestSubmit();
  });

  for (const zone of document.querySelectorAll("[data-drop]")) {
    const input = zone.querySelector("input[type=file]");
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("drop--over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("drop--over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("drop--over");
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      zone.closest("form").requestSubmit();
    });
  }
  document.addEventListener("paste", (event) => {
    const input = document.querySelector("[data-drop] input[type=file]");
    if (!input || !event.clipboardData?.files.length) return;
    input.files = event.clipboardData.files;
    input.closest("form").requestSubmit();
  });

  for (const element of document.querySelectorAll("[data-reveal-js]")) element.hidden = false;
  for (const element of document.querySelectorAll("[data-hide-js]")) element.hidden = true;
})();
