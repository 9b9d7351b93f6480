"use strict";
// Everything here is a convenience: the links above each table sort without it.
(function () {
  document.querySelectorAll("table.reports").forEach(function (table) {
    var body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows);
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    heads.forEach(function (head, at) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") !== "descending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var numbers = head.classList.contains("n");
        var key = function (row) {
          var cell = row.cells[at];
          return numbers ? parseFloat(cell.dataset.value) : cell.textContent;
        };
        rows.sort(function (a, b) {
          var x = key(a), y = key(b);
          if (numbers) {
            if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y);
            return down ? y - x : x - y;
          }
          return down ? y.localeCompare(x) : x.localeCompare(y);
        });
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
  });
  document.querySelectorAll(".find").forEach(function (find) {
    find.hidden = false;
    var input = find.querySelector("input");
    var count = find.querySelector("output");
    var rows = Array.prototype.slice.call(document.querySelectorAll("table.reports tbody tr"));
    input.addEventListener("input", function () {
      var wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      var shown = 0;
      rows.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        var fits = wanted.every(function (word) { return text.indexOf(word) >= 0; });
        row.hidden = !fits;
        if (fits) shown += 1;
      });
      count.textContent = wanted.length ? shown + " of " + rows.length + " rows of this page" : "";
    });
  });
})();
