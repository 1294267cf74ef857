// What matters enough to whoever looks. The desk knows from when on, and when they want quiet; this asks it.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const GATHER = 800; // ms in which several become one word
  const MOST = 50;
  const can = () => "Notification" in window && isSecureContext;
  const wanted = () => Number($("#told")?.dataset.from || 6);
  const looking = (chat) => !document.hidden && $("#desk")?.dataset.chat === chat;
  const came = new Set();
  let gathering = null;

  document.addEventListener("frontdesk:scored", ({ detail }) => {
    if (detail.level < wanted() || looking(detail.chat_id)) return;
    came.add(detail.id);
    gathering ??= setTimeout(ask, GATHER);
  });
  async function ask() {
    gathering = null;
    const query = new URLSearchParams([...came].slice(-MOST).map((id) => ["message", id]));
    came.clear();
    try { await htmx.ajax("GET", `/inbox/told?${query}`, { source: "#toasts", target: "#toasts", swap: "none" }); } catch { return; }
    for (const box of document.querySelectorAll("[data-told]:not([data-called])")) call(box);
  }
  function call(box) {
    box.dataset.called = "";
    if (!document.hidden || !can() || Notification.permission !== "granted") return;
    const { title, text, told, link } = box.dataset;
    try {
      const shown = new Notification(title, { body: text, tag: told, icon: $("#favicon")?.href });
      shown.onclick = () => { focus(); shown.close(); location.assign(link); };
    } catch { /* a phone's browser leaves that to installed programs; the page shows it all the same */ }
  }

  // Whether this browser may: the page that nobody sees then keeps its connection.
  function state() {
    const now = can() ? Notification.permission : "impossible";
    document.documentElement.dataset.calls = now === "granted" && wanted() <= 5 ? "yes" : "";
    for (const part of document.querySelectorAll("[data-calls-when]")) part.hidden = part.dataset.callsWhen !== now;
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-let-call]")) Notification.requestPermission().then(state);
  });
  document.addEventListener("htmx:after:swap", state);
  state();
})();
