// SPDX-License-Identifier: AGPL-3.0-or-later
// Five conveniences; every page works without. Each fetches a whole page and swaps its marked part, so that nothing is
// drawn in two ways. No cookie is read, nothing is stored.
(() => {
  "use strict";
  const LOOK_MS = 3000, TYPED_MS = 350;
  // The marked part of a page as it is now, put in place of the one that is shown; nothing where we are offline.
  const swap = async (part, address) => {
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (fresh && part.isConnected && fresh.innerHTML !== part.innerHTML) {
        part.replaceWith(fresh);
        return page;
      }
    } catch { /* offline: the next look may succeed */ }
  };
  // 1. A payment on its way: look again, as long as the page says that it waits.
  const look = async () => {
    const part = document.querySelector("[data-refresh]");
    if (!part) return;
    const page = await swap(part, location.href);
    if (page) document.title = page.title;
    setTimeout(look, LOOK_MS);
  };
  setTimeout(look, LOOK_MS);
  // 2. to 4. A list that follows what is typed into its search; the name of whom one is about to pay; the sum of the slips
  // typed so far. The form says which part it is about and which page knows; only the newest question counts.
  document.querySelectorAll("form[data-part]").forEach((form) => {
    let waiting = 0;
    const ask = () => {
      const part = document.getElementById(form.dataset.part);
      const typed = new FormData(form);
      const wish = new URLSearchParams(form.dataset.fields.split(" ").map((name) => [name, typed.get(name) ?? ""]));
      if (part) swap(part, `${form.dataset.page}?${wish}`);
    };
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, TYPED_MS);
    });
  });
  // 5. One click is enough: what was sent cannot be sent again from the same page. A file leaves the page as it is: after
  // a moment somebody may want it once more.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    else if ([form, event.submitter].some((each) => each?.dataset.file)) setTimeout(() => delete form.dataset.sent, LOOK_MS);
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));
  // Somebody who made a mistake is led to the summary.
  document.querySelector(".errors")?.focus();
})();
