// The page: who one is, where one looks, and what is there. Everything shown comes from
// /practice/screen; everything done goes through /practice/act.

import { avatar, el, post, size, toast } from "./dom.js";
import { blocks } from "./blocks.js";
import { showViews, viewContext } from "./dialogs.js";
import { date, mrkdwn, plain, setAhead } from "./mrkdwn.js";

const root = document.getElementById("page");
const here = { person: "", channel: "", thread: "", tab: "messages", menu: false };
let seen = null;
let notices = 0;
let fetching = false;
let again = false;
const drafts = new Map();

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name of ["person", "channel", "thread", "tab"]) here[name] = given.get(name) ?? "";
  here.tab ||= "messages";
}

function go(change) {
  Object.assign(here, { menu: false }, change);
  const address = new URLSearchParams();
  for (const name of ["person", "channel", "thread", "tab"]) {
    if (here[name] && here[name] !== "messages") address.set(name, here[name]);
  }
  history.replaceState(null, "", `#${address}`);
  return refresh();
}

async function act(verb, body) {
  try {
    return await post(verb, { by: here.person, ...body });
  } catch (error) {
    toast(error.message);
    return undefined;
  } finally {
    await refresh();
  }
}

// What there is to see; null while nobody answers, which the page says.
async function load() {
  const query = new URLSearchParams({ person: here.person, channel: here.channel, thread: here.thread });
  const loaded = await fetch(`/practice/screen?${query}`).then((response) => response.json()).catch(() => null);
  document.getElementById("unreached").hidden = loaded !== null;
  return loaded;
}

// One request at a time; a change during it asks for one more.
async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    do {
      again = false;
      const asked = JSON.stringify(here);
      const loaded = await load();
      if (!loaded) continue;
      if (asked !== JSON.stringify(here)) again = true;
      else draw(loaded);
    } while (again);
  } finally {
    fetching = false;
  }
}

function nameOf(id) {
  return seen.names.users[id] ?? id;
}

// What the workspace's owner wrote, with its addresses as links.
function headline() {
  if (!seen.headline) return null;
  const parts = seen.headline.split(/(https?:\/\/\S+)/);
  return el("p", { class: "headline" }, parts.map((part, i) =>
    (i % 2 ? el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part)));
}

// Choosing a person

function personCard(person) {
  return el("button", { class: "person", "data-person": person.id, onclick: () => become(person.id) },
    avatar(person.id, person.real_name, "large"),
    el("span", {}, el("strong", {}, person.real_name), el("small", {}, person.note || `@${person.name}`)));
}

function become(person) {
  notices = -1;
  const keep = here.channel;
  return go({ person, channel: keep, thread: "" });
}

function welcome() {
  return el("main", { class: "welcome" },
    el("h1", {}, "Practice workspace"),
    el("p", {}, "A small Slack on this machine. Choose who you are; you can change at any time."),
    headline(),
    el("div", { class: "people" }, seen.people.map(personCard)));
}

// The bar on top

function faces() {
  return el("div", { class: "faces", role: "group", "aria-label": "Be somebody else" },
    seen.people.map((person) => el("button", {
      class: "face", "data-person": person.id, "aria-pressed": String(person.id === seen.me),
      title: `${person.real_name}${person.note ? ` · ${person.note}` : ""}`,
      "aria-label": `Be ${person.real_name}`, onclick: () => become(person.id),
    }, avatar(person.id, person.real_name))));
}

// What runs now: the bar is drawn anew meanwhile, and a second click would run it again.
const running = new Set();

function runButton(label) {
  const busy = running.has(label);
  return el("button", {
    class: "button run", "data-run": label, disabled: busy, "aria-busy": busy && "true", onclick: () => run(label),
  }, label);
}

async function run(label) {
  running.add(label);
  draw(seen);
  try {
    const sentence = await act("run", { label });
    document.getElementById("toasts").replaceChildren();
    if (sentence) toast(sentence);
  } finally {
    running.delete(label);
    draw(seen);
  }
}

function topBar() {
  const me = seen.people.find((person) => person.id === seen.me);
  return el("header", { class: "top" },
    el("button", { class: "plain burger", "aria-label": "Channels", onclick: () => { here.menu = !here.menu; draw(seen); } }, "☰"),
    el("div", { class: "who" }, el("strong", {}, me?.real_name ?? ""), el("small", {}, me?.note ?? "")),
    faces(),
    el("div", { class: "runs" }, seen.actions.map(runButton)));
}

// The channels

function channelLine(channel) {
  const kind = channel.archived ? "archived" : channel.private ? "private" : "public";
  return el("button", {
    class: "line", "data-channel": channel.id, "aria-current": channel.id === here.channel ? "page" : undefined,
    onclick: () => go({ channel: channel.id, thread: "", tab: "messages" }),
  }, el("span", { class: `sign ${kind}`, "aria-hidden": "true" }, kind === "private" ? "" : "#"), el("span", { class: "name" }, channel.name),
  badge(channel));
}

function badge(channel) {
  if (!channel.unread || channel.id === here.channel) return null;
  return el("span", { class: "badge", "data-unread": channel.unread, "aria-label": `${channel.unread} unread` }, String(channel.unread));
}

function appLine(channel) {
  const current = channel ? channel.id === here.channel : here.channel === "app";
  return el("button", {
    class: "line", "data-channel": channel?.id ?? "app", "data-app": true, "aria-current": current ? "page" : undefined,
    onclick: openApp,
  }, avatar(seen.app.id, seen.app.name, "small app"), el("span", { class: "name" }, seen.app.name), channel && badge(channel));
}

async function openApp() {
  const known = seen.channels.find((channel) => channel.direct);
  const channel = known?.id ?? (await act("direct", {}));
  await go({ channel, thread: "", tab: "messages" });
}

function sidebar() {
  const direct = seen.channels.find((channel) => channel.direct);
  const rooms = seen.channels.filter((channel) => !channel.direct);
  return el("nav", { class: `side ${here.menu ? "open" : ""}`, "aria-label": "Channels" },
    el("h2", {}, "Channels"), rooms.map(channelLine),
    el("h2", {}, "Apps"), appLine(direct),
    headline());
}

function veil() {
  return el("button", { class: "veil", "aria-label": "Close the list of channels", onclick: () => go({}) });
}

// Messages

function clock(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString([], { timeStyle: "short" });
}

function messageContext(message) {
  const place = { channel: message.channel, ts: message.ts };
  return {
    key: message.ts,
    names: seen.names,
    values: message.values,
    act: (what) => act("click", { ...place, ...what }),
    options: (what) => post("options", { ...place, by: here.person, ...what }),
  };
}

function threadLink(message) {
  if (!message.reply_count) return null;
  const words = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  return el("button", { class: "plain replies", "data-thread": message.ts, onclick: () => go({ thread: message.ts }) }, words);
}

function fileLink(file) {
  const query = new URLSearchParams({ person: here.person });
  return el("a", { class: "file", href: `/practice/file/${file.id}?${query}`, download: file.name, "data-file": file.name },
    el("span", { class: "kind" }, file.pretty_type),
    el("span", {}, el("strong", {}, file.title), el("small", {}, `${file.name} · ${size(file.size)}`)));
}

function messageBody(message) {
  if (message.blocks?.length) return blocks(message.blocks, messageContext(message));
  return message.text && el("div", { class: "text" }, mrkdwn(message.text, seen.names));
}

function messageNode(message, inThread) {
  const name = nameOf(message.user);
  const app = message.bot_id && el("span", { class: "tag" }, "APP");
  const body = [messageBody(message) || null, (message.files ?? []).map(fileLink)];
  const shown = el("article", {
    class: `message ${message.is_ephemeral ? "ephemeral" : ""}`, "data-ts": message.ts,
    "data-ephemeral": message.is_ephemeral,
  }, avatar(message.user, name, message.bot_id ? "app" : ""),
  el("div", { class: "content" },
    message.is_ephemeral && el("div", { class: "only" }, "Only visible to you"),
    el("div", { class: "author" }, el("strong", {}, name), app,
      el("time", { datetime: new Date(Number(message.ts) * 1000).toISOString() }, clock(message.ts)),
      !inThread && !message.is_ephemeral && el("button", {
        class: "plain quiet", "data-reply": message.ts, onclick: () => go({ thread: message.ts }),
      }, "Reply in thread")),
    body,
    message.edited && el("small", { class: "edited", "data-edited": true }, "(edited)"),
    !inThread && threadLink(message)));
  return shown;
}

// A message is drawn again only when it changed, so that an open menu stays open.
const drawn = new Map();

function kept(message, inThread) {
  const key = `${seen.me}|${message.ts}|${inThread}`;
  const now = JSON.stringify([message, seen.names, seen.ahead]);
  const before = drawn.get(key);
  if (before?.now === now) return before.node;
  const node = messageNode(message, inThread);
  drawn.set(key, { now, node });
  return node;
}

function dayLine(message, before) {
  const day = (one) => new Date(Number(one.ts) * 1000).toDateString();
  if (before && day(before) === day(message)) return null;
  return el("div", { class: "day" }, el("span", {}, date(Number(message.ts), "{date_long_pretty}")));
}

function messageList(messages, inThread) {
  return messages.flatMap((message, i) => [
    inThread ? null : dayLine(message, messages[i - 1]), kept(message, inThread),
  ]).filter(Boolean);
}

function composer(channel, thread) {
  const key = `${channel.id}|${thread}`;
  const label = thread ? "Reply…" : `Message ${channel.direct ? seen.app.name : `#${channel.name}`}, or type a /command`;
  const field = el("input", { type: "text", "aria-label": label, placeholder: label, value: drafts.get(key) ?? "", "data-composer": thread || "channel", autocomplete: "off" });
  field.addEventListener("input", () => drafts.set(key, field.value));
  const form = el("form", { class: "composer" }, field, el("button", { class: "button", type: "submit", "aria-label": "Send" }, "➤"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const line = field.value.trim();
    if (!line) return;
    field.value = "";
    drafts.delete(key);
    if (line.startsWith("/")) await act("command", { channel: channel.id, line });
    else await act("say", { channel: channel.id, text: line, thread_ts: thread });
  });
  return form;
}

function tabs() {
  const tab = (name, label) => el("button", {
    class: "tab", role: "tab", "aria-selected": String(here.tab === name), "data-tab": name,
    onclick: async () => {
      await go({ tab: name });
      await act("home", { tab: name });
    },
  }, label);
  return el("div", { class: "tabs", role: "tablist" }, tab("home", "Home"), tab("messages", "Messages"));
}

function homeTab() {
  if (!seen.home) return el("p", { class: "empty" }, "This app has not published a Home tab for you.");
  const page = { me: here.person, names: seen.names, act };
  return el("div", { class: "home", "data-view-id": seen.home.id, "data-hash": seen.home.hash }, blocks(seen.home.blocks, viewContext(seen.home, page)));
}

function mainPart() {
  const { channel } = seen;
  if (!channel) return el("main", { class: "main" }, el("p", { class: "empty" }, "Choose a channel on the left."));
  const title = channel.direct ? seen.app.name : `# ${channel.name}`;
  const home = channel.direct && here.tab === "home";
  const empty = el("p", { class: "empty" }, "Nothing here yet.");
  const list = home ? homeTab() : messageList(seen.messages, false);
  return el("main", { class: "main", "data-open-channel": channel.id },
    el("header", { class: "head" }, el("h1", {}, title),
      !channel.direct && el("small", {}, `${channel.members} members`), channel.direct && tabs()),
    channel.archived && el("p", { class: "banner" }, "This channel is archived."),
    el("div", { class: "list", tabindex: "0", "aria-label": "Messages" }, home || seen.messages.length ? list : empty),
    !home && !channel.archived && composer(channel, ""));
}

function threadPart() {
  if (!here.thread || !seen.channel || !seen.thread.length) return null;
  return el("aside", { class: "thread", "aria-label": "Thread", "data-open-thread": here.thread },
    el("header", { class: "head" }, el("h1", {}, "Thread"),
      el("button", { class: "plain", "aria-label": "Close thread", onclick: () => go({ thread: "" }) }, "✕")),
    el("div", { class: "list", tabindex: "0", "aria-label": "Replies" }, messageList(seen.thread, true)),
    !seen.channel.archived && composer(seen.channel, here.thread));
}

// Drawing

function mark() {
  const newest = [...seen.messages, ...seen.thread].map((message) => message.ts).sort().at(-1);
  if (seen.channel?.unread && newest && here.tab !== "home" && document.visibilityState === "visible") {
    post("read", { by: here.person, channel: seen.channel.id, ts: newest }).catch(() => {});
  }
}

function tellNotices() {
  if (notices >= 0) seen.notices.slice(notices).forEach(toast);
  notices = seen.notices.length;
}

// Where the reader was: at the end of a list, or somewhere above it.
function places() {
  return [...root.querySelectorAll(".list")].map((list) => {
    const rest = list.scrollHeight - list.scrollTop - list.clientHeight;
    return { top: list.scrollTop, end: rest < 40, where: list.parentElement.dataset.openChannel ?? "thread" };
  });
}

function restore(before, home) {
  for (const list of root.querySelectorAll(".list")) {
    const where = list.parentElement.dataset.openChannel ?? "thread";
    const old = before.find((one) => one.where === where);
    if (old && !old.end) list.scrollTop = old.top;
    else list.scrollTop = home && where !== "thread" ? old?.top ?? 0 : list.scrollHeight;
  }
}

// What arrived below the reader's place is announced, not scrolled to.
const settled = { key: "", ts: "" };

function announce() {
  const list = root.querySelector(".main .list");
  const last = seen.messages.at(-1);
  const key = `${seen.me}|${seen.channel?.id}`;
  if (!list || !last) return;
  const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  if (atEnd() || settled.key !== key || here.tab === "home") {
    Object.assign(settled, { key, ts: last.ts });
    return;
  }
  if (last.ts <= settled.ts) return;
  const words = last.is_ephemeral ? `Only visible to you: ${plain(last.text).slice(0, 90)}` : "New message";
  const pill = el("button", { class: "pill", "data-new": last.ts, onclick: () => { list.scrollTop = list.scrollHeight; } }, `↓ ${words}`);
  list.after(pill);
  list.addEventListener("scroll", () => {
    if (!atEnd()) return;
    settled.ts = last.ts;
    pill.remove();
  });
}

function focusMark() {
  const active = document.activeElement;
  if (!root.contains(active)) return null;
  const marks = ["composer", "channel", "person", "actionId", "thread", "reply", "tab", "run"];
  const name = marks.find((one) => active.dataset[one] !== undefined);
  if (!name) return null;
  const { blockId } = active.dataset;
  return { name, value: active.dataset[name], blockId, at: active.selectionStart };
}

function refocus(mark) {
  if (!mark) return;
  const attribute = mark.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const same = [...root.querySelectorAll(`[data-${attribute}]`)].find(
    (one) => one.dataset[mark.name] === mark.value && one.dataset.blockId === mark.blockId && one !== document.activeElement);
  if (!same || root.contains(document.activeElement)) return;
  same.focus({ preventScroll: true });
  if (mark.name === "composer") same.setSelectionRange(mark.at, mark.at);
}

let picture = "";

// A click is lost when what it began on is replaced before it ends, so drawing waits that long.
let pressed = false;
let late = false;

function released() {
  pressed = false;
  // After the click that this is the end of.
  if (late) setTimeout(refresh);
  late = false;
}

function draw(loaded) {
  if (pressed) {
    late = true;
    return;
  }
  seen = loaded;
  setAhead(seen.ahead);
  const now = JSON.stringify([loaded, here, [...running]]);
  if (now === picture) return;
  picture = now;
  if (!seen.me) {
    root.replaceChildren(welcome());
    return;
  }
  if (!seen.channel && seen.channels.length) {
    const first = seen.channels.find((channel) => !channel.direct) ?? seen.channels[0];
    go({ channel: first.id, thread: "" });
    return;
  }
  const before = places();
  const focus = focusMark();
  const threadOpen = here.thread && seen.thread.length;
  root.replaceChildren(el("div", { class: `workspace ${threadOpen ? "with-thread" : ""}` },
    topBar(), sidebar(), here.menu && veil(), mainPart(), threadPart()));
  restore(before, seen.channel?.direct && here.tab === "home");
  announce();
  refocus(focus);
  showViews(seen.views, { me: here.person, names: seen.names, act });
  tellNotices();
  mark();
}

addEventListener("pointerdown", () => { pressed = true; }, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, released, true);
// Or it was let go outside of the window.
addEventListener("pointermove", (event) => { if (pressed && !event.buttons) released(); }, true);
addEventListener("hashchange", () => { readAddress(); refresh(); });
document.addEventListener("visibilitychange", refresh);
readAddress();
notices = -1;
const stream = new EventSource("/practice/stream");
// An error is a connection that ended; the browser makes a new one by itself.
for (const news of ["message", "error"]) stream.addEventListener(news, refresh);
refresh();
