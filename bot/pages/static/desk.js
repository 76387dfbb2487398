// The review desk: the letter and the facts light each other up, and hands stay on the keyboard.
"use strict";
(function () {
  var desk = document.querySelector(".desk");
  if (!desk) return;
  var wide = window.matchMedia("(min-width: 64.01rem)");
  var still = window.matchMedia("(prefers-reduced-motion: reduce)");
  var waits = 0;

  // After an act the next letter is told to whoever listens: its heading has the focus, and what was done beside it.
  if (/[?&]gjort=/.test(window.location.search) && !window.location.hash) {
    var heading = document.querySelector("[data-arrived]");
    if (heading) heading.focus({ preventScroll: true });
  }

  function show(fact) {
    var mark = wide.matches && document.querySelector("mark.m" + fact.id.slice(1));
    if (mark) mark.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
  }
  function factOf(target) {
    return target.closest ? target.closest(".fact[id]") : null;
  }
  desk.addEventListener("focusin", function (event) {
    var fact = factOf(event.target);
    if (fact) show(fact);
  });
  desk.addEventListener("mouseover", function (event) {
    var fact = factOf(event.target);
    window.clearTimeout(waits);
    if (fact) waits = window.setTimeout(show, 200, fact);
  });
  // The other way round: a sentence in the letter leads to its fact.
  desk.addEventListener("click", function (event) {
    var mark = event.target.closest("mark"), number = mark && /\bm(\d+)\b/.exec(mark.className);
    var fact = number && document.getElementById("f" + number[1]);
    if (!fact || !window.getSelection().isCollapsed) return;
    event.preventDefault();
    (fact.querySelector("summary") || fact).focus({ preventScroll: true });
    fact.scrollIntoView({ block: "nearest" });
  });

  // The cases that are found while one types: down leads into the list, Enter there chooses.
  desk.addEventListener("keydown", function (event) {
    if (event.target.id !== "sok" || event.key !== "ArrowDown") return;
    var first = document.querySelector("#funna input[type=radio]");
    if (!first) return;
    event.preventDefault();
    first.checked = true;
    first.focus();
  });

  var help = document.getElementById("tangenter");
  document.querySelectorAll("[data-help]").forEach(function (button) {
    button.hidden = !help || !help.showModal;
    button.addEventListener("click", function () { help.showModal(); });
  });
  function nextTab() {
    var tabs = Array.prototype.slice.call(document.querySelectorAll(".paper .tabs a[href^='#']"));
    if (!tabs.length) return;
    var at = tabs.findIndex(function (tab) { return tab.hash === window.location.hash; });
    tabs[(Math.max(at, 0) + 1) % tabs.length].click();
  }
  // A part that is folded away unfolds when one goes to it; newer browsers do so by themselves.
  function unfold() {
    var part = window.location.hash.length > 1 && document.getElementById(window.location.hash.slice(1));
    var folded = part && part.closest("details");
    if (folded && !folded.open) {
      folded.open = true;
      part.scrollIntoView();
    }
  }
  window.addEventListener("hashchange", unfold);
  unfold();
  document.addEventListener("keydown", function (event) {
    if (!document.documentElement.classList.contains("haskeys") || event.defaultPrevented) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea, dialog")) return;
    if (event.key === "?" && help && help.showModal) {
      event.preventDefault();
      help.showModal();
    } else if (event.key === "t") {
      event.preventDefault();
      nextTab();
    }
  });
})();
