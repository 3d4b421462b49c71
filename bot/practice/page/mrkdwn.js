// Slack's mrkdwn as nodes. https://docs.slack.dev/messaging/formatting-message-text

import { el } from "./dom.js";
import { withSigns } from "./signs.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", snowflake: "❄️",
  ice_cube: "🧊", lock: "🔒", unlock: "🔓", closed_lock_with_key: "🔐", school: "🏫", tada: "🎉",
  double_vertical_bar: "⏸️", pause_button: "⏸️", arrow_forward: "▶️", bell: "🔔", no_bell: "🔕",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", rotating_light: "🚨", question: "❓",
  grey_question: "❔", exclamation: "❗", information_source: "ℹ️", mag: "🔍", eyes: "👀",
  red_circle: "🔴", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵",
  white_circle: "⚪", black_circle: "⚫", wave: "👋", thumbsup: "👍", "+1": "👍", thumbsdown: "👎",
  "-1": "👎", raising_hand: "🙋", raised_hand: "✋", alarm_clock: "⏰", mailbox_closed: "📪", sunny: "☀️", wastebasket: "🗑️", zzz: "💤", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑",
  calendar: "📅", date: "📅", clock3: "🕒", page_facing_up: "📄", scroll: "📜", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", books: "📚", mortar_board: "🎓", repeat: "🔁", sparkles: "✨",
  arrows_counterclockwise: "🔄", link: "🔗", inbox_tray: "📥", outbox_tray: "📤", memo: "📝",
  heavy_plus_sign: "➕", heavy_minus_sign: "➖", point_right: "👉", bulb: "💡", beach_with_umbrella: "🏖️",
  seedling: "🌱", bar_chart: "📊", email: "📧", speech_balloon: "💬", sos: "🆘", ok: "🆗",
};

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const unescaped = (text) => text.replace(/&(amp|lt|gt);/g, (entity) => ENTITIES[entity]);

export function emojis(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
}

export function plain(text) {
  return emojis(unescaped(text ?? ""));
}

const DAY = { date: "long", date_long: "full", date_short: "medium", date_num: "short" };

// How far the workspace's clock is ahead of the browser's, in seconds.
let ahead = 0;

export function setAhead(seconds) {
  ahead = seconds;
}

function relativeDay(moment) {
  const now = new Date(Date.now() + ahead * 1000);
  const days = Math.round((now.setHours(0, 0, 0, 0) - new Date(moment).setHours(0, 0, 0, 0)) / 864e5);
  return { 0: "today", 1: "yesterday", "-1": "tomorrow" }[days];
}

export function date(seconds, format) {
  const moment = new Date(seconds * 1000);
  return format.replace(/\{(\w+)\}/g, (whole, token) => {
    if (token === "time") return moment.toLocaleTimeString([], { timeStyle: "short" });
    if (token === "time_secs") return moment.toLocaleTimeString([], { timeStyle: "medium" });
    const base = token.replace("_pretty", "");
    if (!(base in DAY)) return whole;
    const near = token.endsWith("_pretty") && relativeDay(moment);
    return near || moment.toLocaleDateString([], { dateStyle: DAY[base] });
  });
}

function mention(text) {
  return el("span", { class: "mention" }, text);
}

function link(address, label) {
  if (!/^(https?:|mailto:)/.test(address)) return document.createTextNode(label);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}

function reference(inside, names) {
  const [target, label] = inside.split("|", 2).map(unescaped);
  if (target.startsWith("@")) return mention(`@${names.users[target.slice(1)] ?? label ?? target.slice(1)}`);
  if (target.startsWith("#")) return mention(`#${names.channels[target.slice(1)] ?? label ?? target.slice(1)}`);
  if (target.startsWith("!subteam^")) return mention(`@${names.groups[target.slice(9)] ?? label ?? "group"}`);
  if (target.startsWith("!date^")) {
    const [, seconds, format] = target.split("^");
    return el("time", { datetime: new Date(seconds * 1000).toISOString() }, date(Number(seconds), format));
  }
  if (target.startsWith("!")) return mention(`@${target.slice(1)}`);
  return link(target, plain(label ?? target));
}

// Code first: nothing inside it is read again.
const TOKEN = new RegExp(
  [
    "```(?<pre>[\\s\\S]+?)```",
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    "(?<![\\w*])\\*(?<bold>[^*\\s](?:[^*\\n]*[^*\\s])?)\\*(?![\\w*])",
    "(?<![\\w_])_(?<italic>[^_\\s](?:[^_\\n]*[^_\\s])?)_(?![\\w_])",
    "(?<![\\w~])~(?<strike>[^~\\s](?:[^~\\n]*[^~\\s])?)~(?![\\w~])",
    "(?<newline>\\n)",
  ].join("|"),
  "g",
);

function token(groups, names) {
  if (groups.pre !== undefined) return el("pre", {}, unescaped(groups.pre.replace(/^\n/, "")));
  if (groups.code !== undefined) return el("code", {}, unescaped(groups.code));
  if (groups.angle !== undefined) return reference(groups.angle, names);
  if (groups.bold !== undefined) return el("strong", {}, inline(groups.bold, names));
  if (groups.italic !== undefined) return el("em", {}, inline(groups.italic, names));
  if (groups.strike !== undefined) return el("s", {}, inline(groups.strike, names));
  return el("br");
}

function inline(text, names) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) nodes.push(...withSigns(text.slice(end, match.index), plain));
    nodes.push(token(match.groups, names));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(...withSigns(text.slice(end), plain));
  return nodes;
}

function isQuote(line) {
  return line.startsWith("&gt;") || line.startsWith(">");
}

export function mrkdwn(text, names) {
  const parts = [];
  for (const line of (text ?? "").split("\n")) {
    const quoted = isQuote(line);
    const bare = quoted ? line.replace(/^(&gt;|>) ?/, "") : line;
    const last = parts.at(-1);
    if (last && last.quoted === quoted) last.lines.push(bare);
    else parts.push({ quoted, lines: [bare] });
  }
  return parts.map(({ quoted, lines }) => {
    const nodes = inline(lines.join("\n"), names);
    return quoted ? el("blockquote", {}, nodes) : el("span", { class: "run" }, nodes);
  });
}

export function text(object, names) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, names);
  return plain(object.text).split("\n").flatMap((line, i) => (i ? [el("br"), line] : [line]));
}
