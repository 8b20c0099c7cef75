// -- zoom and pan -----------------------------------------------------------------------------

const whole = svg.viewBox.baseVal;
const full = { x: whole.x, y: story.top, width: whole.width, height: whole.height - story.top };
let view = { ...full };
let zoomed = 1;
let motion = 0;
let chosen = false; // whether the reader has zoomed

function fitted() { // all of the picture, in the shape of the place that it has
  const shape = picture.clientWidth / Math.max(picture.clientHeight, 1);
  const width = Math.max(full.width, full.height * shape, picture.clientWidth / 1.6);
  const height = width / shape;
  return { x: full.x - (width - full.width) / 2, y: full.y - (height - full.height) / 2, width, height };
}
function show() {
  svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
}
function look(x, y) { // at a point, without leaving the picture
  const all = fitted();
  view.width = all.width / zoomed;
  view.height = all.height / zoomed;
  const within = (value, low, size, whole) =>
    size >= whole ? low - (size - whole) / 2 : Math.min(Math.max(value - size / 2, low), low + whole - size);
  view.x = within(x, full.x, view.width, full.width);
  view.y = within(y, full.y, view.height, full.height);
}
// Large enough to be read: the smallest text has 11 points.
const readable = () => Math.max(fitted().width / Math.max(picture.clientWidth, 1), 1);
function begin() {
  zoomed = readable();
  const first = boxes.get(story.frames[at].boxes[0] ?? story.frames.find((frame) => frame.boxes.length)?.boxes[0]);
  const box = first?.getBBox();
  look(box ? box.x + box.width / 2 : full.x, box ? box.y + box.height / 2 : full.y + full.height / 2);
  show();
}
function zoom(factor, x = view.x + view.width / 2, y = view.y + view.height / 2) {
  cancelAnimationFrame(motion);
  chosen = true;
  const before = zoomed;
  zoomed = Math.min(Math.max(zoomed * factor, 1), 24);
  const scale = before / zoomed;
  look(x + (view.x + view.width / 2 - x) * scale, y + (view.y + view.height / 2 - y) * scale);
  show();
}
function fit() {
  cancelAnimationFrame(motion);
  chosen = true;
  zoomed = 1;
  look(full.x + full.width / 2, full.y + full.height / 2);
  show();
}
function follow(x, y) { // keep the current box in sight
  const { x: left, y: top, width, height } = view;
  const rim = 0.12;
  if (x > left + rim * width && x < left + (1 - rim) * width && y > top + rim * height && y < top + (1 - rim) * height) {
    return;
  }
  look(x, y);
  const goal = { ...view };
  const start = { x: left, y: top, width, height };
  cancelAnimationFrame(motion);
  if (still()) return show();
  const began = performance.now();
  const step = (time) => {
    const part = Math.min(Math.max((time - began) / 320, 0), 1);
    const eased = part * part * (3 - 2 * part);
    for (const key of Object.keys(goal)) view[key] = start[key] + (goal[key] - start[key]) * eased;
    show();
    if (part < 1) motion = requestAnimationFrame(step);
  };
  motion = requestAnimationFrame(step);
}
function point(event) { // of the picture, under the pointer
  const { left, top, width, height } = picture.getBoundingClientRect();
  const x = view.x + ((event.clientX - left) / width) * view.width;
  return [x, view.y + ((event.clientY - top) / height) * view.height];
}
picture.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), ...point(event));
}, { passive: false });
let drag = null;
const fingers = new Map();
const apart = () => {
  const [a, b] = [...fingers.values()];
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
};
picture.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  fingers.set(event.pointerId, event);
  drag = { from: [event.clientX, event.clientY], x: view.x, y: view.y, moved: false, on: event.target };
});
addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (fingers.size === 2 && fingers.has(event.pointerId)) { // two fingers zoom
    const before = apart();
    fingers.set(event.pointerId, event);
    if (before > 0) zoom(apart() / before, ...point(event));
    drag.moved = true;
    drag.from = [event.clientX, event.clientY];
    [drag.x, drag.y] = [view.x, view.y];
    return;
  }
  const dx = event.clientX - drag.from[0];
  const dy = event.clientY - drag.from[1];
  drag.moved ||= Math.hypot(dx, dy) > 4;
  if (!drag.moved) return;
  cancelAnimationFrame(motion);
  picture.classList.add("dragged");
  const scale = view.width / picture.clientWidth;
  look(drag.x + view.width / 2 - dx * scale, drag.y + view.height / 2 - dy * scale);
  show();
});
addEventListener("pointerup", (event) => {
  fingers.delete(event.pointerId);
  if (drag && !drag.moved) {
    const row = rowsOf.get(drag.on.closest?.("g[id]")?.id)?.[0];
    if (row) { pause(); go(nearest(row)); }
  }
  drag = null;
  picture.classList.remove("dragged");
});
addEventListener("pointercancel", (event) => { drag = null; fingers.delete(event.pointerId); });
get("in").addEventListener("click", () => zoom(1.4));
get("out").addEventListener("click", () => zoom(1 / 1.4));
get("fit").addEventListener("click", fit);
addEventListener("resize", () => {
  if (chosen) look(view.x + view.width / 2, view.y + view.height / 2);
  else begin();
  show();
  map();
});
