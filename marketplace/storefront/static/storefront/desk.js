// Keys of the rights desk. Without this file every key's button is still there.
(() => {
  "use strict";
  const OFF = "desk-keys-off";
  const toggle = document.querySelector("[data-keys-off]");
  if (toggle) {
    toggle.checked = localStorage.getItem(OFF) === "1";
    toggle.addEventListener("change", () => localStorage.setItem(OFF, toggle.checked ? "1" : ""));
  }
  const reason = document.getElementById("reason");
  let wanted = null; // the decision that the reason is being written for

  const press = (button) => {
    const needsReason = button.value === "reject" || button.value === "request_changes";
    const open = button.value === "approve" && [...document.querySelectorAll("[data-answer]")].find((one) => !one.value.trim());
    if (open || (needsReason && !reason.value.trim())) {
      wanted = button;
      (open || reason).focus();
    } else {
      button.click();
    }
  };

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("textarea, input, select");
    if (field && event.key === "Escape") return field.blur();
    if (field && wanted && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return press(wanted);
    }
    const held = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    if (field || held || localStorage.getItem(OFF) === "1") return;
    const help = document.querySelector("[data-help]");
    if (event.key === "?" && help) {
      help.open = !help.open;
      return help.querySelector("summary").focus();
    }
    const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]:not([disabled])`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("button")) press(target);
    else target.click();
  });
})();
