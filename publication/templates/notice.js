(function () {
  "use strict";
  var form = document.querySelector(".search"), input = document.getElementById("query");
  var table = document.getElementById("found"), body = table.tBodies[0];
  var count = document.getElementById("found-count"), rows = null, texts = null, timer = 0;
  function index() {
    rows = document.querySelectorAll("section tbody tr");
    texts = [];
    for (var i = 0; i < rows.length; i++) {
      var cells = rows[i].children;
      texts.push((cells[1].textContent + "\n" + cells[2].textContent + "\n" + cells[5].textContent).toLowerCase());
    }
  }
  function heading(section) {
    var row = document.createElement("tr"), cell = document.createElement("th"), link = document.createElement("a");
    row.className = "of";
    cell.colSpan = 6;
    link.href = "#" + encodeURIComponent(section.id);
    link.textContent = section.querySelector("h2").firstChild.textContent;
    cell.appendChild(link);
    row.appendChild(cell);
    return row;
  }
  function show(row, shown) {
    var section = row.parentNode.parentNode.parentNode;
    if (section !== shown) { body.appendChild(heading(section)); }
    body.appendChild(row.cloneNode(true));
    return section;
  }
  function find() {
    var query = input.value.trim().toLowerCase(), hits = 0, shown = null, i;
    while (body.firstChild) { body.removeChild(body.firstChild); }
    if (query && !rows) { index(); }
    for (i = 0; query && i < texts.length; i++) {
      if (texts[i].indexOf(query) < 0) { continue; }
      hits += 1;
      if (hits <= 50) { shown = show(rows[i], shown); }
    }
    table.hidden = !hits;
    var text = input.getAttribute(hits > 50 ? "data-more" : hits ? "data-found" : "data-none");
    count.textContent = query ? text.replace("{count}", String(hits)) : "";
  }
  form.hidden = false;
  form.addEventListener("submit", function (event) { event.preventDefault(); find(); });
  input.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(find, 150); });
})();
