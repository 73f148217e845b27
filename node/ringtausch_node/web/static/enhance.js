// SPDX-License-Identifier: AGPL-3.0-or-later
// Two conveniences; every page works without. No cookie is read, nothing is stored.
(() => {
  "use strict";
  // A payment on its way: fetch the whole page again and swap the marked part, as long as it says that it waits.
  const LOOK_MS = 3000;
  const look = async () => {
    const part = document.querySelector("[data-refresh]");
    if (!part) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById(part.id);
        if (fresh && fresh.innerHTML !== part.innerHTML) {
          part.replaceWith(fresh);
          document.title = page.title;
        }
      }
    } catch { /* offline: the next look may succeed */ }
    setTimeout(look, LOOK_MS);
  };
  setTimeout(look, LOOK_MS);
  // One click is enough: what was sent cannot be sent again from the same page.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));
  // Somebody who made a mistake is led to the summary.
  document.querySelector(".errors")?.focus();
})();
