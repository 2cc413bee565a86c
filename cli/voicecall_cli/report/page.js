"use strict";
for (const call of document.querySelectorAll(".call")) {
  const lines = [...call.querySelectorAll(".said li[data-from]")];
  const strip = call.querySelector("div.strip");
  const now = call.querySelector("line.now");
  const sound = call.querySelector("audio");
  const begin = strip ? Number(strip.dataset.begin) : 0;
  const end = strip ? Number(strip.dataset.end) : 0;
  const pieces = ((sound && sound.dataset.pieces) || "").split(" ").filter(Boolean)
    .map((piece) => piece.split(",").map(Number));
  let at = begin;

  const lastOf = (index, value) => pieces.reduce((found, piece) => (piece[index] <= value ? piece : found), pieces[0]);
  const toSound = (call) => { const piece = lastOf(0, call); return Math.max(0, call - piece[0] + piece[1]); };
  const toCall = (heard) => { const piece = lastOf(1, heard); return heard - piece[1] + piece[0]; };
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  const show = (moment) => {
    at = moment;
    if (strip) {
      const place = `${Math.min(100, Math.max(0, (at - begin) / (end - begin) * 100))}%`;
      now.setAttribute("x1", place);
      now.setAttribute("x2", place);
      strip.classList.add("moving");
      strip.setAttribute("aria-valuenow", at.toFixed(1));
      strip.setAttribute("aria-valuetext", clock(at));
    }
    for (const line of lines) {
      const sounds = Number(line.dataset.from) <= at && at < Number(line.dataset.to);
      if (sounds) line.setAttribute("aria-current", "true"); else line.removeAttribute("aria-current");
    }
  };
  const go = (moment, play) => {
    show(Math.min(Math.max(moment, begin), end || moment));
    if (sound && pieces.length) {
      sound.currentTime = toSound(at);
      if (play) sound.play().catch(() => {});
    }
  };

  for (const line of lines) {
    line.querySelector("button").addEventListener("click", () => go(Number(line.dataset.from), true));
  }
  call.querySelector(".said")?.addEventListener("keydown", (event) => {
    const buttons = lines.map((line) => line.querySelector("button"));
    const here = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (here < 0 || to === undefined || !buttons[to]) return;
    event.preventDefault();
    buttons[to].focus();
  });
  if (strip) {
    for (const [name, value] of Object.entries({ tabindex: 0, role: "slider", "aria-label": "Moment of the call",
      "aria-valuemin": begin.toFixed(1), "aria-valuemax": end.toFixed(1), "aria-valuenow": begin.toFixed(1),
      "aria-valuetext": clock(begin) })) strip.setAttribute(name, value);
    strip.addEventListener("click", (event) => {
      const box = strip.getBoundingClientRect();
      go(begin + (event.clientX - box.left) / box.width * (end - begin), false);
    });
    strip.addEventListener("keydown", (event) => {
      const by = event.shiftKey ? 10 : 1;
      const to = { ArrowRight: at + by, ArrowUp: at + by, ArrowLeft: at - by, ArrowDown: at - by, Home: begin, End: end };
      if (to[event.key] === undefined) return;
      event.preventDefault();
      go(to[event.key], false);
    });
  }
  if (sound) {
    const follow = () => { show(toCall(sound.currentTime)); if (!sound.paused) requestAnimationFrame(follow); };
    sound.addEventListener("play", follow);
    sound.addEventListener("seeked", () => { if (sound.paused) show(toCall(sound.currentTime)); });
  }
}
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
