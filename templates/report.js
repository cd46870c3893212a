// Filters the grid, opens cells and draws charts. All foreign text goes in as text nodes.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const drawer = $("drawer");
  const cells = [...document.querySelectorAll("td[data-c]")];
  const byAnchor = new Map(cells.map((td) => [td.dataset.c, td]));
  const KEYS = ["verdict", "device", "soc", "variant", "model", "real", "only", "cell"];
  const FILTERS = KEYS.slice(0, -1);
  const state = {};
  const parsed = {};
  const read = (id) => (parsed[id] ??= JSON.parse($(id).textContent));
  document.documentElement.classList.add("scripted");

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "onclick") node.addEventListener("click", value);
      else if (value !== null && value !== undefined) node.setAttribute(key, value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== ""));
    return node;
  }
  const SVG = "http://www.w3.org/2000/svg";
  function icon(kind) {
    const svg = document.createElementNS(SVG, "svg");
    const use = document.createElementNS(SVG, "use");
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#i-${kind}`);
    svg.append(use);
    return svg;
  }
  const badge = (kind, label) => make("span", { class: `b ${kind}` }, icon(kind), label);
  const ticked = (text) => text.split("`").map((part, n) => (n % 2 ? make("code", null, part) : part));

  // --- state: all of it is in the address ---
  function readHash() {
    const found = new URLSearchParams(location.hash.slice(1));
    for (const key of KEYS) state[key] = found.get(key) || "";
  }
  function writeHash(push) {
    const wanted = new URLSearchParams(KEYS.filter((key) => state[key]).map((key) => [key, state[key]]));
    const hash = wanted.toString();
    const address = hash ? `#${hash}` : location.pathname + location.search;
    history[push ? "pushState" : "replaceState"](null, "", address);
  }
  function change(values, push) {
    Object.assign(state, values);
    writeHash(push);
    show();
  }
  const cleared = () => Object.fromEntries(FILTERS.map((key) => [key, ""]));

  // --- filters ---
  const form = $("filters");
  const only = () => new Set(state.only ? read("charts").findings[state.only] || [] : []);
  function fits(td, chosen) {
    const row = td.parentElement.dataset;
    const verdicts = state.verdict ? state.verdict.split(",") : [];
    return (
      (!state.only || chosen.has(td.dataset.c)) &&
      (!verdicts.length || verdicts.includes(td.dataset.k) || verdicts.includes(td.dataset.v)) &&
      (!state.device || row.device.toLowerCase().includes(state.device.toLowerCase())) &&
      (!state.soc || row.soc === state.soc) &&
      (!state.variant || td.dataset.n === state.variant) &&
      (!state.model || td.closest(".model").dataset.model === state.model) &&
      (!state.real || row.real === "1")
    );
  }
  function filter() {
    const active = FILTERS.some((key) => state[key]);
    const chosen = only();
    let shown = 0;
    for (const td of cells) {
      const fit = !active || fits(td, chosen);
      td.classList.toggle("off", !fit);
      shown += fit;
    }
    for (const row of document.querySelectorAll(".g tbody tr"))
      row.hidden = active && !row.querySelector("td[data-c]:not(.off)");
    for (const model of document.querySelectorAll(".model"))
      model.hidden = active && !model.querySelector("td[data-c]:not(.off)");
    for (const rank of document.querySelectorAll(".rank"))
      rank.hidden = Boolean(state.model) && rank.dataset.model !== state.model;
    $("shown").textContent = active ? `${shown} of ${cells.length} cells` : `${cells.length} cells`;
    $("nothing").hidden = shown > 0 || !cells.length;
    $("clear").hidden = !active;
    const verdicts = state.verdict.split(",");
    for (const chip of form.querySelectorAll(".chip"))
      chip.setAttribute("aria-pressed", String(verdicts.includes(chip.dataset.verdict)));
    for (const field of form.querySelectorAll("[name]")) {
      if (field.type === "checkbox") field.checked = state.real === "1";
      else if (field !== document.activeElement) field.value = state[field.name];
    }
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    const field = event.target;
    change({ only: "", [field.name]: field.type === "checkbox" ? (field.checked ? "1" : "") : field.value });
  });
  for (const chip of form.querySelectorAll(".chip"))
    chip.addEventListener("click", () => {
      const chosen = new Set(state.verdict ? state.verdict.split(",") : []);
      if (!chosen.delete(chip.dataset.verdict)) chosen.add(chip.dataset.verdict);
      change({ only: "", verdict: [...chosen].join(",") });
    });
  $("clear").addEventListener("click", () => change(cleared()));

  // --- the drawer ---
  let returnTo = null;
  function copy(text, button) {
    const area = make("textarea", { style: "position:fixed;opacity:0" });
    area.value = text;
    document.body.append(area);
    area.select();
    button.textContent = document.execCommand("copy") ? "Copied" : "Select and copy";
    area.remove();
  }
  const part = (title, ...content) => (content.flat().length ? [make("h3", null, title), ...content] : []);
  // What few will ask for stands there by its name, and opens.
  const fold = (title, ...content) => [make("details", { class: "more" }, make("summary", null, title), ...content)];
  function contents(d, nodes) {
    const source = (e) => [
      e.link ? make("a", { href: e.link }, e.source) : e.source,
      e.line ? `:${e.line}` : "",
      ` ${e.kind}`,
      e.deciding ? make("b", null, " decides") : "",
    ];
    const numbers = make(
      "table",
      { class: `nums ${d.tone}` },
      d.times.map(([name, value, note], n) =>
        make(
          "tr",
          { class: n === 0 ? "first" : name === "measured in" ? "plain" : null },
          make("th", { scope: "row" }, name),
          make("td", null, value),
          make("td", null, note),
        ),
      ),
    );
    const bar = d.placement && make("span", { class: `bar ${d.placement.style}`, "aria-hidden": "true" });
    if (d.placement && d.placement.share) {
      const filled = make("i");
      filled.style.width = `${100 * d.placement.share}%`;
      bar.append(filled);
    }
    return [
      make("h2", null, `${d.variant} on ${d.device}`, make("small", null, d.model)),
      make(
        "div",
        { class: "bb" },
        badge(d.kind, d.badge),
        d.doubts.map(([kind, label]) => badge(kind, label)),
        d.simulated ? make("span", { class: "sim" }, "simulated") : "",
      ),
      make("p", { class: "say" }, d.say),
      d.why ? make("p", { class: "mut" }, ticked(d.why)) : null,
      d.findings.map(([kind, message]) => make("p", null, make("b", null, `${kind}: `), message)),
      d.advice ? make("p", { class: "do" }, ticked(d.advice)) : null,
      d.notes.length
        ? part(
            "May the numbers be used?",
            d.notes.map(([label, message, next]) => [
              make("p", null, make("b", null, `${label}: `), message),
              make("p", { class: "do" }, ticked(next)),
            ]),
          )
        : [],
      d.outputs
        ? part(
            "Is the answer right?",
            make("p", null, d.outputs.text),
            d.outputs.note ? make("p", { class: "mut" }, d.outputs.note) : "",
            make("ul", { class: "raw" }, d.outputs.files.map(([path, link]) => make("li", null, link ? make("a", { href: link }, path) : path))),
          )
        : [],
      d.times.length ? part("Time", numbers) : [],
      d.placement
        ? part(
            "Where it ran",
            make("div", { class: "cov" }, bar, d.placement.text),
            make("p", { class: "mut" }, d.placement.note),
          )
        : [],
      timed(d) ? part("Rounds", nodes.chart, nodes.table) : [],
      d.sustained
        ? part(
            "Sustained",
            make("p", null, d.sustained.say),
            nodes.sustained,
            make("p", { class: "mut" }, d.sustained.note, d.sustained.sensor ? ` Temperature: ${d.sustained.sensor}.` : ""),
          )
        : [],
      d.ops.length
        ? part(
            "Left to the CPU",
            make("ul", { class: "ev" }, d.ops.map(([op, why]) => make("li", null, make("code", null, op), why ? ` ${why}` : ""))),
          )
        : [],
      d.evidence.length
        ? part(
            "Evidence, in file order",
            make(
              "ol",
              { class: "ev" },
              d.evidence.map((e) =>
                make("li", { class: e.deciding ? "dec" : null }, make("code", null, e.text), make("span", { class: "src" }, source(e))),
              ),
            ),
          )
        : [],
      d.states.length
        ? fold(
            "The device before each round",
            make("table", { class: "nums" }, d.states.map(([k, v]) => make("tr", null, make("th", { scope: "row" }, k), make("td", { style: "white-space:normal" }, v)))),
          )
        : [],
      d.cache.length
        ? fold(
            "What the starts say of their cache",
            make("ol", { class: "ev" }, d.cache.map((e) => make("li", null, make("code", null, e.text), make("span", { class: "src" }, source({ ...e, kind: "" }))))),
          )
        : [],
      d.raw.length
        ? fold(
            "Raw files",
            make("ul", { class: "raw" }, d.raw.map(([path, link]) => make("li", null, link ? make("a", { href: link }, path) : path))),
          )
        : [],
      d.commands.length
        ? part(
            "Reproduce",
            d.commands.map((text) =>
              make(
                "div",
                { class: "cmd" },
                make("pre", null, text),
                make("button", { type: "button", onclick: (event) => copy(text, event.target) }, "Copy"),
              ),
            ),
          )
        : [],
      part(
        "What this was",
        make("table", { class: "nums" }, d.facts.map(([k, v]) => make("tr", null, make("th", { scope: "row" }, k), make("td", { style: "white-space:normal" }, v)))),
      ),
    ].flat(Infinity).filter(Boolean);
  }
  function timed(d) {
    return d.rounds.length > 1 && d.rounds.some((r) => r.ms !== null);
  }
  function roundsTable(d) {
    const line = d.rounds.map((r) => (r.ms === null ? "none" : Number(r.ms.toPrecision(4)))).join(", ");
    const legend = d.rounds.some((r) => r.hottest !== null || r.ghz !== null)
      ? " Lines of heat: the hottest sensor, dashed the battery; of clocks: the mean of the fastest CPUs, dashed the lowest ceiling they had."
      : "";
    return make("p", { class: "mut" }, `Medians in ms, round by round: ${line}.${legend}`);
  }
  let opened = "";
  function openCell() {
    const td = byAnchor.get(state.cell);
    if (state.cell === opened) return;
    opened = state.cell;
    for (const other of document.querySelectorAll("td.sel")) other.classList.remove("sel");
    const details = td && read("details")[state.cell];
    if (!details) {
      drawer.hidden = true;
      dock(null);
      return;
    }
    td.classList.add("sel");
    rove(td);
    const chart = make("div", { class: "chart" });
    const sustained = make("div", { class: "chart" });
    drawer.replaceChildren(
      make(
        "nav",
        null,
        make("span", null, "Arrow keys go from cell to cell, Escape closes."),
        make("button", { type: "button", onclick: close }, "Close"),
      ),
      ...contents(details, { chart, sustained, table: roundsTable(details) }),
    );
    drawer.hidden = false;
    drawer.scrollTop = 0;
    dock(td);
    if (timed(details)) {
      const spec = structuredClone(read("charts").rounds);
      spec.datasets = { rounds: details.rounds };
      const known = (key) => details.rounds.some((r) => r[key] !== null);
      for (const one of spec.vconcat) one.layer = one.layer.filter((line) => known(line.encoding.y.field));
      spec.vconcat = spec.vconcat.filter((one) => one.layer.length);
      for (const one of spec.vconcat.slice(0, -1))
        for (const line of one.layer) Object.assign(line.encoding.x, { title: null, axis: { ...line.encoding.x.axis, labels: false } });
      if (known("minute")) draw(chart, spec);
    }
    if (details.sustained && details.sustained.points.length > 1) {
      const spec = structuredClone(read("charts").sustained);
      const { points } = details.sustained;
      spec.datasets = { sustained: points };
      const [times, heat, clock] = spec.vconcat;
      const known = (key) => points.some((p) => p[key] !== null);
      spec.vconcat = [times, known("celsius") && heat, known("ceiling") && clock].filter(Boolean);
      lastAxis(spec.vconcat, clock);
      draw(sustained, spec);
    }
  }
  // Of charts that share their x, the lowest one alone names it.
  function lastAxis(parts, named) {
    const axis = named.encoding.x;
    const lowest = parts[parts.length - 1];
    for (const layer of lowest.layer || [lowest]) Object.assign(layer.encoding.x, { title: axis.title, axis: axis.axis || {} });
  }
  function close() {
    const td = byAnchor.get(state.cell);
    change({ cell: "" });
    (returnTo || (td && td.querySelector(".open")))?.focus({ preventScroll: true });
    returnTo = null;
  }
  // Beside an open drawer the tables keep their size and scroll, so that nothing jumps.
  function dock(td) {
    for (const box of document.querySelectorAll(".gw")) {
      const table = box.firstElementChild;
      table.style.width = td ? `${table.offsetWidth || box.scrollWidth}px` : "";
    }
    document.body.classList.toggle("docked", Boolean(td));
    if (!td) return;
    const box = td.closest(".gw");
    const free = innerWidth - drawer.offsetWidth - box.getBoundingClientRect().left - 16;
    document.body.style.setProperty("--dock", `${Math.max(320, free)}px`);
    if (innerWidth < 1121) return;
    const [cell, frame] = [td.getBoundingClientRect(), box.getBoundingClientRect()];
    const names = 172;
    if (cell.right > frame.right) box.scrollLeft += cell.right - frame.right + 8;
    else if (cell.left < frame.left + names) box.scrollLeft -= frame.left + names - cell.left + 8;
  }

  // --- clicks and keys ---
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
    if (link?.dataset.open) {
      event.preventDefault();
      returnTo = link;
      change({ cell: link.dataset.open }, true);
      drawer.focus({ preventScroll: true });
      if (!link.closest("td[data-c]")) byAnchor.get(link.dataset.open)?.scrollIntoView({ block: "center" });
    } else if (link?.dataset.verdict || link?.dataset.only) {
      event.preventDefault();
      change({ ...cleared(), verdict: link.dataset.verdict || "", only: link.dataset.only || "" }, true);
      $("grid").scrollIntoView();
    } else if (!link && !getSelection().toString()) {
      const td = event.target.closest("td[data-c]");
      if (td) {
        returnTo = td.querySelector(".open");
        change({ cell: td.dataset.c }, true);
        returnTo.focus({ preventScroll: true });
      }
    }
  });
  function rove(td) {
    for (const link of document.querySelectorAll('.open[tabindex="0"]')) link.tabIndex = -1;
    td.querySelector(".open").tabIndex = 0;
  }
  const visible = (td) => td && !td.parentElement.hidden && !td.classList.contains("off");
  function neighbour(td, key) {
    const rows = [...document.querySelectorAll(".model:not([hidden]) tbody tr:not([hidden])")];
    const side = key === "ArrowLeft" ? "previousElementSibling" : "nextElementSibling";
    if (key === "ArrowLeft" || key === "ArrowRight") {
      let next = td[side];
      while (next && !(next.dataset.c && visible(next))) next = next[side];
      return next;
    }
    const step = key === "ArrowUp" ? -1 : 1;
    for (let n = rows.indexOf(td.parentElement) + step; rows[n]; n += step) {
      const next = rows[n].cells[td.cellIndex];
      if (next?.dataset.c && visible(next)) return next;
    }
    return null;
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.cell) {
      event.preventDefault();
      close();
      return;
    }
    if (!event.key.startsWith("Arrow") || event.altKey || event.ctrlKey || event.metaKey) return;
    const inDrawer = drawer.contains(document.activeElement) && event.key !== "ArrowUp" && event.key !== "ArrowDown";
    const td = document.activeElement.closest("td[data-c]") || (inDrawer && byAnchor.get(state.cell));
    const next = td && neighbour(td, event.key);
    if (!next) return;
    event.preventDefault();
    rove(next);
    next.querySelector(".open").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (!state.cell) return;
    returnTo = next.querySelector(".open");
    change({ cell: next.dataset.c });
  });

  // --- charts: the library runs when the first one comes into sight ---
  function library() {
    if (!window.vegaEmbed) document.head.append(make("script", null, $("library").textContent));
    return Boolean(window.vegaEmbed);
  }
  function theme() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const text = { labelColor: colour("--mut"), titleColor: colour("--mut"), titleFontWeight: 400 };
    const font = getComputedStyle(document.body).fontFamily;
    return {
      background: "transparent",
      font,
      view: { stroke: null },
      axis: { ...text, gridColor: colour("--line2"), domainColor: colour("--line"), tickColor: colour("--line"), labelLimit: 220 },
      title: { color: colour("--fg"), fontSize: 12, fontWeight: 600, offset: 6 },
      mark: { color: colour("--bar") },
      line: { color: colour("--bar") },
      point: { color: colour("--bar") },
      rule: { color: colour("--bar") },
      text: { color: colour("--mut") },
    };
  }
  function fit(spec, width) {
    const names = 130;
    for (const part of spec.vconcat) part.width = Math.max(140, Math.min(part.width, width - names));
  }
  const drawn = new Map();
  async function draw(box, spec) {
    drawn.set(box, spec);
    try {
      if (!library()) throw new Error("the chart library did not start");
      fit(spec, box.clientWidth);
      // There is no eval under this page's policy, so expressions are interpreted.
      const options = { ast: true, actions: false, renderer: "svg", config: theme() };
      await window.vegaEmbed(box, spec, options);
    } catch (error) {
      box.replaceChildren(make("p", { class: "err" }, `No chart: ${error.message}`));
    }
  }
  const sight = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || drawn.has(target)) continue;
      const spec = read("charts").rankings[Number(target.dataset.chart)];
      if (spec) draw(target, spec);
      else target.replaceChildren(make("p", { class: "mut" }, "No cell of this model may be ranked."));
    }
  });
  for (const box of document.querySelectorAll("[data-chart]")) sight.observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const [box, spec] of drawn) if (box.isConnected) draw(box, spec);
  });
  addEventListener("beforeprint", () => {
    for (const more of document.querySelectorAll("details.more")) more.open = true;
  });

  function show() {
    filter();
    openCell();
  }
  addEventListener("popstate", () => {
    readHash();
    show();
  });
  readHash();
  if (cells.length) rove(cells[0]);
  show();
  if (state.cell) byAnchor.get(state.cell)?.scrollIntoView({ block: "center" });
})();
