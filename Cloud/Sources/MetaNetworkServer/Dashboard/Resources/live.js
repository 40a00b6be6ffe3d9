"use strict";
const live = document.getElementById("live");
const connection = document.getElementById("connection");
let pointer = null, isReplaced = false;
const charts = () => [...live.querySelectorAll(".chart")];

// The number of the value nearest to a place.
function nearest(places, sought) {
  let best = 0;
  places.forEach((place, index) => {
    if (Math.abs(place - sought) < Math.abs(places[best] - sought)) best = index;
  });
  return best;
}

// Shows the value nearest to the pointer, or to where the arrow keys went, beside the chart's title.
function read() {
  const chart = pointer && charts()[pointer.chart];
  if (!chart) return;
  const points = JSON.parse(chart.dataset.points);
  chart.querySelector("output").textContent = points.texts[nearest(points.places, pointer.place)] ?? "";
}

function forget() {
  pointer = null;
  for (const output of live.querySelectorAll("output")) output.textContent = "";
}

live.addEventListener("pointermove", (event) => {
  const chart = event.target.closest(".chart"), plot = chart?.querySelector("svg");
  if (!plot) return forget();
  const box = plot.getBoundingClientRect(), index = charts().indexOf(chart);
  if (pointer && pointer.chart !== index) forget();
  pointer = { chart: index, place: (event.clientX - box.left) / box.width };
  read();
});
live.addEventListener("pointerleave", forget);

// With the keyboard: Tab to a chart, then the arrows, Home and End; the first key begins at the latest value.
live.addEventListener("keydown", (event) => {
  const chart = event.target.closest(".chart");
  if (!chart || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape") return forget();
  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }, step = steps[event.key];
  const { places } = JSON.parse(chart.dataset.points), index = charts().indexOf(chart);
  if (step === undefined || places.length === 0) return;
  event.preventDefault();
  const latest = nearest(places, 1);
  let value = step === -Infinity ? nearest(places, 0) : latest;
  if (pointer?.chart === index && Number.isFinite(step)) {
    const later = nearest(places, pointer.place) + (places.at(-1) >= places[0] ? step : -step);
    value = Math.min(Math.max(later, 0), places.length - 1);
  }
  if (pointer?.chart !== index) forget();
  pointer = { chart: index, place: places[value] };
  read();
});
live.addEventListener("focusout", () => { if (!isReplaced) forget(); });

// Puts new numbers in the place of the old; what had the focus has it again.
function replace(markup) {
  const inFocus = () => [...live.querySelectorAll("a, button, input, summary, [tabindex]")];
  const focused = inFocus().indexOf(document.activeElement);
  isReplaced = true;
  live.innerHTML = markup;
  inFocus()[focused]?.focus({ preventScroll: true });
  isReplaced = false;
  read();
}

const source = new EventSource("/dashboard/events");
source.onmessage = (event) => { replace(event.data); connection.hidden = true; };
source.onerror = () => { connection.hidden = false; };
