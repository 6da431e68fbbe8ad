// "Leave this page now" is a link and works without this script. With it, the page also leaves no way back:
// it is blanked at once and its place in the browser's history is taken by the other site.
"use strict";

const link = document.querySelector("[data-leave]");

function leave(event) {
  if (event) event.preventDefault();
  document.body.hidden = true;
  document.title = "\u200e";
  window.location.replace(link.href);
}

if (link) {
  link.addEventListener("click", leave);
  // A page brought back from memory by the Back button is fetched anew.
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
}
