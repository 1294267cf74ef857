// The page with the code: counts down, asks when the next code is late, and keeps the keyboard's place.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const GRACE = 6500; // ms after the end in which the next code may come; then the desk says that it has run out
  let shown = "", ends = 0, asked = false;

  function read() {
    const clock = $("[data-clock]");
    if (!clock) { shown = ""; return; }
    const now = `${clock.dataset.of} ${clock.dataset.left}`;
    if (now === shown) return;
    shown = now;
    ends = performance.now() + Number(clock.dataset.left); // by this browser's own clock: it may stand otherwise than the desk's
    asked = false;
    paint();
  }
  function paint() {
    const clock = $("[data-clock]");
    if (!clock) return;
    const left = Math.max(0, ends - performance.now()), seconds = Math.ceil(left / 1000);
    clock.querySelector("[data-seconds]").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    clock.querySelector(".left").style.strokeDashoffset = String(100 - (100 * left) / Number(clock.dataset.lasts));
    clock.classList.toggle("soon", left < 5000);
    $(".link-card")?.classList.toggle("over", left <= 0);
    if (performance.now() > ends + GRACE && !asked && !document.hidden) { asked = true; ask(); }
  }
  const ask = () => document.body.dispatchEvent(new CustomEvent("frontdesk:lines", { bubbles: true }));

  // What is drawn anew does not know why the last number was refused: that stays until another one is given.
  let inside = false, refused = null;
  document.addEventListener("htmx:before:swap", (event) => {
    inside = Boolean(document.activeElement?.closest?.("#linking"));
    refused = event.detail.ctx.sourceElement?.matches?.("[data-looks]") ? $("#pair-fault") : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    read();
    if (refused && !refused.isConnected) { refused.removeAttribute("role"); $("#pair")?.prepend(refused); } // it was read aloud once
    if (inside && document.activeElement === document.body) $("#linking [data-focus]")?.focus({ preventScroll: true });
  });
  document.addEventListener("visibilitychange", paint);
  setInterval(paint, 250);
  read();
})();
