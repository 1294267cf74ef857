// The menu of one message, and the dialogs that it leads to. They stand outside of what live swaps renew.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const open = () => $("#acts")?.matches(":popover-open");
  const narrow = () => matchMedia("(max-width: 48rem)").matches; // there it lies at the foot of the screen
  let opener = null;

  function place(menu, button) {
    menu.style.left = menu.style.top = "";
    if (narrow()) return;
    const at = button.getBoundingClientRect(), size = menu.getBoundingClientRect();
    const below = at.bottom + 4;
    menu.style.left = `${Math.min(Math.max(8, at.left), innerWidth - size.width - 8)}px`;
    menu.style.top = `${below + size.height > innerHeight - 8 ? Math.max(8, at.top - size.height - 4) : below}px`;
  }
  function show(menu) {
    if (!opener?.isConnected) return;
    if (!open()) menu.showPopover();
    place(menu, opener);
    menu.querySelector("button")?.focus({ preventScroll: true });
  }
  function step(by) {
    const buttons = [...$("#acts").querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    buttons[(at + by + buttons.length) % buttons.length]?.focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-acts]");
    if (button) opener = button;
    if (open() && event.target.closest?.("#acts button")) $("#acts").hidePopover();
  });
  document.addEventListener("keydown", (event) => {
    if (!open() || !event.target.closest?.("#acts")) return;
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
    if (event.key === "Escape") { event.stopPropagation(); event.preventDefault(); $("#acts").hidePopover(); }
  }, { capture: true }); // what lies behind it stays open
  document.addEventListener("htmx:after:swap", (event) => {
    const { target } = event.detail.ctx;
    if (target?.id === "acts") show(target);
    if (target?.id === "change" && !target.open) target.showModal();
  });
  // What was taken is done with; what was refused keeps its words, and says why.
  document.addEventListener("htmx:finally:request", (event) => {
    const { sourceElement, response } = event.detail.ctx;
    if (sourceElement?.matches?.("#change form") && response?.status < 400) $("#change").close();
  });
  document.addEventListener("close", (event) => {
    if (event.target.id === "change" && opener?.isConnected) opener.focus({ preventScroll: true });
  }, { capture: true });
})();
