// The phone page: sends what is typed, tapped or recorded, and draws what the server reports.
"use strict";

const $ = (selector, inside = document) => inside.querySelector(selector);
const $$ = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const base = document.body.dataset.base;
const post = (url, fields) => {
  const body = fields instanceof FormData ? fields : new FormData();
  if (body !== fields) for (const [name, value] of Object.entries(fields || {})) body.append(name, value);
  return fetch(url, { method: "POST", body });
};

function complain(sentence, place = $("#wrong")) {
  if (!place) return;
  place.textContent = sentence || "";
  place.hidden = !sentence;
}

const UNREACHABLE = "Frontdesk cannot be reached. What you wrote is still here: try again in a moment.";

// Forms that are sent without leaving the page

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-post]");
  if (!form) return;
  event.preventDefault();
  const place = $(".wrong", form) || $(".wrong", form.closest(".panel") || document);
  complain("", place);
  try {
    const answer = await post(form.action, new FormData(form));
    if (!answer.ok) return complain(await answer.text(), place);
    if ("go" in form.dataset) return location.assign(await answer.text());
    if ("reset" in form.dataset) form.reset();
  } catch {
    complain("Frontdesk cannot be reached. Try again in a moment.", place);
  }
});

if (base) run();

function run() {
  const thread = $("#thread"), scroll = $("#scroll"), say = $("#say"), composer = $("#composer");
  const jump = $("#jump"), typing = $("#typing"), presence = $("#presence"), offline = $("#offline");
  let quote = "", picked = null, lookSoon = 0;

  // The thread

  const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; jump.hidden = true; };

  function parse(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
  }

  const RANK = { refused: 1, sent: 1, delivered: 2, read: 3, played: 4 };
  const rank = (bubble) => RANK[bubble.dataset.status] || 0;

  function place(html) {
    const known = new Map($$(".bubble", thread).map((bubble) => [bubble.dataset.wamid, bubble]));
    const stay = atEnd();
    let fresh = false, mine = false;
    for (const bubble of $$(".bubble", parse(html))) {
      const old = known.get(bubble.dataset.wamid);
      if (old) {
        if (rank(bubble) < rank(old)) continue; // an answer that was overtaken by newer word
        if (old.outerHTML !== bubble.outerHTML) replace(old, bubble);
      } else {
        thread.append(bubble);
        fresh = true;
        mine = mine || bubble.classList.contains("mine");
      }
      waitForPicture(bubble);
    }
    $(".welcome").hidden = Boolean($(".bubble", thread));
    days();
    dropAsked();
    if (fresh && (stay || mine)) toEnd();
    else if (fresh) jump.hidden = false;
    else if (stay) toEnd();
    lookLater();
  }

  function replace(old, bubble) {
    if (old.innerHTML === bubble.innerHTML || $("dialog[open]", old)) { // an open list stays open
      old.className = bubble.className;
      old.dataset.status = bubble.dataset.status;
      return;
    }
    const inside = old.contains(document.activeElement);
    const playing = $(".voice.playing", old);
    if (playing) $(".voice", bubble)?.replaceWith(playing);
    const kept = []; // what is shown is not fetched again, nor in another document for a moment, which would blank it
    for (const picture of $$("img", bubble)) {
      const shown = $$("img", old).find((one) => one.naturalWidth && one.outerHTML === picture.outerHTML);
      if (!shown) continue;
      const gap = document.createComment("");
      picture.replaceWith(gap);
      kept.push([gap, shown]);
    }
    old.replaceWith(bubble);
    for (const [gap, shown] of kept) gap.replaceWith(shown);
    if (inside) say.focus();
  }

  function waitForPicture(bubble) {
    for (const picture of $$("img", bubble)) {
      if (!picture.complete) picture.addEventListener("load", () => { if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 400) toEnd(); }, { once: true });
    }
  }

  async function explainMissing(picture) { // files do not outlive a restart, and some never were pictures
    const frame = picture.closest(".picture");
    frame.classList.add("gone");
    const answer = await fetch(picture.src).catch(() => null);
    answer?.body?.cancel();
    frame.dataset.why = answer?.ok ? "This file cannot be shown as a photo" : "Photo no longer kept";
  }
  document.addEventListener("error", (event) => {
    if (event.target.matches?.(".picture img")) explainMissing(event.target);
  }, true);
  $$(".picture img", thread).forEach((picture) => { if (picture.complete && !picture.naturalWidth) explainMissing(picture); });

  function days() {
    $$(".day", thread).forEach((line) => line.remove());
    let day = "";
    for (const bubble of $$(".bubble", thread)) {
      if (bubble.dataset.day === day) continue;
      day = bubble.dataset.day;
      const line = document.createElement("p");
      line.className = "day";
      line.textContent = day;
      bubble.before(line);
    }
  }

  function lookLater() {
    if (document.hidden || !$('.theirs[data-status="delivered"]', thread)) return;
    clearTimeout(lookSoon);
    lookSoon = setTimeout(() => post(`${base}/look`).catch(() => {}), 350);
  }

  let ended = true;
  scroll.addEventListener("scroll", () => {
    ended = atEnd();
    if (ended) jump.hidden = true;
  });
  new ResizeObserver(() => { if (ended) toEnd(); }).observe(scroll);
  jump.addEventListener("click", toEnd);
  document.addEventListener("visibilitychange", lookLater);

  function showTyping(on) {
    const stay = atEnd();
    typing.hidden = !on;
    presence.textContent = on ? "writing …" : presence.dataset.rest;
    presence.classList.toggle("writing", on);
    if (stay) toEnd();
  }

  // What the server reports

  const HIDDEN_FOR = 20000; // ms after which a page that nobody sees lets go of its connection
  let source = null, cut = false, hiding = 0;
  const reread = async () => {
    const answer = await fetch(`${base}/bubbles`).catch(() => null);
    if (answer?.ok) place(await answer.text());
    else if (answer?.status === 404) location.assign("/phone");
  };
  const hears = {
    bubbles: place,
    typing: showTyping,
    people: (html) => redraw($("#people"), html),
    curtain: (html) => redraw($("#curtain-state"), html),
    lost: reread,
  };

  function connect() {
    if (source || document.hidden) return;
    const events = source = new EventSource(`${base}/events`);
    for (const [name, draw] of Object.entries(hears)) events.addEventListener(name, (event) => draw(JSON.parse(event.data)));
    events.addEventListener("open", () => {
      offline.hidden = true;
      cut = false;
    });
    events.addEventListener("error", () => {
      cut = true;
      setTimeout(() => { offline.hidden = !cut || source !== events; }, 1200);
      if (events.readyState === EventSource.CLOSED) setTimeout(() => { if (source === events) location.reload(); }, 4000);
    });
  }
  function letGo() { // a browser has six connections for all pages of a site
    source?.close();
    source = null;
  }
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(letGo, HIDDEN_FOR);
    else connect();
  });
  addEventListener("pagehide", letGo);
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });

  const newest = new Map();
  function redraw(part, html) {
    newest.set(part, html);
    if (part.matches(":active")) { // what a finger is on stays until it is let go, or the click would go nowhere
      setTimeout(() => newest.get(part) === html && redraw(part, html), 50);
      return;
    }
    const active = part.contains(document.activeElement) ? $$("a,button,input", part).indexOf(document.activeElement) : -1;
    part.replaceChildren(parse(html));
    if (active >= 0) $$("a,button,input", part)[active]?.focus();
  }

  // Writing

  const ready = () => say.value.trim() !== "" || picked;
  const refresh = () => {
    composer.classList.toggle("has-text", Boolean(ready()));
    if (!CSS.supports("field-sizing", "content")) say.rows = Math.min(6, say.value.split("\n").length);
  };
  say.addEventListener("input", refresh);
  say.addEventListener("keydown", (event) => {
    const touch = matchMedia("(pointer: coarse)").matches;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !touch) {
      event.preventDefault();
      composer.requestSubmit();
    }
    if (event.key === "Escape") { unquote(); unpick(); }
  });
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    if (ready()) sendWritten();
  });

  async function sendWritten() {
    const text = say.value, file = picked;
    const form = new FormData();
    form.append("text", text);
    if (quote) form.append("quote", quote);
    if (file) form.append("file", file, file.name);
    say.value = "";
    unpick();
    if (!(await deliver(form))) {
      if (!say.value) say.value = text;
      if (file && !picked) pick(file);
    } else unquote();
    refresh();
  }

  async function deliver(form) {
    complain("");
    try {
      const answer = await post(`${base}/send`, form);
      if (!answer.ok) { complain(await answer.text()); return false; }
      place(await answer.text());
      return true;
    } catch {
      complain(UNREACHABLE);
      return false;
    }
  }

  $$("[data-say]").forEach((chip) => chip.addEventListener("click", () => {
    const form = new FormData();
    form.append("text", chip.dataset.say);
    deliver(form);
    say.focus({ preventScroll: true });
  }));

  function dropAsked() {
    const row = $(".chips"), asked = new Set($$(".mine .text", thread).map((text) => text.textContent.trim()));
    if (!row) return;
    $$(".chip", row).forEach((chip) => { if (asked.has(chip.dataset.say)) chip.remove(); });
    row.hidden = !$(".chip", row);
  }

  // Quoting, reacting, tapping

  function unquote() {
    quote = "";
    $("#quote").hidden = true;
  }

  thread.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    const bubble = event.target.closest(".bubble");
    if (!button || !bubble) return;
    const wamid = bubble.dataset.wamid;
    if ("play" in button.dataset) return play(button);
    if ("sheet" in button.dataset) return openSheet($("dialog", bubble), button);
    if ("reply" in button.dataset) {
      quote = wamid;
      $("#quote b").textContent = button.dataset.author;
      $("#quote .quote span").textContent = button.dataset.reply;
      $("#quote").hidden = false;
      return say.focus();
    }
    if ("react" in button.dataset) return press("react", { wamid, emoji: button.dataset.react });
    if ("tap" in button.dataset) {
      $("dialog[open]", bubble)?.close();
      press("tap", { wamid, choice: button.dataset.tap });
    }
  });
  async function press(act, fields) {
    complain("");
    try {
      const answer = await post(`${base}/${act}`, fields);
      if (answer.ok) place(await answer.text());
      else complain(await answer.text());
    } catch {
      complain(UNREACHABLE);
    }
  }
  $("[data-unquote]").addEventListener("click", unquote);

  function openSheet(sheet, opener) { // not modal, so that it stays inside the phone
    const around = $$(".head, .chips, .composer");
    around.forEach((part) => { part.inert = true; });
    sheet.show();
    $(".row", sheet)?.focus();
    sheet.onclose = () => {
      around.forEach((part) => { part.inert = false; });
      opener.focus();
    };
    sheet.onkeydown = (event) => {
      const rows = $$("button", sheet), at = rows.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] || (event.key === "Tab" ? (event.shiftKey ? -1 : 1) : 0);
      if (event.key === "Escape") sheet.close();
      if (!step && event.key !== "Escape") return;
      event.preventDefault();
      if (step) rows[(at + step + rows.length) % rows.length].focus();
    };
  }
  document.addEventListener("pointerdown", (event) => {
    const open = $("dialog[open]", thread);
    if (open && !open.contains(event.target)) { event.preventDefault(); open.close(); }
  });

  // Files

  const accepts = { image: "image/jpeg,image/png,image/webp", audio: "audio/*", document: ".pdf,.txt,.doc,.docx,.xls,.xlsx,.ppt,.pptx" };
  const input = $("#file");
  $$("[data-pick]").forEach((button) => button.addEventListener("click", () => {
    input.accept = accepts[button.dataset.pick];
    input.value = "";
    input.click();
    openMenu(false);
  }));
  input.addEventListener("change", () => { if (input.files[0]) take(input.files[0]); });
  say.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files][0];
    if (file) { event.preventDefault(); take(file); }
  });
  scroll.addEventListener("dragover", (event) => event.preventDefault());
  scroll.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });

  function take(file) {
    complain("");
    pick(file);
  }

  function pick(file) { // what was said of it stays
    if (file.size > 25 * 1024 * 1024) return complain("This file is too large: the phone page takes up to 25 MB.");
    picked = file;
    const tray = $("#picked"), picture = $("img", tray);
    $("b", tray).textContent = file.name;
    $("small", tray).textContent = !file.size ? "Empty" : file.size < 1048576 ? `${Math.max(1, Math.round(file.size / 1024))} KB` : `${(file.size / 1048576).toFixed(1)} MB`;
    picture.hidden = !file.type.startsWith("image/");
    if (!picture.hidden) picture.src = URL.createObjectURL(file);
    tray.hidden = false;
    refresh();
    say.focus();
  }

  function unpick() {
    const picture = $("#picked img");
    if (picture.src) URL.revokeObjectURL(picture.src);
    picture.removeAttribute("src");
    picked = null;
    $("#picked").hidden = true;
    refresh();
  }
  $("[data-unpick]").addEventListener("click", unpick);

  const opener = $("[data-menu]"), menu = $("#attach");
  function openMenu(open) {
    menu.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) $("button", menu).focus();
  }
  opener.addEventListener("click", () => openMenu(menu.hidden));
  menu.addEventListener("keydown", (event) => {
    const items = $$("button", menu), at = items.indexOf(document.activeElement);
    if (event.key === "Escape") { openMenu(false); opener.focus(); }
    if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    if (event.key === "ArrowUp") items[(at + items.length - 1) % items.length].focus();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#attach, [data-menu]")) openMenu(false);
  });

  // Voice notes

  let recorder = null, keep = false, began = 0, beat = 0;
  const formats = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];

  $("#record").addEventListener("click", async () => {
    complain("");
    if (!window.MediaRecorder || !navigator.mediaDevices?.getUserMedia) return choose("This browser cannot record here. Choose an audio file instead.");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    } catch {
      return choose("No microphone could be used. Choose an audio file instead.");
    }
    const mimeType = formats.find((one) => MediaRecorder.isTypeSupported(one));
    recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    const pieces = [];
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => finish(stream, new Blob(pieces, { type: recorder.mimeType })));
    recorder.start();
    began = Date.now();
    beat = setInterval(() => { $("#elapsed").textContent = length((Date.now() - began) / 1000); }, 250);
    $("#recording").hidden = false;
    $('[data-stop="yes"]').focus();
  });

  function choose(sentence) {
    complain(sentence);
    $('[data-pick="audio"]').click();
  }

  $$("[data-stop]").forEach((button) => button.addEventListener("click", () => {
    keep = button.dataset.stop === "yes";
    recorder?.stop();
  }));

  function finish(stream, blob) {
    clearInterval(beat);
    stream.getTracks().forEach((track) => track.stop());
    $("#recording").hidden = true;
    $("#elapsed").textContent = "0:00";
    say.focus();
    if (!keep || !blob.size) return;
    const form = new FormData();
    const ending = blob.type.includes("ogg") ? "ogg" : blob.type.includes("mp4") ? "m4a" : "webm";
    form.append("file", blob, `voice.${ending}`);
    form.append("voice", "1");
    deliver(form);
  }

  const length = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  let sound = null;

  function play(button) {
    const voice = button.closest(".voice");
    if (voice.classList.contains("playing")) return sound.pause();
    sound?.pause();
    const player = new Audio(voice.dataset.src);
    sound = player;
    voice.classList.add("playing");
    button.setAttribute("aria-pressed", "true");
    const bar = $("progress", voice), time = $(".length", voice);
    player.addEventListener("timeupdate", () => {
      time.textContent = length(player.currentTime);
      if (Number.isFinite(player.duration)) bar.value = (1000 * player.currentTime) / player.duration;
    });
    const done = () => { voice.classList.remove("playing"); button.removeAttribute("aria-pressed"); bar.value = 0; };
    player.addEventListener("pause", done);
    player.addEventListener("ended", done);
    player.addEventListener("error", () => { done(); time.textContent = "cannot be played"; });
    player.play().catch(() => {});
  }

  // Panels

  const panels = { "people-panel": (panel, open) => panel.classList.toggle("open", open), curtain: (panel, open) => { panel.hidden = !open; $(".stage").classList.toggle("wide", open); } };
  function panel(id, open) {
    panels[id]($(`#${id}`), open);
    $$(`[data-open="${id}"]`).forEach((button) => button.setAttribute("aria-expanded", String(open)));
    try { sessionStorage.setItem(`phone-${id}`, open ? "1" : ""); } catch { /* private mode */ }
    if (open) $(`#${id} [data-close]`).focus();
    else $(`[data-open="${id}"]`)?.focus();
  }
  $$("[data-open]").forEach((button) => button.addEventListener("click", () => panel(button.dataset.open, button.getAttribute("aria-expanded") !== "true")));
  $$("[data-close]").forEach((button) => button.addEventListener("click", () => panel(button.dataset.close, false)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.target === say || event.defaultPrevented) return;
    for (const button of $$('[data-open][aria-expanded="true"]')) panel(button.dataset.open, false);
  });
  try {
    if (sessionStorage.getItem("phone-curtain") && innerWidth >= 1180) { panel("curtain", true); }
  } catch { /* private mode */ }

  connect();
  days();
  dropAsked();
  toEnd();
  refresh();
  lookLater();
  if (matchMedia("(pointer: fine)").matches) say.focus({ preventScroll: true });
}
