// What the page shows at each moment: the picture, the tape, the explanation. The scripts of the page are one.

const story = JSON.parse(document.getElementById("mg-data").textContent);
const get = (name) => document.getElementById(`mg-${name}`);
const picture = get("picture");
const svg = picture.querySelector("svg");
const SVG = "http://www.w3.org/2000/svg";
const large = svg.querySelectorAll("g[id]").length > 1500; // too many to move smoothly
document.body.classList.toggle("large", large);
const reduced = matchMedia("(prefers-reduced-motion: reduce)");
const still = () => large || reduced.matches;
const KINDS = {
  start: "Before the first record", record: "Recording", gap: "Recording", walk: "Backward walk",
  pull: "Backward walk", skip: "Backward walk", done: "Backward walk", cut: "Cut", end: "The whole picture",
};
const last = story.frames.length - 1;
let at = 0;
let timer = 0;

// -- the picture: which box and which line stands for what ------------------------------------

const boxes = new Map();
for (const box of svg.querySelectorAll("g[id]")) boxes.set(box.id, box);
const edges = [...svg.querySelectorAll("g.edge")].map((element) => {
  const { source, target } = element.dataset;
  return { element, source, target };
});
const named = new Map(); // a part that has no id: its element
for (const element of svg.querySelectorAll("[data-part]")) {
  const name = element.dataset.part;
  const parts = name === "gradient" ? `gradient ${element.closest("g[id]")?.id}` : name;
  named.set(parts, [...(named.get(parts) ?? []), element]);
}
// Each part that is not always there: from a frame on, up to another, or while the gradients of a walk are shown.
const parts = Object.entries(story.appears).flatMap(([name, [first, until, walk]]) => {
  const total = name.startsWith("total ") && boxes.get(name.slice(6));
  const elements = total ? [total] : named.get(name) ?? [boxes.get(name)].filter(Boolean);
  return elements.map((element) => ({ element, first, until: until || Infinity, walk, as: total ? "early" : "absent", out: false }));
});
const add = (map, key, value) => (map.get(key)?.push(value) ?? map.set(key, [value]));
const pulls = new Map(); // a box, or the number of a row: the frames in which a walk goes back through it
const arrivals = new Map(); // those of them in which the cotangent of its own result arrives
story.frames.forEach((frame, place) => {
  if (frame.kind !== "pull") return;
  for (const key of [...frame.boxes, frame.row]) add(pulls, key, place);
  for (const key of [...frame.sized, frame.row]) add(arrivals, key, place);
});
const backwards = svg.appendChild(document.createElementNS(SVG, "marker"));
backwards.id = "mg-backwards"; // the head of a gradient's arrow, at the start of a line
const MARKER = { viewBox: "0 0 10 10", refX: 8, refY: 5, markerWidth: 12, markerHeight: 12, orient: "auto-start-reverse" };
for (const [key, value] of Object.entries({ ...MARKER, markerUnits: "userSpaceOnUse" })) backwards.setAttribute(key, value);
backwards.appendChild(document.createElementNS(SVG, "path")).setAttribute("d", "M0 0 L10 5 L0 10 Z");
const halos = [0, 1].map(() => svg.appendChild(document.createElementNS(SVG, "rect")));
for (const halo of halos) halo.setAttribute("rx", 11);
const rowsOf = new Map(); // box: its rows
for (const row of story.rows) {
  for (const name of row.boxes) add(rowsOf, name, row);
}
const sizes = new Map(); // box: the text with the norm of its cotangent
for (const [name, box] of boxes) if (rowsOf.has(name)) box.dataset.box = name;
const sized = [...boxes].filter(([name]) => arrivals.has(name)).map(([name, box]) => [name, box.getBBox()]);
for (const [name, { x, y, width }] of sized) { // all are measured before anything is added: one layout
  const text = svg.appendChild(document.createElementNS(SVG, "text"));
  text.setAttribute("class", "size");
  text.setAttribute("x", x + width + 1);
  text.setAttribute("y", y - 1.5);
  text.setAttribute("text-anchor", "middle");
  sizes.set(name, text);
}
// The moment at which a walk whose gradients are shown now came to a box or a row.
const came = (places, key) =>
  (places.get(key) ?? []).findLast((each) => each <= at && story.frames[at].walks.includes(story.frames[each].walk));
const arrived = (key) => story.frames[came(arrivals, key)]?.norm ?? "";
// Whether a box itself says its gradient now.
const says = (name) => (named.get(`gradient ${name}`) ?? []).some((each) => !each.classList.contains("absent"));
const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };

// -- the printed tape -------------------------------------------------------------------------

const list = get("tape");
const items = story.rows.map((row) => {
  const item = list.appendChild(document.createElement("li"));
  if (row.kind !== "record") {
    item.className = row.kind;
    item.textContent = row.cells[0];
    return item;
  }
  const button = item.appendChild(document.createElement("button"));
  button.type = "button";
  button.tabIndex = -1;
  ["id", "call", "value"].forEach((name, k) => {
    const cell = button.appendChild(document.createElement("span"));
    cell.className = name;
    cell.textContent = row.cells[k];
  });
  const size = button.appendChild(document.createElement("span"));
  size.className = "size";
  button.addEventListener("click", () => { pause(); go(nearest(row)); });
  for (const event of ["mouseenter", "focus"]) button.addEventListener(event, () => hover(row.alike));
  for (const event of ["mouseleave", "blur"]) button.addEventListener(event, () => hover(""));
  return item;
});
// In a backward phase a row stands for the moment at which the walk goes through it.
function nearest(row) {
  const { walk } = story.frames[at];
  const back = (pulls.get(story.frames[row.frame].row) ?? []).find((place) => story.frames[place].walk === walk);
  return walk ? back ?? row.frame : row.frame;
}

// -- chapters: recording, walks, cuts ---------------------------------------------------------

for (const [name, place] of story.chapters) get("chapter").add(new Option(name, place));
const chapterOf = (place) => story.chapters.findLastIndex(([, first]) => first <= place);
function turn(by) { // to where the next chapter starts, or this one, or the one before
  const here = chapterOf(at);
  const begun = by < 0 && at > story.chapters[here][1];
  step((story.chapters[begun ? here : here + by]?.[1] ?? at) - at);
}
get("chapter").addEventListener("change", (event) => { pause(); go(Number(event.target.value)); });

// -- one moment -------------------------------------------------------------------------------

function go(place) {
  at = Math.min(Math.max(place, 0), last);
  const frame = story.frames[at];
  const back = ["walk", "pull", "skip", "done"].includes(frame.kind);
  document.body.classList.toggle("walking", back);
  document.body.classList.toggle("cutting", frame.kind === "cut");
  get("kind").textContent = KINDS[frame.kind];
  get("title").textContent = frame.title;
  get("text").textContent = frame.text;
  get("norm").textContent = frame.arrives;
  get("rules").replaceChildren(...frame.rules.map(([operand, name, formula, remark, numbers]) => {
    const pair = document.createElement("div");
    const term = pair.appendChild(document.createElement("dt"));
    const detail = pair.appendChild(document.createElement("dd"));
    if (operand) term.append(italic(`${operand} = `));
    term.append(name);
    if (formula) {
      detail.append("ḡ", below(operand), ` = ${formula}`);
      if (numbers) detail.append(put(numbers));
    } else {
      detail.textContent = remark;
      detail.className = "remark";
    }
    return pair;
  }));
  paint(frame, back);
  paintTape(frame);
  const slider = get("slider");
  slider.value = at;
  slider.setAttribute("aria-valuetext", `${at} of ${last}: ${KINDS[frame.kind]}, ${frame.title}`);
  get("place").textContent = `${at} / ${last}`;
  get("chapter").value = story.chapters[chapterOf(at)][1];
  for (const name of ["first", "back"]) get(name).disabled = at === 0;
  for (const name of ["next", "last"]) get(name).disabled = at === last;
}

const wrapped = (tag) => (text) => {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
};
const [italic, below, put] = [wrapped("i"), wrapped("sub"), wrapped("span")];

function paint(frame, back) {
  for (const part of parts) {
    const out = at < part.first || at >= part.until || (part.walk > 0 && !frame.walks.includes(part.walk));
    if (out !== part.out) part.element.classList.toggle(part.as, out);
    part.out = out;
  }
  for (const name of pulls.keys()) boxes.get(name)?.classList.toggle("walked", came(pulls, name) !== undefined);
  for (const { element, source, target } of edges) {
    const hot = frame.boxes.includes(target) && source && (!back || frame.receives.includes(source));
    element.classList.toggle("hot", Boolean(hot));
    element.classList.toggle("back", Boolean(hot && back));
  }
  for (const [name, text] of sizes) write(text, says(name) ? "" : arrived(name));
  halos.forEach((halo, k) => {
    const box = boxes.get(frame.boxes[k]);
    halo.setAttribute("class", `halo${box ? " on" : ""}${back ? " back" : ""}`);
    if (!box) return;
    const { x, y, width, height } = box.getBBox();
    for (const [key, value] of Object.entries({ x: x - 4, y: y - 4, width: width + 8, height: height + 8 })) {
      halo.setAttribute(key, value);
    }
    if (!k) follow(x + width / 2, y + height / 2);
  });
}

function paintTape(frame) {
  story.rows.forEach((row, place) => {
    const item = items[place];
    if (item.hidden !== row.frame > at) item.hidden = row.frame > at;
    if (row.kind === "record") {
      const button = item.firstChild;
      button.classList.toggle("gone", row.gone > 0 && row.gone <= at);
      write(button.lastChild, arrived(place));
    }
    const now = place === frame.row;
    const marked = item.firstElementChild ?? item;
    if (now) marked.setAttribute("aria-current", "step");
    else if (marked.hasAttribute("aria-current")) marked.removeAttribute("aria-current");
    const stop = now || (frame.row < 0 && row.frame <= 1) ? 0 : -1;
    if (row.kind === "record" && marked.tabIndex !== stop) marked.tabIndex = stop;
  });
  const item = items[frame.row];
  if (!item) {
    if (at === 0) list.scrollTop = 0;
    return;
  }
  const middle = item.offsetTop - (list.clientHeight - item.offsetHeight) / 2;
  const inside = item.offsetTop > list.scrollTop + 30 && item.offsetTop < list.scrollTop + list.clientHeight - 60;
  if (!inside) list.scrollTo({ top: middle, behavior: still() ? "auto" : "smooth" });
}

// -- copies of one operation ------------------------------------------------------------------

function hover(alike, used = []) {
  for (const [name, rows] of rowsOf) {
    const same = Boolean(alike) && rows.some((row) => row.alike === alike);
    boxes.get(name)?.classList.toggle("alike", same || used.includes(name));
  }
  story.rows.forEach((row, k) => items[k].classList.toggle("alike", Boolean(alike) && row.alike === alike));
}
svg.addEventListener("mouseover", (event) => {
  const name = event.target.closest("g[id]")?.id;
  hover(rowsOf.get(name)?.[0].alike ?? "", story.uses[name]);
});
svg.addEventListener("mouseleave", () => hover(""));
