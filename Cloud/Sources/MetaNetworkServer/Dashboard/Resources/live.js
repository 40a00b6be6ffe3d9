"use strict";
const live = document.getElementById("live");
const connection = document.getElementById("connection");
let pointer = null;

// Shows the value nearest to the pointer beside the chart's title.
function read() {
  const chart = pointer && live.querySelectorAll(".chart")[pointer.chart];
  if (!chart) return;
  const points = JSON.parse(chart.dataset.points);
  let nearest = 0;
  points.places.forEach((place, index) => {
    if (Math.abs(place - pointer.place) < Math.abs(points.places[nearest] - pointer.place)) nearest = index;
  });
  chart.querySelector("output").textContent = points.texts[nearest] ?? "";
}

function forget() {
  pointer = null;
  for (const output of live.querySelectorAll("output")) output.textContent = "";
}

live.addEventListener("pointermove", (event) => {
  const chart = event.target.closest(".chart"), plot = chart?.querySelector("svg");
  if (!plot) return forget();
  const box = plot.getBoundingClientRect(), charts = [...live.querySelectorAll(".chart")];
  if (pointer && pointer.chart !== charts.indexOf(chart)) forget();
  pointer = { chart: charts.indexOf(chart), place: (event.clientX - box.left) / box.width };
  read();
});
live.addEventListener("pointerleave", forget);

const source = new EventSource("/dashboard/events");
source.onmessage = (event) => { live.innerHTML = event.data; connection.hidden = true; read(); };
source.onerror = () => { connection.hidden = false; };
