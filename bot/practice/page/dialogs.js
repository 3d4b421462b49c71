// Confirmation dialogs and modals.

import { el, post, upload } from "./dom.js";
import { blocks } from "./blocks.js";
import { plain, text } from "./mrkdwn.js";

export function confirmed(confirm, names) {
  return new Promise((resolve) => {
    const dialog = el("dialog", { class: "confirm", "data-confirm": true, "aria-label": plain(confirm.title.text) });
    const end = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    dialog.append(
      el("h2", {}, plain(confirm.title.text)),
      el("div", { class: "text" }, text(confirm.text, names)),
      el("footer", {},
        el("button", { class: "button", "data-deny": true, onclick: () => end(false) }, plain(confirm.deny.text)),
        el("button", {
          class: `button ${confirm.style ?? "primary"}`, "data-accept": true, onclick: () => end(true),
        }, plain(confirm.confirm.text))));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end(false);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// What is typed into a view survives its updates, as long as block and action stay.
const typed = new Map();
let current = null;

function key(view, blockId, actionId) {
  return JSON.stringify([view.id, blockId, actionId]);
}

function typedValues(view) {
  const values = {};
  for (const [block, actions] of Object.entries(view.state.values)) {
    for (const action of Object.keys(actions)) {
      const value = typed.get(key(view, block, action));
      if (value !== undefined) (values[block] ??= {})[action] = value;
    }
  }
  return values;
}

// A block that went away and comes back begins anew.
function forget(view) {
  for (const name of [...typed.keys()]) {
    const [id, block, action] = JSON.parse(name);
    if (id === view.id && !view.state.values[block]?.[action]) typed.delete(name);
  }
}

export function viewContext(view, page) {
  forget(view);
  return {
    key: view.id,
    names: page.names,
    values: view.state.values,
    errors: view.errors,
    typed: (block, action) => {
      const value = typed.get(key(view, block, action));
      return value?.value ?? value;
    },
    type: (block, action, value) => typed.set(key(view, block, action), value),
    act: (what) => page.act("click", { view_id: view.id, values: typedValues(view), ...what }),
    options: (what) => post("options", { view_id: view.id, by: page.me, ...what }),
    upload: (file) => upload(file, page.me),
  };
}

function close(view, page) {
  return page.act("close", { view_id: view.id });
}

async function submit(view, page, form) {
  form.setAttribute("aria-busy", "true");
  try {
    await page.act("submit", { view_id: view.id, values: typedValues(view) });
  } finally {
    form.removeAttribute("aria-busy");
  }
}

function modal(view, page) {
  const title = plain(view.title.text);
  const form = el("form", { method: "dialog", novalidate: true });
  form.append(
    el("header", {}, el("h2", {}, title),
      el("button", { type: "button", class: "plain", "aria-label": "Close", onclick: () => close(view, page) }, "✕")),
    el("div", { class: "body" }, blocks(view.blocks, viewContext(view, page))),
    el("footer", {},
      el("button", { type: "button", class: "button", "data-close": true, onclick: () => close(view, page) },
        plain(view.close?.text ?? "Cancel")),
      view.submit && el("button", { type: "submit", class: "button primary", "data-submit": true },
        plain(view.submit.text))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(view, page, form);
  });
  const dialog = el("dialog", { class: "modal", "data-view-id": view.id, "aria-label": title }, form);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close(view, page);
  });
  return dialog;
}

function focusKept(dialog) {
  const { activeElement: active } = document;
  const { actionId, blockId } = active?.dataset ?? {};
  if (!actionId || !current?.dialog.contains(active)) return;
  const same = [...dialog.querySelectorAll("[data-action-id]")].find(
    (one) => one.dataset.actionId === actionId && one.dataset.blockId === blockId);
  same?.focus();
}

export function showViews(views, page) {
  const view = views.at(-1);
  const wanted = view ? JSON.stringify([page.me, view.id, view.hash, view.errors]) : null;
  if (wanted === (current?.wanted ?? null)) return;
  const scroll = current?.view === view?.id ? current?.dialog.querySelector(".body")?.scrollTop : 0;
  const dialog = view ? modal(view, page) : null;
  if (dialog) {
    document.body.append(dialog);
    dialog.showModal();
    focusKept(dialog);
    dialog.querySelector(".body").scrollTop = scroll ?? 0;
    dialog.querySelector(".error")?.scrollIntoView({ block: "nearest" });
  }
  current?.dialog.close();
  current?.dialog.remove();
  current = dialog && { wanted, dialog, view: view.id };
}
