// Keys for hands that stay on the keyboard. Everything here is also a link or a button.
"use strict";
(function () {
  var waitsForPlace = false;
  var root = document.documentElement;

  // Single keys can be switched off (WCAG 2.1.4); the choice stays in this browser.
  function remembered() {
    try { return window.localStorage.getItem("tangenter") !== "av"; } catch (e) { return true; }
  }
  function switchKeys(on) {
    root.classList.toggle("haskeys", on);
    try { window.localStorage.setItem("tangenter", on ? "på" : "av"); } catch (e) { /* not kept */ }
    document.querySelectorAll("[data-keys]").forEach(function (button) {
      button.hidden = false;
      button.textContent = on ? "Stäng av snabbtangenter" : "Slå på snabbtangenter";
    });
  }

  function typing(target) {
    return target.closest && target.closest("input, select, textarea, [contenteditable]");
  }
  function press(key) {
    var found = document.querySelector('[data-key="' + key + '"]');
    if (!found) return false;
    if (found.tagName === "DETAILS") {
      found.open = true;
      var field = found.querySelector("input:not([type=hidden]), select, button");
      if (field) field.focus();
    } else {
      found.click();
    }
    return true;
  }
  function step(by) {
    var rows = Array.prototype.slice.call(document.querySelectorAll("[data-rows] a.title"));
    if (!rows.length) return false;
    var at = rows.indexOf(document.activeElement);
    var to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
    rows[to].focus();
    return true;
  }
  function editAll() {
    var all = document.querySelectorAll("#stammer details.edit");
    all.forEach(function (one) { one.open = true; });
    if (all.length) all[0].querySelector("input, select").focus();
    return all.length > 0;
  }
  document.addEventListener("keydown", function (event) {
    if (!root.classList.contains("haskeys")) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || typing(event.target)) return;
    var key = event.key.toLowerCase(), done = false;
    if (waitsForPlace) {
      waitsForPlace = false;
      var place = document.querySelector('[data-go="' + key + '"]');
      if (place) { event.preventDefault(); place.click(); return; }
    }
    if (key === "/") {
      var search = document.querySelector("[data-search]");
      if (search) { search.focus(); done = true; }
    } else if (key === "g") {
      waitsForPlace = true;
      done = true;
    } else if (key === "j" || key === "k") {
      done = step(key === "j" ? 1 : -1) || press(key === "j" ? "n" : "k");
    } else if (key === "enter") {
      if (!event.target.closest("a, button, summary")) done = press("enter");
    } else if (key === "e" && document.getElementById("stammer")) {
      done = editAll();
    } else if (key >= "1" && key <= "9") {
      var fact = document.querySelector("#f" + key + " summary") || document.getElementById("f" + key);
      if (fact) { fact.focus(); done = true; }
    } else if (key.length === 1 && "abdefhmnouxz".indexOf(key) >= 0) {
      done = press(key === "z" ? "u" : key);
    }
    if (done) event.preventDefault();
  });
  switchKeys(remembered());
  document.querySelectorAll("[data-keys]").forEach(function (button) {
    button.addEventListener("click", function () { switchKeys(!root.classList.contains("haskeys")); });
  });
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
  // What is not chosen stays out of the address, so that it can be mailed.
  document.addEventListener("htmx:configRequest", function (event) {
    if (!event.target.matches("[data-filters]")) return;
    var sent = event.detail.formData;
    Array.from(sent.keys()).forEach(function (name) { if (!sent.get(name)) sent.delete(name); });
    if (sent.get("sort") === "bradskande") sent.delete("sort");
  });
  document.querySelectorAll("[data-edit]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", editAll);
  });
})();
