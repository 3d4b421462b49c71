// Elements without markup: every text goes in as a text node.

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "open", "hidden"]);

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return words.map((word) => word[0]).join("").slice(0, 2).toUpperCase();
}

const HUES = ["plum", "teal", "amber", "rose", "indigo", "moss"];

export function avatar(id, name, more = "") {
  const sum = [...id].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  const kind = `avatar ${HUES[sum % HUES.length]} ${more}`;
  return el("span", { class: kind, "aria-hidden": "true" }, initials(name));
}

function asked(address, how) {
  return fetch(address, how).catch(() => {
    throw new Error("The workspace cannot be reached, so nothing was done.");
  });
}

export async function post(verb, body) {
  const response = await asked(`/practice/act/${verb}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const failed = { ok: false, error: "The workspace itself failed; its log says why." };
  const answer = await response.json().catch(() => failed);
  if (!answer.ok) throw new Error(answer.error);
  return answer.result;
}

// A file that was chosen goes to the workspace at once, as in Slack; what comes back names it.
export async function upload(file, person) {
  const query = new URLSearchParams({ person, name: file.name });
  const response = await asked(`/practice/file?${query}`, { method: "POST", body: file });
  const answer = await response.json();
  if (!answer.ok) throw new Error(answer.error);
  return answer.result;
}

export function size(bytes) {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function toast(text) {
  const note = el("div", { class: "toast", "data-notice": true }, text);
  const dismiss = el("button", { class: "plain", "aria-label": "Dismiss" }, "✕");
  dismiss.addEventListener("click", () => note.remove());
  note.append(dismiss);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), 12000);
}
