// Opens what the owner does with linked devices where there is room for it, unless it was closed before.
"use strict";
{
  const curtain = document.getElementById("curtain");
  let closed = false;
  try { closed = sessionStorage.getItem("phone-curtain") === ""; } catch { /* private mode */ }
  if (curtain?.hidden && !closed && innerWidth >= 1180) {
    curtain.hidden = false;
    document.querySelector(".stage").classList.add("wide");
    document.querySelector('[data-open="curtain"]').setAttribute("aria-expanded", "true");
  }
}
