"use strict";
const part = (id) => document.getElementById(id);
let chosen = new URLSearchParams(location.search).getAll("item");
let asked = 0, searched = 0;

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function complain(error) {
  part("problem").textContent = error.message;
  part("problem").hidden = false;
}

async function fetchJSON(path, options) {
  const response = await fetch(path, options);
  const body = await response.json();
  if (!response.ok) throw new Error([body.detail, body.fix].filter(Boolean).join("; "));
  return body;
}

async function search() {
  const turn = ++searched;
  try {
    const { items } = await fetchJSON("/dashboard/items?query=" + encodeURIComponent(part("search").value));
    if (turn !== searched) return;
    part("found").replaceChildren(...items.map((item) => {
      const line = document.createElement("li"), button = element("button", item.title);
      button.type = "button";
      button.addEventListener("click", () => change([...chosen, item.item]));
      line.append(button);
      return line;
    }));
    if (items.length === 0) part("found").append(element("li", "No item matches."));
  } catch (error) { complain(error); }
}

function showHistory(items) {
  part("empty").hidden = items.length > 0;
  part("clear").hidden = items.length === 0;
  part("history").replaceChildren(...items.map((item, index) => {
    const line = element("li", item.title + " "), button = element("button", "\u00d7");
    button.type = "button";
    button.setAttribute("aria-label", "Remove " + item.title);
    button.addEventListener("click", () => change(chosen.filter((_, other) => other !== index)));
    line.append(button);
    return line;
  }));
}

function showRankings(answer) {
  const before = new Map(answer.base.map((item, index) => [item.item, index]));
  part("base").replaceChildren(...answer.base.map((item) => element("li", item.title)));
  part("personal").replaceChildren(...answer.personal.map((item, index) => {
    const line = element("li", item.title + " "), from = before.get(item.item);
    if (from === undefined) line.append(element("span", "new", "up"));
    else if (from > index) line.append(element("span", "\u2191" + (from - index), "up"));
    else if (from < index) line.append(element("span", "\u2193" + (index - from), "down"));
    return line;
  }));
  const number = (value) => value.toLocaleString("en");
  part("transfer").textContent = "Uploaded " + chosen.length + (chosen.length === 1 ? " id in " : " ids in ")
    + number(answer.uploadBytes) + " bytes (" + chosen.join(", ") + "); " + number(answer.answerBytes)
    + " bytes of weights came back.";
  part("rankings").hidden = false;
}

async function rank() {
  const turn = ++asked;
  part("problem").hidden = true;
  if (chosen.length === 0) {
    showHistory([]);
    part("rankings").hidden = true;
    return;
  }
  try {
    const answer = await fetchJSON("/dashboard/try", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ items: chosen }),
    });
    // An answer to an older history says nothing of this one.
    if (turn !== asked) return;
    showHistory(answer.history);
    showRankings(answer);
  } catch (error) { if (turn === asked) complain(error); }
}

function change(items) {
  chosen = items;
  const query = new URLSearchParams(items.map((item) => ["item", item])).toString();
  window.history.replaceState(null, "", query ? "?" + query : location.pathname);
  rank();
}

part("search").addEventListener("input", search);
part("clear").addEventListener("click", () => change([]));
search();
rank();
