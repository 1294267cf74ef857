// What a page does by itself: theme, keys, menus, scrolling, the composer. No page needs it to be read.
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Theme: as the system, light, dark.
  function nextTheme() {
    const root = document.documentElement;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const order = dark ? ["", "light", "dark"] : ["", "dark", "light"];
    const next = order[(order.indexOf(root.dataset.theme || "") + 1) % 3];
    if (next) root.dataset.theme = next; else delete root.dataset.theme;
    document.cookie = `frontdesk_theme=${next}; path=/; max-age=${next ? 31536000 : 0}; samesite=lax`;
    toast(next ? `Theme: ${next}` : "Theme: as the system");
  }

  function toast(text, bad = false) {
    const place = $("#toasts");
    if (!place) return;
    const box = document.createElement("div");
    box.className = "toast";
    box.dataset.toast = "";
    box.setAttribute("role", bad ? "alert" : "status");
    box.append(Object.assign(document.createElement("span"), { textContent: text }));
    place.append(box);
    settleToasts();
  }
  function settleToasts() {
    for (const box of $$("[data-toast]:not([data-timed])")) {
      box.dataset.timed = "";
      setTimeout(() => box.remove(), box.getAttribute("role") === "alert" ? 9000 : 4000);
    }
  }

  // Countdowns: <span data-until="unix ms">. A moment that has passed asks for the chat again.
  function countdown() {
    for (const span of $$("[data-until]")) {
      const left = Number(span.dataset.until) - Date.now() + skew;
      if (left <= 0) {
        if (span.dataset.refresh !== undefined && !span.dataset.over) { span.dataset.over = "1"; emit("frontdesk:stale"); }
        span.textContent = span.dataset.past || "";
        continue;
      }
      const minutes = Math.floor(left / 60000);
      span.textContent = minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min`
        : minutes >= 10 ? `${minutes} min` : `${minutes}:${String(Math.floor((left % 60000) / 1000)).padStart(2, "0")}`;
    }
  }
  let skew = 0; // this browser's clock against the desk's
  function measure(response) {
    const date = response && response.headers.get("date");
    if (date) { const off = Date.now() - Date.parse(date); skew = Math.abs(off) > 5000 ? off : 0; }
  }

  const emit = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));

  // The thread: stays at its end while one is there, and keeps its place when older messages come or something opens in it.
  const atEnd = (thread) => thread.scrollHeight - thread.scrollTop - thread.clientHeight < 96;
  const topOf = (element) => element.getBoundingClientRect().top;
  const reading = (thread) => $$(".why[open]", thread).some((why) => why.getBoundingClientRect().bottom > topOf(thread)); // a reason is open in sight
  let held = null, pinned = true, place = 0; // pinned: the person is at the end; only scrolling up ends it, never a thread that grows
  function remember({ sourceElement, target }) {
    const thread = $("#thread");
    if (!thread) { held = null; return; }
    notice(thread);
    const line = topOf(thread), anchor = $$(".message", thread).find((message) => message.getBoundingClientRect().bottom > line);
    held = {
      thread, end: pinned && !reading(thread), chat: chatId(), count: $$("#tail .message").length, older: Boolean(sourceElement?.matches?.("[data-older]")),
      reasons: target?.closest?.(".reasons"), anchor, top: anchor && topOf(anchor),
    };
  }
  function settle() {
    const thread = $("#thread");
    if (!thread) return;
    if (held?.thread === thread) notice(thread);
    hideDoubleDays();
    if (!held || held.chat !== chatId()) toStart(thread);
    else if (held.older) { if (held.anchor?.isConnected) thread.scrollTop += topOf(held.anchor) - held.top; }
    else if (held.reasons) { held.reasons.closest(".why")?.scrollIntoView({ block: "nearest" }); stand(thread); }
    else if (held.end && pinned) thread.scrollTop = thread.scrollHeight;
    else if ($$("#tail .message").length > held.count) $("[data-to-end]")?.classList.add("primary"); // something new is below
    showToEnd();
  }
  function toStart(thread) {
    thread.scrollTop = thread.scrollHeight;
    const line = $("#unread");
    if (line && line.offsetTop < thread.scrollTop) thread.scrollTop = line.offsetTop - 48;
    stand(thread);
  }
  function stand(thread) {
    pinned = atEnd(thread);
    place = thread.scrollTop;
  }
  function hideDoubleDays() {
    let last = "";
    for (const day of $$("#thread .day")) {
      day.classList.toggle("double", day.dataset.day === last);
      last = day.dataset.day;
    }
  }
  // What a hand has done to the thread is asked for before it is moved: the browser tells of a scroll a frame later.
  function notice(thread) {
    if (atEnd(thread)) pinned = true; else if (thread.scrollTop < place - 1) pinned = false;
    place = thread.scrollTop;
  }
  function showToEnd() {
    const thread = $("#thread"), button = $("[data-to-end]");
    if (!thread || !button) return;
    notice(thread);
    button.hidden = atEnd(thread);
    if (button.hidden) button.classList.remove("primary");
  }
  // The thread gets smaller when the composer grows: whoever was at its end stays there.
  const sizes = new ResizeObserver(() => {
    const thread = $("#thread");
    if (!thread) return;
    notice(thread);
    if (pinned && !reading(thread)) thread.scrollTop = thread.scrollHeight;
    showToEnd();
  });
  function watchSize() {
    sizes.disconnect();
    if ($("#thread")) sizes.observe($("#thread"));
  }
  function jump(id) {
    const target = document.getElementById(id);
    if (!target) { toast("That message is further up. Scroll up to load it."); return; }
    target.scrollIntoView({ block: "center" });
    target.classList.add("found");
    setTimeout(() => target.classList.remove("found"), 1700);
  }

  // The chat list.
  const chatId = () => $("#desk")?.dataset.chat || "";
  function mark() {
    const open = here();
    for (const card of $$(".chat-card")) {
      if (card.dataset.chat === open) card.setAttribute("aria-current", "true"); else card.removeAttribute("aria-current");
    }
  }
  function step(by) {
    const cards = $$(".chat-card");
    if (!cards.length) return;
    const at = cards.findIndex((card) => card.dataset.chat === here());
    const next = cards[at < 0 ? (by > 0 ? 0 : cards.length - 1) : Math.min(Math.max(at + by, 0), cards.length - 1)];
    next.scrollIntoView({ block: "nearest" });
    if (next.dataset.chat !== here()) next.click();
  }

  // The chat asked for last. Until it is on the screen the one before takes no words, and what is typed waits for the one to come.
  let asked = null; // { chat, by }: by is the request that brings it
  const here = () => asked ? asked.chat : chatId();
  const early = Object.assign(document.createElement("textarea"), { className: "unseen", tabIndex: -1, autocomplete: "off" });
  early.dataset.early = "";
  function ask(chat, name) {
    keepDraft();
    keepEarly();
    asked = { chat, by: null };
    $("#desk").inert = true;
    mark();
    if (!chat || matchMedia("(pointer: coarse)").matches) return;
    early.setAttribute("aria-label", `Write to ${name}`);
    if (!early.isConnected) document.body.append(early);
    early.focus({ preventScroll: true });
  }
  function keepEarly() {
    if (asked?.chat && early.value) keep(asked.chat, (drafts.get(asked.chat) || "") + early.value);
    early.value = "";
  }
  // Whether it came or not: the words go to the chat they were typed for.
  function asksNoMore() {
    const desk = $("#desk"), active = document.activeElement;
    desk.inert = false;
    const elsewhere = active !== early && active?.matches("input, select, textarea") && !desk.contains(active);
    if (!elsewhere && !matchMedia("(pointer: coarse)").matches) $("#text")?.focus({ preventScroll: true });
    keepEarly(); // after the focus has moved: what an input method still held is written by then
    asked = null;
    early.remove();
    bringDraft();
    mark();
  }

  // The composer: unsent words stay with their chat.
  const DRAFTS = "frontdesk-drafts";
  const drafts = new Map(kept());
  let signedOut = false; // what still comes in while the page goes must not keep them again
  function kept() {
    try { return JSON.parse(sessionStorage.getItem(DRAFTS)) || []; } catch { return []; }
  }
  function keep(chat, words) {
    if (words) drafts.set(chat, words); else drafts.delete(chat);
    if (signedOut) return;
    try { sessionStorage.setItem(DRAFTS, JSON.stringify([...drafts])); } catch { /* no storage: kept while this page is open */ }
  }
  function forgetDrafts() {
    signedOut = true;
    try { sessionStorage.removeItem(DRAFTS); } catch { /* as above */ }
  }
  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return "key_" + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  function keepDraft() {
    const text = $("#text"), chat = $("#composer")?.dataset.chat;
    if (text && chat) keep(chat, text.value);
  }
  function bringDraft() {
    const text = $("#text"), chat = $("#composer")?.dataset.chat;
    if (!text || text.value || !drafts.has(chat)) return;
    text.value = drafts.get(chat);
    text.setSelectionRange(text.value.length, text.value.length);
    fit(text);
  }
  // The chat is gone into another one: its words go there too.
  function follow({ chat_id, into }) {
    keepDraft();
    keep(into, [drafts.get(into), drafts.get(chat_id)].filter(Boolean).join("\n"));
    keep(chat_id, "");
    $("#text")?.remove(); // what is kept is in the other chat now
    location.replace(`/chats/${into}${location.search}`);
  }
  function fit(text) {
    if (CSS.supports("field-sizing", "content")) return;
    text.rows = Math.min(8, Math.max(1, text.value.split("\n").length));
  }
  // What is being sent leaves the field at once, and comes back with its key when it was not taken.
  function sending(ctx) {
    const text = $("#text"), key = $("[data-key]"), chat = $("#composer").dataset.chat;
    if (chat !== here()) { toast("Not sent: another chat is opening. Your words are kept.", true); return false; }
    ctx.unsent = { chat, text: text.value, key: key.value };
    text.value = "";
    fit(text);
    keep(chat, "");
    key.value = newKey();
    const thread = $("#thread");
    if (thread) thread.scrollTop = thread.scrollHeight;
    return true;
  }
  function sent() {
    for (const slot of $$("#write .slot")) slot.replaceChildren();
    const file = $("[data-file]");
    if (file) file.value = "";
  }
  function notSent({ chat, text, key }, reason) {
    if (!reason) toast("Not sent. Your words are still here.", true);
    const field = chatId() === chat && $("#text");
    if (!field) { keep(chat, [text, drafts.get(chat)].filter(Boolean).join("\n")); return; }
    if (!field.value) $("[data-key]").value = key; // the same words again are the same message
    field.value = [text, field.value].filter(Boolean).join("\n");
    fit(field);
    keepDraft();
  }
  function attached(input) {
    const slot = $("[data-attached]"), file = input.files[0];
    slot.replaceChildren();
    if (!file) return;
    const box = Object.assign(document.createElement("div"), { className: "attached" });
    const name = Object.assign(document.createElement("span"), { className: "cut grow", textContent: file.name });
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "button quiet s", textContent: "Remove" });
    drop.addEventListener("click", () => { input.value = ""; slot.replaceChildren(); $("#text")?.focus(); });
    box.append(name, drop);
    slot.append(box);
    $("#text")?.focus();
  }
  function take(files) {
    const input = $("[data-file]");
    if (!input || !files.length) return;
    const carry = new DataTransfer();
    carry.items.add(files[0]);
    input.files = carry.files;
    attached(input);
  }

  function replyTo(button) {
    const slot = $("[data-replying]"), bubble = document.getElementById(button.dataset.reply);
    if (!slot) { toast("Nothing can be written here now", true); return; }
    const box = Object.assign(document.createElement("div"), { className: "replying" });
    const words = bubble && ($(".text", bubble)?.textContent.trim() || $(".file b", bubble)?.textContent) || "this message";
    const text = Object.assign(document.createElement("span"), { className: "cut grow", textContent: `${button.dataset.replyBy}: ${words}` });
    const id = Object.assign(document.createElement("input"), { type: "hidden", name: "reply_to", value: button.dataset.reply });
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "button quiet s", textContent: "Do not quote" });
    drop.addEventListener("click", () => { slot.replaceChildren(); $("#text")?.focus(); });
    box.append(text, drop, id);
    slot.replaceChildren(box);
    $("#text")?.focus();
  }

  // On a narrow screen the contact panel lies over the chat: the focus goes into it, and back to where it was.
  const narrow = () => matchMedia("(max-width: 80rem)").matches;
  let opener = null;
  function openPanel(desk) {
    opener = document.activeElement;
    desk.classList.add("open");
    $("#side [data-panel]")?.focus();
  }
  function closePanel() {
    $("#desk").classList.remove("open");
    const back = opener?.isConnected && opener !== document.body ? opener : $("#text") || $("#chat-head [data-panel]");
    opener = null;
    back?.focus({ preventScroll: true });
  }
  function panel() {
    const desk = $("#desk");
    if (!desk) return;
    if (narrow()) { if (desk.classList.contains("open")) closePanel(); else openPanel(desk); }
    else {
      const closed = desk.classList.toggle("closed");
      try { localStorage.setItem("frontdesk-panel", closed ? "closed" : "open"); } catch { /* no storage: not remembered */ }
    }
  }
  function arrange() {
    let closed = false;
    try { closed = localStorage.getItem("frontdesk-panel") === "closed"; } catch { /* as above */ }
    $("#desk")?.classList.toggle("closed", closed);
  }
  function closeMenus(but) {
    for (const menu of $$("details.menu[open]")) if (menu !== but) menu.open = false;
  }

  function reveal() {
    for (const box of $$("[data-reveal]")) for (const field of $$("[data-secret]", box.form)) field.type = box.checked ? "text" : "password";
  }

  // Clicks
  document.addEventListener("click", (event) => {
    const card = event.target.closest?.(".chat-card");
    if (card && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) ask(card.dataset.chat, $(".name", card)?.textContent);
  }, { capture: true }); // before the request starts
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest?.(selector);
    closeMenus(on("details.menu"));
    if (on(".menu .choice")) closeMenus();
    if (on("[data-theme-switch]")) nextTheme();
    if (on("[data-dismiss]")) on("[data-toast]").remove();
    if (on("[data-open]")) $("#" + on("[data-open]").dataset.open)?.showModal();
    if (on("[data-close]")) on("dialog").close();
    if (on("[data-panel]")) panel();
    if (on("[data-to-end]")) { const thread = $("#thread"); thread.scrollTop = thread.scrollHeight; }
    if (on("[data-reply]")) replyTo(on("[data-reply]"));
    if (on("[data-jump]")) { event.preventDefault(); jump(on("[data-jump]").dataset.jump); }
    if (on("[data-copy]")) navigator.clipboard?.writeText(on("[data-copy]").dataset.copy).then(() => toast("Copied"), () => toast("Copy it by hand: the browser refused", true));
    if (event.target.matches?.("dialog")) event.target.close();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-file]")) attached(event.target);
    if (event.target.matches("[data-reveal]")) reveal();
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "text") { fit(event.target); keepDraft(); }
  });
  document.addEventListener("toggle", (event) => { if (event.target.matches?.(".why")) showToEnd(); }, { capture: true });
  document.addEventListener("scroll", (event) => { if (event.target.id === "thread") showToEnd(); }, { capture: true, passive: true });
  document.addEventListener("paste", (event) => {
    if (event.target.id === "text" && event.clipboardData?.files.length) { event.preventDefault(); take(event.clipboardData.files); }
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const desk = event.target.closest?.("#desk");
      if (!desk || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      desk.classList.toggle("dropping", name === "dragover");
      if (name === "drop") take(event.dataTransfer.files);
    });
  }

  // Keys
  const shortcuts = {
    n: () => $("#new-chat")?.click(), j: () => step(1), k: () => step(-1), l: () => $("#text")?.focus(), o: panel,
    t: () => { if (!asked) $("#holding")?.click(); }, e: () => { if (!asked) $("#resolve")?.click(); },
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.target === early && event.key === "Escape") return;
    if (event.target === early && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (early.value.trim()) toast("Not sent: the chat is still opening. Your words are kept.", true);
    } else if (event.key === "Enter" && event.target.matches("#text, [data-enter-sends]") && !event.shiftKey && !event.isComposing && !matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
      if (event.target.value.trim() || $("[data-file]")?.files.length) event.target.form.requestSubmit();
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      if ($("#q")) { event.preventDefault(); $("#q").select(); }
    } else if (event.altKey && !event.ctrlKey && !event.metaKey && shortcuts[event.code.replace("Key", "").toLowerCase()]) {
      event.preventDefault();
      shortcuts[event.code.replace("Key", "").toLowerCase()]();
    } else if (event.key === "?" && !typing) {
      $("#shortcuts")?.showModal();
    } else if (event.key === "Escape") {
      const menu = $("details.menu[open]");
      if (menu) { menu.open = false; $("summary", menu)?.focus(); }
      else if ($("#desk.open")) closePanel();
      else if (event.target.id === "q" && event.target.value) { event.target.value = ""; event.target.dispatchEvent(new Event("input", { bubbles: true })); }
      else if (typing) event.target.blur();
    }
  });

  // htmx
  document.addEventListener("htmx:config:request", (event) => {
    const { request, sourceElement } = event.detail.ctx, tail = $("#tail");
    if (sourceElement?.id === "write" && !sending(event.detail.ctx)) { event.preventDefault(); return; }
    if (request.method === "POST" && tail) request.headers["X-Shown"] = `${tail.dataset.from} ${$$("#tail .message").length}`;
  });
  document.addEventListener("htmx:after:request", (event) => {
    const response = event.detail.ctx.response;
    measure(response?.raw);
    if (response?.status < 300) emit("frontdesk:answered");
  });
  document.addEventListener("htmx:before:swap", (event) => {
    keepDraft();
    remember(event.detail.ctx);
  });
  document.addEventListener("htmx:before:settle", settle);
  document.addEventListener("htmx:after:swap", (event) => {
    settle();
    mark();
    reveal();
    settleToasts();
    countdown();
    if ($("#desk") !== present || chatId() !== shown) { present = $("#desk"); shown = chatId(); opened(); }
  });
  // What a person asked for and got no answer to. What the page asks by itself is asked again, and a send says so by itself.
  document.addEventListener("htmx:error", (event) => {
    const ctx = event.detail.ctx;
    if (!ctx || ctx.response || ctx.unsent || ctx.sourceElement?.matches?.("#places, #desk, body")) return;
    toast("No answer came from the desk. Try again.", true);
  });
  document.addEventListener("frontdesk:sent", sent);
  document.addEventListener("frontdesk:moved", (event) => follow(event.detail));
  document.addEventListener("htmx:before:request", (event) => {
    const { sourceElement, request } = event.detail.ctx;
    if (asked && (sourceElement?.dataset?.chat === asked.chat && sourceElement.matches(".chat-card") || request.headers["HX-History-Restore-Request"])) asked.by = event.detail.ctx;
  });
  document.addEventListener("htmx:before:history:restore", (event) => {
    if ($("#desk")) ask(event.detail.path.match(/^\/chats\/([^/?#]+)/)?.[1] || "", "this chat");
  });
  document.addEventListener("submit", (event) => { if (event.target.matches('[action="/sign-out"]')) forgetDrafts(); });
  document.addEventListener("htmx:finally:request", (event) => {
    const { sourceElement: form, unsent, response, text } = event.detail.ctx;
    if (unsent && !(response?.status < 400)) notSent(unsent, text?.includes("data-toast"));
    if (asked?.by === event.detail.ctx) asksNoMore(); // it did not come
    if (form?.matches?.("[data-clears]") && response?.status < 400) form.reset();
  });
  let present = $("#desk"), shown = chatId();
  function opened() {
    arrange();
    watchSize();
    if (asked && asked.chat !== chatId()) $("#desk").inert = true; else asksNoMore();
    const name = $("#chat-head h2 .cut")?.textContent;
    document.title = name ? `${name} · Frontdesk` : "Inbox · Frontdesk";
    emit("frontdesk:opened");
  }

  arrange();
  bringDraft();
  settle();
  watchSize();
  countdown();
  settleToasts();
  setInterval(countdown, 1000);
})();
