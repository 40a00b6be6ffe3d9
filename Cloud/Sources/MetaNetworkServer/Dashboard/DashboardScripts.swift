/// The dashboard's scripts. What comes from elsewhere is put in as text, never as HTML; the live part is the service's own.
enum DashboardScripts {
    /// Keeps the numbers current, and shows those under the pointer.
    static let live = #"""
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
        """#

    /// Puts a history together, has it ranked, and shows both rankings.
    static let trial = #"""
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
          if (!response.ok) throw new Error([body.detail, body.mend].filter(Boolean).join("; "));
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
        """#
}
