"use strict";
// Filters the faces by emotion and confidence, and sorts them by a column.
(() => {
  const form = document.querySelector("form");
  if (!form) return; // no face was found

  const body = document.querySelector("tbody");
  const status = form.querySelector("[role=status]");
  const faces = [...body.rows].map((row, order) => ({
    row,
    order,
    emotion: row.dataset.emotion,
    confidence: Number(row.dataset.confidence),
    uncertain: "uncertain" in row.dataset,
  }));

  function filter() {
    const emotions = [...form.querySelectorAll("[name=emotion]:checked")].map((box) => box.value);
    const percent = form.elements.confidence.value;
    let shown = 0;
    for (const face of faces) {
      face.row.hidden =
        (emotions.length > 0 && !emotions.includes(face.emotion)) ||
        face.confidence < percent / 100 ||
        (form.elements.uncertain.checked && !face.uncertain);
      shown += !face.row.hidden;
    }
    form.querySelector("output").value = `${percent}%`;
    status.textContent = `${shown} of ${faces.length} shown`;
  }

  function sortBy(head) {
    const key = head.dataset.key;
    const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    faces.sort((a, b) => direction * (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0));
    body.replaceChildren(...faces.map((face) => face.row));
    for (const other of document.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
  }

  for (const head of document.querySelectorAll("th[data-key]")) {
    const button = document.createElement("button");
    button.textContent = head.textContent;
    button.addEventListener("click", () => sortBy(head));
    head.replaceChildren(button);
  }

  form.addEventListener("input", filter);
  form.querySelector("button").addEventListener("click", () => {
    form.reset();
    filter();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("fieldset").disabled = false;
  filter(); // a browser may have kept the fields as they were
})();
