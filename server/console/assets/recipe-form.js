// What makes writing a filter smoother; without it everything works by the buttons of the form.
// The filter is checked by the server a moment after the last key, and words are offered from the
// same tables that the server checks by.

const patienceMs = 400;
const most = 8;

for (const area of document.querySelectorAll("textarea[data-filter]")) {
  checkAsTyped(area);
  offerWords(area);
}

/** @param {HTMLTextAreaElement} area */
function checkAsTyped(area) {
  const verdict = document.createElement("output");
  verdict.className = "verdict";
  verdict.htmlFor.add(area.id);
  area.after(verdict);
  let timer = 0;
  let asked = 0;
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, patienceMs);
  });

  async function check() {
    asked += 1;
    const mine = asked;
    const answer = await fetch("/console/filter-check/", {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-form-token": area.form.elements.namedItem("form_token").value,
      },
      body: `filter=${encodeURIComponent(area.value)}`,
    }).catch(() => undefined);
    // Whoever is signed out or offline learns it when they send the form.
    if (mine !== asked || answer?.ok !== true) return;
    const { findings } = await answer.json();
    verdict.textContent =
      area.value.trim() === ""
        ? ""
        : findings.map(({ message }) => message).join("\n") || "It can be read.";
    verdict.classList.toggle(
      "error",
      findings.some(({ kind }) => kind === "error"),
    );
  }
}

/** @param {HTMLTextAreaElement} area */
function offerWords(area) {
  const words = [...(document.getElementById("filter-words")?.querySelectorAll("option") ?? [])];
  const list = document.createElement("ul");
  list.className = "words";
  list.id = `${area.id}:words`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Words");
  list.hidden = true;
  area.after(list);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);
  let chosen = 0;
  let begun = "";

  area.addEventListener("input", () => {
    begun =
      /(?:\b(?:env|ctx|normandy)\.\w*|\|\w*)$/u.exec(
        area.value.slice(0, area.selectionStart),
      )?.[0] ?? "";
    const sought = begun.replace(/^normandy\./u, "env.");
    const found =
      sought === ""
        ? []
        : words.filter(({ value }) => value.startsWith(sought) && value !== sought);
    chosen = 0;
    list.replaceChildren(...found.slice(0, most).map(row));
    list.hidden = found.length === 0;
    mark();
  });
  area.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "Escape") list.hidden = true;
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      chosen = (chosen + step + list.children.length) % list.children.length;
      mark();
    } else if (event.key === "Enter" || event.key === "Tab") take(list.children[chosen]);
    else return;
    event.preventDefault();
  });
  area.addEventListener("blur", () => {
    list.hidden = true;
  });

  /** @param {HTMLOptionElement} option */
  function row(option, index) {
    const item = document.createElement("li");
    item.id = `${list.id}:${index}`;
    item.setAttribute("role", "option");
    item.dataset.word = option.value;
    item.textContent = `${option.value}  ${option.textContent}`;
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      take(item);
    });
    return item;
  }

  function mark() {
    for (const [index, item] of [...list.children].entries())
      item.setAttribute("aria-selected", String(index === chosen));
    const current = list.hidden ? undefined : list.children[chosen]?.id;
    if (current === undefined) area.removeAttribute("aria-activedescendant");
    else area.setAttribute("aria-activedescendant", current);
  }

  function take(item) {
    const at = area.selectionStart;
    const word = begun.startsWith("normandy.")
      ? item.dataset.word.replace("env.", "normandy.")
      : item.dataset.word;
    area.setRangeText(word, at - begun.length, at, "end");
    list.hidden = true;
    mark();
    area.dispatchEvent(new globalThis.Event("input", { bubbles: true }));
  }
}
