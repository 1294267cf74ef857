// Keeps what is on the screen equal to what a reload would show: events say that something changed, the desk says what.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const GATHER = 120; // ms in which events are gathered into one request
  const WRITING_FOR = 15000; // ms without news after which nobody writes any more
  const OVERTAKEN = 2000; // ms after a message in which a sign of writing may still be of that message
  const BRIEFLY = 4000; // ms for which such a sign is shown: who does write on renews it
  const HIDDEN_FOR = 20000; // ms after which a page that nobody sees lets go of its connection
  const chatId = () => $("#desk")?.dataset.chat || "";
  const parts = { list: refreshList, chat: refreshChat, lines: () => announce("frontdesk:lines"), alerts: () => announce("frontdesk:alerts"), reminders: () => announce("frontdesk:reminders"), calendar: () => announce("frontdesk:calendar") };
  const announce = (name) => document.body.dispatchEvent(new CustomEvent(name, { bubbles: true }));

  // One request per part at a time; what comes meanwhile asks once more.
  const due = {}, busy = {};
  function want(part) {
    if (due[part] || !navigator.onLine) return; // all is asked again when the connection is back
    due[part] = setTimeout(async () => {
      due[part] = null;
      if (busy[part]) { busy[part] = "again"; return; }
      busy[part] = "once";
      try { await parts[part](); } catch { /* the next event asks again, and the minute does */ }
      const again = busy[part] === "again";
      busy[part] = null;
      if (again) want(part);
    }, GATHER);
  }
  function everything() { for (const part of Object.keys(parts)) want(part); }

  function refreshList() {
    if (!$("#places")) return null;
    const query = new URLSearchParams(location.search);
    query.set("count", Math.min(150, Math.max(30, document.querySelectorAll(".chat-card").length)));
    query.set("refresh", "true");
    asked = location.search;
    const path = $("#list") ? `/inbox/chats?${query}` : `/inbox/rail?here=${$("#places").dataset.here}`;
    return htmx.ajax("GET", path, { source: "#places", target: "#places", swap: "none" }).then(title).then(drawWriting);
  }
  // An answer for a search that has changed meanwhile is dropped and asked for again.
  document.addEventListener("htmx:before:swap", (event) => {
    const { sourceElement, request } = event.detail.ctx;
    if (sourceElement?.id !== "places" || !request?.action.includes("refresh=true")) return;
    if (asked !== location.search) { event.preventDefault(); want("list"); }
  });
  let asked = "";
  function refreshChat() {
    const chat = chatId(), tail = $("#tail");
    if (!chat || !tail) return null;
    const query = new URLSearchParams(location.search);
    query.set("from", tail.dataset.from);
    query.set("count", tail.querySelectorAll(".message").length);
    return htmx.ajax("GET", `/inbox/chats/${chat}?${query}`, { source: "#desk", target: "#desk", swap: "none" }).then(drawWriting).then(readUp);
  }

  // Seen is not handled: reading clears the unread badge, the wait goes on until somebody answers.
  function readUp() {
    const chat = chatId(), badge = document.querySelector(`.chat-card[data-chat="${CSS.escape(chat)}"] .count`);
    if (!chat || document.hidden || !badge) return;
    htmx.ajax("POST", `/inbox/chats/${chat}/read`, { source: "#places", target: "#places", swap: "none" });
  }

  let told = false; // since a chat was asked for: what is drawn for it may be older than that
  function hear(event) {
    found();
    told = true;
    const { type, payload } = JSON.parse(event.data);
    if (type === "reload") { everything(); return; }
    if (type === "message.added" && payload.direction === "inbound") { came.set(payload.chat_id, performance.now()); wrote(payload.chat_id, null); }
    if (type.startsWith("account.")) { want("lines"); want("list"); want("chat"); return; }
    if (type.startsWith("alert.")) { want("alerts"); want("list"); want("chat"); return; }
    if (type === "appointment.changed") { want("calendar"); return; }
    if (type === "reminder.changed") { want("reminders"); want("list"); if (payload.chat_id === chatId()) want("chat"); return; }
    if (type === "personas.changed") { want("chat"); return; }
    if (type === "message.scored") document.dispatchEvent(new CustomEvent("frontdesk:scored", { detail: payload }));
    if (type === "message.scored" && payload.level < 4) return; // shown where somebody asks why
    if (type !== "message.status" && type !== "media.changed") want("list");
    if (!payload.chat_id || payload.chat_id === chatId()) want("chat");
  }

  // The open chat went into another one, or took one in: it is opened anew from its end, with what was being written.
  function moved(event) {
    found();
    const { payload } = JSON.parse(event.data);
    want("list");
    if ([payload.chat_id, payload.into].includes(chatId())) document.body.dispatchEvent(new CustomEvent("frontdesk:moved", { detail: payload, bubbles: true }));
  }

  function erased(event) {
    found();
    const { payload } = JSON.parse(event.data);
    want("list");
    if (payload.chat_id === chatId()) location.assign("/");
  }

  // Somebody writes: shown until they stop, or until nothing was heard of it for a while.
  const writing = new Map(), came = new Map(); // came: when the last message of a chat did
  function typing(event) {
    found();
    const { payload } = JSON.parse(event.data);
    wrote(payload.chat_id, payload.writing ? (payload.recording ? "recording…" : "writing…") : null);
  }
  function wrote(chat, word) {
    clearTimeout(writing.get(chat)?.ends);
    const lasts = performance.now() - (came.get(chat) ?? -Infinity) < OVERTAKEN ? BRIEFLY : WRITING_FOR;
    if (word) writing.set(chat, { word, ends: setTimeout(() => wrote(chat, null), lasts) }); else writing.delete(chat);
    drawWriting();
  }
  function drawWriting() {
    for (const sign of document.querySelectorAll("[data-writing]")) {
      const word = writing.get(sign.dataset.writing)?.word || "";
      sign.hidden = !word;
      if (sign.textContent !== word) sign.textContent = word;
    }
  }

  // The connection, and the strip that says when it is gone: only the stream knows, one failed request says nothing about it.
  const TYPES = ["message.added", "message.status", "message.changed", "message.scored", "chat.changed", "account.state", "account.qr", "turn.started", "turn.finished", "media.changed", "alert.raised", "alert.changed", "reminder.changed", "appointment.changed", "personas.changed", "agent.paused", "reload"];
  let source = null, lost = false, retry = null, hiding = null, polling = null;
  function connect() {
    if (source || document.hidden) return;
    source = new EventSource("/api/v1/events");
    for (const type of TYPES) source.addEventListener(type, hear);
    source.addEventListener("contact.typing", typing);
    source.addEventListener("chat.merged", moved);
    source.addEventListener("chat.erased", erased);
    source.onopen = () => {
      clearTimeout(retry);
      found();
      everything();
    };
    source.onerror = () => {
      trouble();
      if (source && source.readyState === EventSource.CLOSED) { source = null; clearTimeout(retry); retry = setTimeout(again, 3000); }
    };
  }
  async function again() {
    try {
      const answer = await fetch("/inbox/pulse", { redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect" || answer.status === 401) { location.reload(); return; }
    } catch { retry = setTimeout(again, 3000); return; }
    connect();
  }
  function trouble() {
    lost = true;
    setTimeout(() => { if (lost) strip(navigator.onLine ? "reconnecting" : "offline", navigator.onLine ? "Reconnecting…" : "You are offline. This page shows what was known last."); }, 800);
  }
  function found() {
    if (!lost || !navigator.onLine || source?.readyState !== EventSource.OPEN) return;  // what was under way may still come
    lost = false;
    if ($("#strip")?.dataset.state === "ok") return;
    strip("back", "Connected again");
    setTimeout(() => { if (!lost) strip("ok", ""); }, 2500);
  }
  function strip(state, words) {
    const box = $("#strip");
    if (!box || box.dataset.state === state) return;
    box.dataset.state = state;
    if (words) $("#strip-words").textContent = words;
  }
  function letGo() {
    source?.close();
    source = null;
    clearInterval(polling);
    polling = setInterval(refreshList, 60000);
  }
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) { if (!document.documentElement.dataset.calls) hiding = setTimeout(letGo, HIDDEN_FOR); return; }
    clearInterval(polling);
    if (source) readUp(); else connect();
  });
  addEventListener("online", () => { source?.close(); source = null; connect(); });
  addEventListener("offline", trouble);
  // With the sign-in ends the stream, and all that was asked for: a refusal that came now would lead astray.
  const underWay = new Set();
  let leaving = false;
  document.addEventListener("htmx:before:request", (event) => {
    if (leaving) event.preventDefault(); else underWay.add(event.detail.ctx.request);
  });
  document.addEventListener("htmx:finally:request", (event) => underWay.delete(event.detail.ctx.request));
  document.addEventListener("submit", (event) => {
    if (!event.target.matches('[action="/sign-out"]')) return;
    leaving = true;
    for (const request of underWay) request.abort();
    letGo();
  });
  addEventListener("pagehide", () => { source?.close(); source = null; });
  addEventListener("pageshow", (event) => { if (event.persisted) { leaving = false; connect(); } });

  // The number of people who wait: in the title and on the icon of the tab.
  function title() {
    const count = Number($("#waiting")?.dataset.count || 0);
    const bare = document.title.replace(/^\(\d+\+?\) /, "");
    document.title = count ? `(${count > 99 ? "99+" : count}) ${bare}` : bare;
    badge(count);
  }
  let plain = null, drawn = -1;
  function badge(count) {
    const link = $("#favicon");
    if (!link || drawn === Math.min(count, 10)) return;
    plain ??= link.href;
    drawn = Math.min(count, 10);
    if (!count) { link.href = plain; return; }
    const image = new Image();
    image.onload = () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 }), pen = canvas.getContext("2d");
      pen.drawImage(image, 0, 0, 64, 64);
      pen.fillStyle = "#c0392b";
      pen.beginPath(); pen.arc(46, 18, 18, 0, 7); pen.fill();
      pen.fillStyle = "#fff"; pen.font = "bold 24px sans-serif"; pen.textAlign = "center"; pen.textBaseline = "middle";
      pen.fillText(count > 9 ? "9+" : String(count), 46, 19);
      link.href = canvas.toDataURL("image/png");
    };
    image.src = plain;
  }

  document.addEventListener("frontdesk:stale", () => { want("chat"); want("list"); });
  document.addEventListener("frontdesk:answered", found);
  document.addEventListener("htmx:before:request", (event) => {
    const { sourceElement, request } = event.detail.ctx;
    if (sourceElement?.matches?.(".chat-card") || request.headers["HX-History-Restore-Request"]) told = false;
  });
  document.addEventListener("frontdesk:opened", () => { title(); drawWriting(); if (told) want("chat"); setTimeout(readUp, 400); });
  setInterval(() => { if (!document.hidden) { want("list"); want("chat"); } }, 60000); // times move on, and a dead connection shows
  title();
  readUp();
  connect();
})();
