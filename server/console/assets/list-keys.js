// Keys for the list of recipes: / to search, j and k to go down and up, Enter to open.

const search = document.querySelector("input[type=search]");
const links = [...document.querySelectorAll(".list tbody th a")];

document.addEventListener("keydown", (event) => {
  const isTyping = event.target === search;
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    search?.focus();
    return;
  }
  const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
  if (step === 0) return;
  const at = links.indexOf(document.activeElement);
  const next = at === -1 ? (step === 1 ? 0 : links.length - 1) : at + step;
  links[next]?.focus();
});
