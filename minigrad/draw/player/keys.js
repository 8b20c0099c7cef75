// -- playing ----------------------------------------------------------------------------------

function tick() {
  if (at >= last) return pause();
  go(at + 1);
  timer = setTimeout(tick, 900 / Number(get("speed").value));
}
function play() {
  if (at >= last) go(0);
  get("now").setAttribute("aria-live", "off"); // else a screen reader lags behind
  document.body.classList.add("playing");
  get("play").setAttribute("aria-label", "Pause");
  timer = setTimeout(tick, 250);
}
function pause() {
  clearTimeout(timer);
  timer = 0;
  get("now").setAttribute("aria-live", "polite");
  document.body.classList.remove("playing");
  get("play").setAttribute("aria-label", "Play");
}
const toggle = () => (timer ? pause() : play());
const step = (by) => { pause(); go(at + by); };
get("play").addEventListener("click", toggle);
get("next").addEventListener("click", () => step(1));
get("back").addEventListener("click", () => step(-1));
get("first").addEventListener("click", () => step(-last));
get("last").addEventListener("click", () => step(last));
get("slider").addEventListener("input", (event) => { pause(); go(Number(event.target.value)); });

// -- for whoever presents: clickers send Page down and Page up ---------------------------------

const keys = get("keys");
const black = get("black");
const help = () => { if (keys.open) keys.close(); else keys.showModal(); };
function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {}); // a browser may refuse
}
get("help").addEventListener("click", help);
black.addEventListener("click", () => { black.hidden = true; });

const KEYS = {
  ArrowRight: () => step(1), ArrowLeft: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
  PageDown: () => step(1), PageUp: () => step(-1), Home: () => step(-last), End: () => step(last),
  n: () => turn(1), p: () => turn(-1), ShiftArrowRight: () => turn(1), ShiftArrowLeft: () => turn(-1),
  " ": toggle, "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), 0: fit,
  f: fullScreen, b: () => { pause(); black.hidden = !black.hidden; }, "?": help,
};
addEventListener("keydown", (event) => {
  const target = event.target;
  const key = (event.shiftKey && event.key.startsWith("Arrow") ? "Shift" : "") + event.key;
  if (event.key === "Escape") black.hidden = true;
  if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, key)) return;
  if (keys.open && key !== "?") return;
  const own = target.matches("select") || (target.matches("input") && !/^([a-z?]|Page)/.test(key)); // keys of their own
  if (own && event.key !== " ") return;
  if (target.matches("button, select") && event.key === " ") return;
  event.preventDefault();
  if (!black.hidden && key !== "b") black.hidden = true;
  KEYS[key]();
  if (list.contains(target)) list.querySelector("[tabindex='0']")?.focus({ preventScroll: true });
});

// -- the strip above the slider: recording, walking, cutting -----------------------------------

function map() {
  const canvas = get("map");
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`);
  canvas.width = canvas.clientWidth;
  const pen = canvas.getContext("2d");
  const wide = canvas.width / story.frames.length;
  story.frames.forEach(({ kind }, k) => {
    pen.fillStyle = kind === "cut" ? colour("cut") : ["record", "gap", "start", "end"].includes(kind) ? colour("forward") : colour("back");
    pen.globalAlpha = kind === "cut" ? 1 : 0.45;
    pen.fillRect(k * wide, 0, Math.max(wide, kind === "cut" ? 3 : 0.5) + 0.3, canvas.height);
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", map);

get("slider").max = last;
begin();
map();
go(0);
