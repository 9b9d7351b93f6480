"use strict";
// Everything here is a convenience: the page says the same without it.
(function () {
  var tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.appendChild(tip);
  var words = new WeakMap();
  var shown = null;
  var byKeys = false;

  function hide() {
    tip.hidden = true;
    if (shown) shown.classList.remove("here");
    shown = null;
    byKeys = false;
  }
  // A page that moves under a resting pointer is no wish to hide what the keys chose.
  function pass() {
    if (byKeys) place(); else hide();
  }
  function show(mark) {
    if (shown === mark) return;
    hide();
    shown = mark;
    mark.classList.add("here");
    tip.textContent = words.get(mark);
    tip.hidden = false;
    place();
  }
  function place() {
    var box = shown.getBoundingClientRect();
    var own = tip.getBoundingClientRect();
    var left = Math.min(Math.max(4, box.left + box.width / 2 - own.width / 2), innerWidth - own.width - 4);
    var top = box.top - own.height - 8;
    tip.style.left = left + "px";
    tip.style.top = (top < 4 ? box.bottom + 8 : top) + "px";
  }

  document.querySelectorAll("svg.chart").forEach(function (chart) {
    var marks = [];
    chart.querySelectorAll(":scope > g > * > title").forEach(function (title) {
      var mark = title.parentNode;
      words.set(mark, title.textContent);
      // The browser's own, later bubble would cover this one.
      title.remove();
      marks.push(mark);
    });
    if (!marks.length) return;
    chart.addEventListener("pointerover", function (event) {
      if (words.has(event.target)) show(event.target); else pass();
    });
    chart.addEventListener("pointerleave", pass);
    // The arrow keys walk through the marks of a chart.
    chart.tabIndex = 0;
    var at = -1;
    chart.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") hide();
      if (!step) return;
      event.preventDefault();
      at = (at + step + marks.length) % marks.length;
      show(marks[at]);
      byKeys = true;
      // The chart may be wider than its box.
      marks[at].scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    chart.addEventListener("blur", function () { at = -1; hide(); });
  });
  // Boxes scroll too, and their events do not rise.
  addEventListener("scroll", pass, { passive: true, capture: true });

  document.querySelectorAll(".toggles").forEach(function (toggles) {
    toggles.hidden = false;
    var section = toggles.parentNode;
    toggles.addEventListener("change", function (event) {
      section.querySelectorAll("[data-group]").forEach(function (part) {
        if (part.dataset.group === event.target.value) part.classList.toggle("off", !event.target.checked);
      });
    });
  });
})();
